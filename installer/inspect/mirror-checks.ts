import { isGoogleDockerHost, KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { HUB_KEY } from '../../core/registry/registry-login.ts';
import type { KindNode } from '../kind/node.ts';
import { CERTS_FOLDER } from '../ways/trust/node-trust.ts';
import { type Finding, note } from './finding.ts';

/** Prints each `[host."URL"]` of containerd's configuration of registries, after its file's path. */
const LIST_MIRRORS = `grep -HE '^[[:space:]]*\\[host\\.' ${CERTS_FOLDER}/*/hosts.toml 2>/dev/null`;

/**
 * The mirrors that would get a login that is for another registry: containerd (1.7) sends a kubelet's login to every host of
 * a `hosts.toml` that asks for one, whatever its name.
 */
export async function mirrorFindings(node: KindNode, keys: readonly string[]): Promise<readonly Finding[]> {
  const { stdout } = await node.exec(['sh', '-c', LIST_MIRRORS]);
  return stdout.split('\n').flatMap((line) => {
    const [, folder = '', url = ''] = /^.*\/([^/]+)\/hosts\.toml:\s*\[host\.["']([^"']+)/.exec(line) ?? [];
    const registry = folder.replace(/_(\d+)_$/, ':$1');
    const key = keys.find((one) => isFor(one, registry));
    if (key === undefined || isItself(hostOf(url), registry)) return [];
    const of = registry === '_default' ? 'every registry' : registry;
    return [
      note(
        `${node.name} mirror`,
        `${url} gets the login to ${of} when it asks for one`,
        `Only trusted mirrors should: docker exec ${node.name} cat ${CERTS_FOLDER}/${folder}/hosts.toml`,
      ),
    ];
  });
}

/** Whether the login under a key of `auths` is used for a registry as containerd names it. */
function isFor(key: string, registry: string): boolean {
  if (registry === '_default') return true;
  if (KUBELET_KEYS.includes(key)) return isGoogleDockerHost(registry);
  if (key === HUB_KEY) return registry === 'docker.io';
  return hostOf(key) === registry;
}

function isItself(host: string | undefined, registry: string): boolean {
  return host === registry || (registry === 'docker.io' && host === 'registry-1.docker.io');
}

function hostOf(url: string): string | undefined {
  return url.replace(/^https?:\/\//, '').split('/')[0];
}
