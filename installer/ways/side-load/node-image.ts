import { KindGcrError } from '../../../core/errors.ts';
import { MACHINE_NAMES, machineOf } from '../../kind/machines.ts';
import type { KindNode } from '../../kind/node.ts';
import type { HostImage } from './host-image.ts';

/** The platform that a node runs images of, as in `linux/amd64`. Throws NODE_FAILED. */
export async function nodePlatform(node: KindNode): Promise<string> {
  const machine = (await node.run(['uname', '-m'])).trim();
  const architecture = machineOf(machine)?.architecture;
  if (architecture !== undefined) return `linux/${architecture}`;
  throw new KindGcrError('NODE_FAILED', `${node.name} is ${machine}, for which no image platform is known`, {
    hint: `Known architectures: ${MACHINE_NAMES.join(', ')}`,
  });
}

/** Whether a node has the image by that name, with the content that one of these digests names. */
export async function nodeHasImage(node: KindNode, image: string, { digests }: HostImage): Promise<boolean> {
  const known = await imageDigests(node, image);
  return digests.some((digest) => known.has(digest));
}

/**
 * The digests by which a node's containerd knows the image of that name: of what the name refers to, and of the
 * configuration, which is the image's id for the kubelet. None when the node lacks it or can't be asked: then the image
 * is loaded, which does no harm.
 */
export async function imageDigests(node: KindNode, image: string): Promise<ReadonlySet<string>> {
  const { stdout, exitCode } = await node.exec(['ctr', '--namespace=k8s.io', 'images', 'ls'], { timeout: 30_000 });
  if (exitCode !== 0) return new Set();
  const listed = stdout.split('\n').map((line) => line.split(/\s+/));
  const target = listed.find(([name]) => name === fullName(image))?.[2];
  if (target === undefined) return new Set();
  // containerd keeps each image for the kubelet by its id as well: two names of one thing have one target.
  const ids = listed.flatMap(([name = '', , digest]) =>
    digest === target && name.startsWith('sha256:') ? [name] : [],
  );
  return new Set([target, ...ids]);
}

/** An image's name as containerd keeps it, with the host of Docker Hub and the tag `latest`. */
export function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const named = hasHost ? image : `docker.io/${rest.length > 0 ? image : `library/${image}`}`;
  return /:[^/]*$/.test(named) ? named : `${named}:latest`;
}
