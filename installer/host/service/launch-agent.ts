import { rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileFailure, KindGcrError } from '../../../core/errors.ts';
import { withReason } from '../../../core/one-line.ts';
import type { Exec } from '../../../core/system/exec.ts';
import { makePrivateFolder } from '../../../core/system/make-private-folder.ts';
import { replaceFile } from '../../../core/system/replace-file.ts';
import { homeFolder, type User } from '../../../core/system/user-folders.ts';
import type { ServiceProgram, UserService } from './user-service.ts';

const LABEL = 'dev.kindgcr.watch';

/** Milliseconds for one call of launchctl. */
const LIMIT = 60_000;

/** The service as a launchd agent of the logged-in user on macOS. */
export function launchAgent(user: User, exec: Exec): UserService {
  const library = join(homeFolder(user), 'Library');
  const file = join(library, 'LaunchAgents', `${LABEL}.plist`);
  const logs = join(library, 'Logs', 'kindgcr-watch.log');
  const domain = `gui/${userInfo().uid}`;
  const launchctl = (...args: string[]) => exec('launchctl', args, { timeout: LIMIT });
  const isLoaded = async () => (await launchctl('print', `${domain}/${LABEL}`)).exitCode === 0;
  return {
    file,
    async install(program) {
      try {
        await makePrivateFolder(dirname(file));
        await makePrivateFolder(dirname(logs));
        await replaceFile(file, launchAgentPlist(program, logs), { mode: 0o600 });
      } catch (error) {
        throw fileFailure(file, 'written', error, { hint: `Look at the folder: ls -ld ${dirname(file)}` });
      }
      if (await isLoaded()) await launchctl('bootout', `${domain}/${LABEL}`);
      const { exitCode, stderr } = await launchctl('bootstrap', domain, file);
      if (exitCode === 0) return;
      await rm(file, { force: true });
      throw new KindGcrError(
        'SERVICE_FAILED',
        withReason('no background service could be set up: launchctl bootstrap failed', stderr),
        {
          hint: 'Log in on the Mac itself and try again, or keep this running instead: kindgcr watch',
        },
      );
    },
    async uninstall() {
      const known = (await isThere(file)) || (await isLoaded());
      if (await isLoaded()) await launchctl('bootout', `${domain}/${LABEL}`);
      await rm(file, { force: true });
      return known;
    },
    async state() {
      const { exitCode, stdout } = await launchctl('print', `${domain}/${LABEL}`);
      const running = exitCode === 0 && /^\s*state = running$/m.test(stdout);
      return { installed: await isThere(file), running, logs: `tail -f ${logs}` };
    },
  };
}

/** The agent's property list. launchd restarts it after a failure, but not after a regular exit. */
function launchAgentPlist({ command, env }: ServiceProgram, logs: string): string {
  const variables = Object.entries(env).map(
    ([name, value]) => `    <key>${escaped(name)}</key>\n    <string>${escaped(value)}</string>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((part) => `    <string>${escaped(part)}</string>\n`).join('')}  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('')}  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>15</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${escaped(logs)}</string>
  <key>StandardErrorPath</key>
  <string>${escaped(logs)}</string>
</dict>
</plist>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
