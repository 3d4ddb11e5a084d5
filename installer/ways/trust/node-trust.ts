import { KindGcrError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { User } from '../../../core/system/user-folders.ts';
import { type RegistryTrust, readTrust, trustedHosts } from '../../host/trusted-registries.ts';
import type { KindNode } from '../../kind/node.ts';
import { writeNodeFile } from '../../kind/write-node-file.ts';

/** Where containerd looks for a registry's `hosts.toml`, at each pull, so that it needs no restart. */
export const CERTS_FOLDER = '/etc/containerd/certs.d';

/** The first line of a `hosts.toml` of ours. */
const MARK = '# Written by kindgcr trust.';

/** Whether containerd looks there: by its own defaults, or by what the node image configures. */
const LOOKS = `containerd config dump 2>/dev/null | grep -q 'config_path.*${CERTS_FOLDER}'`;

/** $1 folder, $2 mark: fails when there is a `hosts.toml` of another hand. */
const IS_FOREIGN = `[ -e "$1/hosts.toml" ] && ! head -n 1 "$1/hosts.toml" | grep -qxF "$2"`;

/** $1 mark, then folders: removes ours, and what is empty then. */
const REMOVE = `mark=$1; shift
for folder; do
  head -n 1 "$folder/hosts.toml" 2>/dev/null | grep -qxF "$mark" || continue
  rm -f "$folder/hosts.toml" "$folder/kindgcr-ca.crt" "$folder/kindgcr-client.cert" "$folder/kindgcr-client.key"
  rmdir "$folder" ${CERTS_FOLDER} 2>/dev/null || :
done`;

/**
 * Has a node's containerd trust a registry, from its next pull on; nothing is restarted. True when something was written.
 * Throws NODE_FAILED, and leaves a `hosts.toml` of another hand alone.
 */
export async function trustInNode(node: KindNode, host: string, { ca, client }: RegistryTrust): Promise<boolean> {
  const folder = `${CERTS_FOLDER}/${host}`;
  if ((await node.exec(['sh', '-c', LOOKS])).exitCode !== 0) {
    throw new KindGcrError('NODE_FAILED', `${node.name}: its containerd does not look in ${CERTS_FOLDER}`, {
      hint: `Create the cluster with kind 0.27 or newer, or with config_path = "${CERTS_FOLDER}" in containerdConfigPatches.`,
    });
  }
  if ((await node.exec(['sh', '-c', IS_FOREIGN, 'sh', folder, MARK])).exitCode === 0) {
    throw new KindGcrError('NODE_FAILED', `${node.name} has a hosts.toml for ${host} that is not by kindgcr`, {
      hint: `Add the certificates there, or remove it: docker exec ${node.name} rm ${folder}/hosts.toml`,
    });
  }
  const files = [
    ['kindgcr-ca.crt', ca, 0o644] as const,
    ...(client === undefined
      ? []
      : ([
          ['kindgcr-client.cert', client.cert, 0o644],
          ['kindgcr-client.key', client.key, 0o600],
        ] as const)),
    ['hosts.toml', hostsToml(host, folder, client !== undefined), 0o644] as const,
  ];
  const written: boolean[] = [];
  for (const [name, text, mode] of files) written.push(await writeNodeFile(node, `${folder}/${name}`, text, mode));
  return written.includes(true);
}

/** Has a node's containerd trust every registry that is remembered; one that it can't is a warning. */
export async function trustAllInNode(
  node: KindNode,
  { user, log }: { readonly user: User; readonly log: Logger },
): Promise<void> {
  for (const host of await trustedHosts(user)) {
    const trust = readTrust(host, user);
    if (trust === undefined) continue;
    await trustInNode(node, host, trust).catch((error: unknown) => {
      if (!(error instanceof KindGcrError)) throw error;
      log.warn(error.message, { hint: error.hint });
    });
  }
}

/** Removes what makes a node trust a registry, or all of them. */
export async function distrustInNode(node: KindNode, host?: string): Promise<void> {
  const folders = host === undefined ? '"$@"' : `"${CERTS_FOLDER}/${host}"`;
  const script = host === undefined ? `set -- "$1" ${CERTS_FOLDER}/*/\n${REMOVE}` : `set -- "$1" ${folders}\n${REMOVE}`;
  await node.run(['sh', '-c', script, 'sh', MARK]);
}

function hostsToml(host: string, folder: string, hasClient: boolean): string {
  const client = hasClient ? `client = [["${folder}/kindgcr-client.cert", "${folder}/kindgcr-client.key"]]\n` : '';
  return `${MARK}\nserver = "https://${host}"\nca = "${folder}/kindgcr-ca.crt"\n${client}`;
}
