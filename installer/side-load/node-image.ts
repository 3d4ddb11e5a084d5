import { KindGcrError } from '../../core/errors.ts';
import type { KindNode } from '../kind-node.ts';

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

/** Whether a node has the image by that name, with that very content. */
export async function nodeHasImage(node: KindNode, image: string, id: string): Promise<boolean> {
  const { stdout, exitCode } = await node.exec(['crictl', 'inspecti', '--output', 'json', image], { timeout: 30_000 });
  return exitCode === 0 && new RegExp(`"id":\\s*"(sha256:)?${id}"`).test(stdout);
}
