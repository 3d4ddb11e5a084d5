import { stat } from 'node:fs/promises';
import type { NodeLayout } from '../../core/node/layout.ts';

/**
 * Identifies the current config and key without reading the key. When it changes, tokens are renewed with the new ones,
 * and earlier failures no longer count.
 */
export async function inputsOf({ agentConfig, keyfile }: NodeLayout): Promise<string> {
  const versions = [agentConfig, keyfile].map((path) =>
    stat(path).then(
      ({ ino, size, mtimeMs }) => `${ino}:${size}:${mtimeMs}`,
      () => 'none',
    ),
  );
  return (await Promise.all(versions)).join(' ');
}
