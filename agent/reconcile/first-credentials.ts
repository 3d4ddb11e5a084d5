import { stat } from 'node:fs/promises';
import type { NodeLayout } from '../../core/node/layout.ts';
import type { State } from '../files/state.ts';
import { withRestart } from '../kubelet/restart.ts';

/**
 * Takes over credentials that an install wrote before it copied this agent: there was no `config.json`, and the kubelet
 * was restarted for them. Returns `state` itself when there are none.
 */
export async function takeOverFirstCredentials(
  { firstCredentials }: Pick<NodeLayout, 'firstCredentials'>,
  state: State,
): Promise<State> {
  const written = await stat(firstCredentials).catch(() => undefined);
  if (written === undefined) return state;
  const taken = { ...state, before: { text: null, mode: 0o600 } };
  return withRestart(taken, 'the kubelet may hold no credentials', written.mtime);
}
