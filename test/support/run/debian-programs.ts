import { join } from 'node:path';
import { REPOSITORY, run } from './run.ts';

/**
 * Ensures that programs of Debian packages are installed: `{ skopeo: 'skopeo' }` is the package by program, or by the
 * path of a file. Installs what is missing where that is allowed; otherwise returns the reason why not.
 */
export async function debianPrograms(wanted: Readonly<Record<string, string>>): Promise<string | undefined> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    KINDGCR_LAB: process.env.KINDGCR_LAB ?? '',
  };
  const missing: string[] = [];
  for (const [program, name] of Object.entries(wanted)) {
    const { exitCode } = await run('sh', ['-c', `command -v ${program} || test -e ${program}`], { env });
    if (exitCode !== 0) missing.push(name);
  }
  if (missing.length === 0) return undefined;
  const reason = `${missing.join(', ')} not installed here`;
  const hasApt = (await run('sh', ['-c', 'command -v apt-get'], { env })).exitCode === 0;
  if (!hasApt || process.getuid?.() !== 0) return `${reason}, and only root on Debian can`;
  const install = await run(join(REPOSITORY, 'test/lab/lab'), ['apt-install', ...missing], { env, timeout: 600_000 });
  return install.exitCode === 0 ? undefined : `${reason}: ${install.stderr.trim().split('\n').at(-1)}`;
}
