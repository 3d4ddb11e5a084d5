import { chmod, copyFile, link, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFailure } from '../../../core/errors.ts';
import type { AgentConfig } from '../../../core/node/agent-config.ts';
import { nodeLayout } from '../../../core/node/layout.ts';
import type { LoginsMessage } from '../../../core/node/logins-message.ts';
import { makePrivateFolder } from '../../../core/system/make-private-folder.ts';
import { replaceFile } from '../../../core/system/replace-file.ts';
import type { User } from '../../../core/system/user-folders.ts';
import { clusterFolder } from '../../host/cluster-folder.ts';
import type { NodeMount } from '../../kind/kind-config.ts';
import type { Supply } from '../agent/supply.ts';
import { firstStartFiles, firstStartLines } from '../plugin/first-start.ts';

const layout = nodeLayout();

/** Where a node mounts the files. */
const FILES_IN_NODE = '/usr/local/share/kindgcr';

/**
 * A drop-in folder of systemd's that no node image uses: mounting over another would hide the files of kubeadm and kind.
 * Whole folders are mounted, because a container whose mounted file is missing can't be restarted, but one whose mounted
 * folder is empty can.
 */
const DROP_INS_IN_NODE = '/usr/local/lib/systemd/system/kubelet.service.d';

/**
 * Before the kubelet's first start, when kubeadm has configured it and nothing has read a credential yet. The dash: a node
 * comes up whatever happens here, and what is missing is added when the cluster is up.
 */
const DROP_IN = `[Service]
ExecStartPre=-/bin/sh ${FILES_IN_NODE}/prepare
`;

/** Under the 90 seconds that systemd gives a service to start, and the 4 minutes that kubeadm gives the kubelet. */
const SECONDS = 40;

const PREPARE = `set -eu
umask 077
files=${FILES_IN_NODE}
agent=${layout.agent}
if ! [ -x "$agent" ]; then
  cp "$files/agent-$(uname -m)" "$agent.new"
  chmod 755 "$agent.new"
  mv "$agent.new" "$agent"
fi
umask 022
mkdir -p /etc/kindgcr
umask 077
cp "$files/agent.json" ${layout.agentConfig}
${firstStartLines(FILES_IN_NODE)}if [ -e "$files/key.json" ]; then
  cp "$files/key.json" ${layout.keyfile}
  timeout ${SECONDS} "$agent" once --no-restart || true
fi
[ -e "$files/logins.json" ] || exit 0
exec timeout ${SECONDS} "$agent" receive < "$files/logins.json"
`;

/** What the nodes of a new cluster get. */
export interface FirstSetup extends Supply {
  /** Agent executables by the output of a node's `uname -m`. */
  readonly agents: ReadonlyMap<string, string>;
}

/** The folders that the nodes of one cluster mount. */
export interface FirstCredentials {
  readonly mounts: readonly NodeMount[];
  /** Removes all files. The empty folders stay, since nodes that mount them can't restart without them. */
  empty(): Promise<void>;
  /** Removes the folders, too: when no node mounts them. */
  remove(): Promise<void>;
}

/** Writes what a cluster's nodes mount at their kubelet's first start, readable by the user only. Throws FILE_FAILED. */
export async function layOutFirstCredentials(
  cluster: string,
  { config, key, logins, owners, agents }: FirstSetup,
  user: User,
): Promise<FirstCredentials> {
  const folder = clusterFolder(cluster, user);
  const files = join(folder.path, 'files');
  const dropIns = join(folder.path, 'kubelet.service.d');
  const remove = () => folder.remove('files', 'kubelet.service.d');
  const empty = async () => {
    for (const parent of [files, dropIns]) {
      const names = await readdir(parent).catch(() => []);
      await Promise.all(names.map((name) => rm(join(parent, name), { recursive: true, force: true })));
    }
  };
  try {
    for (const parent of [files, dropIns]) {
      await makePrivateFolder(parent);
      await chmod(parent, 0o700);
    }
    await empty();
    for (const [machine, path] of agents) await place(path, join(files, `agent-${machine}`));
    for (const [name, text] of Object.entries(textsOf(config, key, { logins, owners }))) {
      await replaceFile(join(files, name), text, { mode: 0o600 });
    }
    await replaceFile(join(dropIns, '20-kindgcr.conf'), DROP_IN, { mode: 0o644 });
  } catch (error) {
    await remove().catch(() => {});
    throw fileFailure(folder.path, 'written', error);
  }
  return {
    mounts: [
      { hostPath: files, containerPath: FILES_IN_NODE },
      { hostPath: dropIns, containerPath: DROP_INS_IN_NODE },
    ],
    empty,
    remove,
  };
}

function textsOf(
  config: AgentConfig,
  key: string | undefined,
  { logins, owners }: Pick<Supply, 'logins' | 'owners'>,
): Record<string, string> {
  const message: LoginsMessage = { version: 1, logins: [...logins], owners: [...owners] };
  return {
    prepare: PREPARE,
    'agent.json': `${JSON.stringify(config, undefined, 2)}\n`,
    ...(config.delivery === 'credential-provider' ? firstStartFiles() : {}),
    ...(key === undefined ? {} : { 'key.json': key }),
    ...(logins.length > 0 ? { 'logins.json': JSON.stringify(message) } : {}),
  };
}

/** A hard link where possible: the executable is large. */
async function place(path: string, target: string): Promise<void> {
  await link(path, target).catch(() => copyFile(path, target));
}
