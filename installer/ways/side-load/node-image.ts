import { KindGcrError } from '../../../core/errors.ts';
import type { KindNode } from '../../kind/node.ts';

/** What `uname -m` says, in the words of image platforms. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
  armv7l: 'arm',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/** The platform that a node runs images of, as in `linux/amd64`. Throws NODE_FAILED. */
export async function nodePlatform(node: KindNode): Promise<string> {
  const machine = (await node.run(['uname', '-m'])).trim();
  const architecture = ARCHITECTURES[machine];
  if (architecture !== undefined) return `linux/${architecture}`;
  throw new KindGcrError('NODE_FAILED', `${node.name} is of type ${machine}, for which no image platform is known`);
}

/** Whether a node has the image by that name, with the content that `id` names (the digest of its configuration). */
export async function nodeHasImage(node: KindNode, image: string, id: string): Promise<boolean> {
  const { stdout, exitCode } = await node.exec(['ctr', '--namespace=k8s.io', 'images', 'ls'], { timeout: 30_000 });
  if (exitCode !== 0) return false; // then it is loaded, which does no harm
  // containerd keeps each image for the kubelet by its id as well: two names of one thing have one digest.
  const digests = new Map(
    stdout.split('\n').map((line) => {
      const [name = '', , digest = ''] = line.split(/\s+/);
      return [name, digest] as const;
    }),
  );
  const digest = digests.get(fullName(image));
  return digest !== undefined && digest === digests.get(`sha256:${id}`);
}

/** An image's name as containerd keeps it: Docker Hub and the tag `latest` are said. */
function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const named = hasHost ? image : `docker.io/${rest.length > 0 ? image : `library/${image}`}`;
  return /:[^/]*$/.test(named) ? named : `${named}:latest`;
}
