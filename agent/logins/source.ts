import type { NodeLayout } from '../../core/node/layout.ts';
import type { OpenSource } from '../world.ts';

/** Opens the sources that work inside a node. Google's library is heavy: it is loaded when a token is due, not before. */
export function sourceOpener(layout: NodeLayout): OpenSource {
  return async ({ scopes }) => {
    const [{ keyfileSource }, { readServiceAccountKey }] = await Promise.all([
      import('../../core/google/sources/keyfile.ts'),
      import('../../core/google/sources/service-account-key.ts'),
    ]);
    return keyfileSource(await readServiceAccountKey(layout.keyfile), { scopes });
  };
}
