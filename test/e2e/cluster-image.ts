import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabFacts, lab } from '../support/lab/lab-world.ts';
import { mustSucceed, REPOSITORY, run } from '../support/run/run.ts';

/** Identifies these images when they have lost their tag. */
const LABEL = 'kindgcr.lab=node-trusting';

/**
 * A node image for clusters that a test lets kind create, in which Google's names lead to the stand-ins and their CA is
 * trusted from the first boot, as a user's image trusts a company's CA. Returns its name.
 */
export async function clusterImage({ env, services, names }: LabFacts): Promise<string> {
  const docker = (...args: string[]) => mustSucceed(run('docker', args, { env, timeout: 300_000 }));
  const base = (await mustSucceed(lab(['cluster-image'], env))).stdout.trim();
  const folder = await mkdtemp(join(tmpdir(), 'kindgcr-image-'));
  const { stdout } = await docker('create', base);
  const container = stdout.trim();
  try {
    const bundle = '/etc/ssl/certs/ca-certificates.crt';
    await docker('cp', `${container}:${bundle}`, join(folder, 'bundle.crt'));
    const authorities = [await readFile(join(folder, 'bundle.crt')), await readFile(join(services, 'ca.crt'))];
    await writeFile(join(folder, 'bundle.crt'), Buffer.concat(authorities));
    await writeFile(join(folder, 'names'), `${names}\n`);
    const wants = 'etc/systemd/system/sysinit.target.wants';
    await mkdir(join(folder, 'root', wants), { recursive: true });
    await symlink('/etc/systemd/system/lab-names.service', join(folder, 'root', wants, 'lab-names.service'));
    await docker('cp', join(folder, 'bundle.crt'), `${container}:${bundle}`);
    await docker('cp', join(folder, 'names'), `${container}:/etc/lab-names`);
    await docker('cp', `${join(REPOSITORY, 'test/lab/node/names')}/.`, `${container}:/`);
    await docker('cp', `${join(folder, 'root')}/.`, `${container}:/`);
    const image = 'kindgcr.lab/node-trusting:latest';
    await docker('commit', '--change', `LABEL ${LABEL}`, container, image);
    // Remove the previous image, which has just lost its tag.
    await docker('image', 'prune', '--force', '--filter', `label=${LABEL}`);
    return image;
  } finally {
    await docker('rm', container);
    await rm(folder, { recursive: true, force: true });
  }
}
