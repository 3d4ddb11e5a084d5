import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { KindGcrError } from '../../../core/errors.ts';
import { HELPER_PROGRAM } from '../../../core/registry/helper-name.ts';
import { dockerConfigFile, type User } from '../../../core/system/user-folders.ts';
import type { CommandContext } from '../../context.ts';
import { readDockerConfigToChange } from '../../host/docker/docker-config-file.ts';
import { addHelpers } from '../../host/docker/helper-entries.ts';
import { helperIsOnPath } from '../../host/docker/helper-program.ts';

/**
 * Runs work with variables that make an engine's CLI use the credential helper for these hosts, whatever is registered
 * with the user's Docker, which is not changed. The rest of the docker config (contexts, other registries) still applies. Throws CONFIG_INVALID, and FILE_FAILED when the helper is missing.
 */
export async function withPullConfig<T>(
  hosts: readonly string[],
  { user, programFolder }: Pick<CommandContext, 'user' | 'programFolder'>,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  if (hosts.length === 0) return await work({});
  const PATH = `${programFolder}${delimiter}${user.env.PATH ?? ''}`;
  requireHelper({ ...user, env: { ...user.env, PATH } }, programFolder);
  const original = dockerConfigFile(user);
  const { bytes = '' } = await readDockerConfigToChange(original);
  const folder = await mkdtemp(join(tmpdir(), 'kindgcr-pull-'));
  try {
    const file = join(folder, 'config.json');
    await writeFile(file, addHelpers(bytes, hosts), { mode: 0o600, flag: 'wx', encoding: 'latin1' });
    await linkOthers(dirname(original), folder, basename(file));
    return await work({ PATH, DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: file }); // the last is podman's
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function requireHelper(user: User, folder: string): void {
  if (helperIsOnPath(user)) return;
  throw new KindGcrError('FILE_FAILED', `${HELPER_PROGRAM} is neither on PATH nor in ${folder}`, {
    hint: 'It belongs next to kindgcr, as a second name of the same file.',
  });
}

/** Contexts, certificates and plugins are looked up next to the config. */
async function linkOthers(from: string, to: string, except: string): Promise<void> {
  const names = await readdir(from).catch(() => []);
  for (const name of names) if (name !== except) await symlink(join(from, name), join(to, name)).catch(() => {});
}
