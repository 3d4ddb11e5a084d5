import { isUtf8 } from 'node:buffer';
import { oneLine } from '../../core/one-line.ts';
import { type KubeletFile, setAside } from '../docker-config/file.ts';
import type { State } from '../files/state.ts';
import type { World } from '../world.ts';

/** Without entries of ours nothing is displaced, and the current file is the one to restore later. */
export function withNothingOfOurs(state: State, file: KubeletFile | undefined): State {
  if (file === undefined) return { ...state, displaced: {}, before: { text: null, mode: 0o600 } };
  const { text, bytes, mode } = file;
  const base64 = isUtf8(bytes) ? {} : { base64: Buffer.from(bytes).toString('base64') };
  return { ...state, displaced: {}, before: { text, ...base64, mode } };
}

/** Keeps a copy of a file that the kubelet refuses. */
export async function keepRefused(
  { layout, log, now }: Pick<World, 'layout' | 'log' | 'now'>,
  state: State,
  previous: KubeletFile | undefined,
  refusedFor: string | undefined,
): Promise<State> {
  if (previous === undefined || refusedFor === undefined) return state;
  const path = await setAside(layout.kubeletDockerConfig, previous.bytes, now());
  const reason = oneLine(refusedFor); // it may quote keys of the file
  log.warn('the kubelet could not read config.json; a copy of it was kept', { reason, path });
  return { ...state, setAside: { at: now().toISOString(), path, reason } };
}
