import { stat } from 'node:fs/promises';
import type { NodeLayout } from '../../core/node/layout.ts';

/**
 * Tells one content of config and key from another without reading the key: when it changes, what was minted from the
 * former is to be renewed, and what failed with the former is worth another try.
 */
export async function inputsOf({ agentConfig, keyfile }: NodeLayout): Promise<string> {
  const looks = [agentConfig, keyfile].map((path) =>
    stat(path).then(
      ({ ino, size, mtimeMs }) => `${ino}:${size}:${mtimeMs}`,
      () => 'none',
    ),
  );
  return (await Promise.all(looks)).join(' ');
}
