import type { KindNode } from './node.ts';

/** $1 path, $2 mode in octal; the content comes on stdin. */
const WRITE = `set -eu
umask 077
folder=$(dirname "$1")
[ -d "$folder" ] || (umask 022; mkdir -p "$folder")
temporary=$(mktemp "$folder/.kindgcr.XXXXXX")
trap 'rm -f "$temporary"' EXIT
cat > "$temporary"
chmod "$2" "$temporary"
if cmp -s "$temporary" "$1" && [ "$(stat -c %a "$1")" = "$2" ]; then echo same; else mv "$temporary" "$1"; echo written; fi`;

/**
 * Writes a file in a node atomically, with `mode` from the first byte. Resolves with true when content or mode changed. Throws NODE_FAILED.
 */
export async function writeNodeFile(node: KindNode, path: string, content: string, mode: number): Promise<boolean> {
  const args = ['sh', '-c', WRITE, 'sh', path, mode.toString(8)];
  return (await node.run(args, { input: content, timeout: 30_000 })).trim() === 'written';
}
