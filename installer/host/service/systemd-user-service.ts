import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileFailure, KindGcrError } from '../../../core/errors.ts';
import { withReason } from '../../../core/one-line.ts';
import type { Exec, ExecResult } from '../../../core/system/exec.ts';
import { makePrivateFolder } from '../../../core/system/make-private-folder.ts';
import { replaceFile } from '../../../core/system/replace-file.ts';
import { homeFolder, type User } from '../../../core/system/user-folders.ts';
import type { ServiceProgram, UserService } from './user-service.ts';

const NAME = 'kindgcr-watch.service';

/** Milliseconds for one call of systemctl. */
const LIMIT = 60_000;

/** The service as a unit of systemd's user manager. */
export function systemdUserService(user: User, exec: Exec): UserService {
  const file = join(user.env.XDG_CONFIG_HOME || join(homeFolder(user), '.config'), 'systemd', 'user', NAME);
  const systemctl = (...args: string[]) => exec('systemctl', ['--user', ...args], { timeout: LIMIT });
  const must = async (...args: string[]) => {
    const result = await systemctl(...args);
    if (result.exitCode !== 0) throw refusal(args, result);
  };
  return {
    file,
    async install(program) {
      await must('show', '--property=Version'); // without a manager nothing is written
      try {
        await makePrivateFolder(dirname(file));
        await replaceFile(file, systemdUnit(program), { mode: 0o600 });
      } catch (error) {
        throw fileFailure(file, 'written', error, { hint: `Look at the folder: ls -ld ${dirname(file)}` });
      }
      try {
        await must('daemon-reload');
        await must('enable', NAME);
        await must('restart', NAME);
      } catch (error) {
        await systemctl('disable', '--now', NAME);
        await rm(file, { force: true });
        await systemctl('daemon-reload');
        throw error;
      }
    },
    async uninstall() {
      const known = (await systemctl('cat', NAME)).exitCode === 0;
      if (known) await must('disable', '--now', NAME);
      await rm(file, { force: true });
      if (known) await must('daemon-reload');
      return known;
    },
    async state() {
      const [cat, active] = [await systemctl('cat', NAME), await systemctl('is-active', NAME)];
      return {
        installed: cat.exitCode === 0,
        running: active.exitCode === 0,
        logs: `journalctl --user --unit ${NAME} --since today`,
      };
    },
  };
}

/** The unit's text, with values quoted by systemd's rules. */
function systemdUnit({ command, env }: ServiceProgram): string {
  const variables = Object.entries(env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}\n`);
  return `[Unit]
Description=kindgcr: keeps kind clusters supplied with credentials for Google's registries
Documentation=man:systemd.service(5)

[Service]
${variables.join('')}ExecStart=${command.map((part) => quoted(part).replaceAll('$', '$$$$')).join(' ')}
Restart=on-failure
RestartSec=15s
TimeoutStopSec=30s
UMask=0077

[Install]
WantedBy=default.target
`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('%', '%%')}"`;
}

function refusal(args: readonly string[], { ended, stderr }: ExecResult): KindGcrError {
  const why =
    ended === 'not-found' ? 'systemctl is not installed' : withReason(`systemctl --user ${args[0]} failed`, stderr);
  return new KindGcrError('SERVICE_FAILED', `no background service could be set up: ${why}`, {
    hint: 'Keep this running instead, in a terminal or tmux: kindgcr watch',
  });
}
