import { join } from 'node:path';
import { exec } from '../../../core/system/exec.ts';
import { findCluster, type KindCluster } from '../../../installer/kind/clusters.ts';
import { tempDir } from '../files/temp-dir.ts';
import { mustSucceed, run } from '../run/run.ts';
import { writeDocker } from './docker.ts';
import { type FolderNode, folderNode, writeFolderAgent } from './folder-node.ts';

/** The cluster "dev", as the installer's modules see it: a running node in a folder, and a stopped one. */
export async function folderCluster(): Promise<{ readonly node: FolderNode; readonly cluster: KindCluster }> {
  const [bin, node] = [await tempDir(), await folderNode()];
  await writeDocker(bin, {
    containers: [
      { name: 'dev-control-plane', cluster: 'dev', role: 'control-plane', root: node.root },
      { name: 'dev-worker', cluster: 'dev', role: 'worker', running: false },
    ],
  });
  const docker = join(bin, 'docker');
  const engine = { name: 'docker', exec: (args: readonly string[], options = {}) => exec(docker, args, options) };
  return { node, cluster: await findCluster(engine, 'dev') };
}

/** Puts an agent at work into a node in a folder, with logins from the host (a message for `receive`) if there are any. */
export async function addAgent({ root, layout, write }: FolderNode, logins?: string): Promise<void> {
  await writeFolderAgent(layout.agent);
  await write(layout.agentConfig, JSON.stringify({ version: 1, source: 'host', restart: 'never' }));
  await write(layout.unit, '[Unit]\n');
  for (const state of ['enabled', 'active']) await write(join(root, `systemd/kindgcr-agent.service.${state}`), '');
  const env = { PATH: `${root}/stand-ins:/usr/bin:/bin` };
  if (logins !== undefined) await mustSucceed(run(layout.agent, ['receive'], { input: logins, env }));
}
