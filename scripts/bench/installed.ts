import { copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the executables lie that are measured. */
export interface Installed {
  readonly kindgcr: string;
  readonly helper: string;
  readonly agent: string;
}

/**
 * Copies what was built, as an installation does. Measured in place, memory would come out larger by up to 20 MiB: the
 * kernel holds a file that was just written in larger pieces, and counts each that a process touches as a whole.
 */
export async function install(dist: string, folder: string): Promise<Installed> {
  const kindgcr = join(folder, 'kindgcr');
  const helper = join(folder, 'docker-credential-kindgcr');
  const agent = join(folder, 'kindgcr-agent');
  await copyFile(join(dist, 'kindgcr'), kindgcr);
  await link(kindgcr, helper);
  await copyFile(join(dist, `kindgcr-agent-${process.platform}-${process.arch}`), agent);
  return { kindgcr, helper, agent };
}
