import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { NodeLayout } from '../../core/node/layout.ts';
import { formatDockerConfig } from '../../core/registry/docker-config.ts';
import type { State } from '../files/state.ts';
import { hasAuths, ownEntries, withdrawLogins } from './entries.ts';
import { healKubeletFile, holds, putKubeletFile, readKubeletFile, removeKubeletFile } from './file.ts';
import { parseConfigText } from './text.ts';

/** What became of `config.json` when ours was taken out of it. */
export type Withdrawal = 'removed' | 'restored' | 'untouched';

/**
 * Takes everything of ours out of `config.json` and puts back what it stood in for. When nothing else has changed since we
 * came, the file is as it was, to the byte and the permission bit, or gone when there was none.
 */
export async function withdrawCredentials(
  { kubeletDockerConfig: path }: NodeLayout,
  { before, displaced, setAside }: Pick<State, 'before' | 'displaced' | 'setAside'>,
): Promise<Withdrawal> {
  await healKubeletFile(path);
  const file = await readKubeletFile(path);
  const { whole: config } = parseConfigText(file?.text);
  if (file === undefined || ownEntries(config).size === 0) return 'untouched';
  const atFirst = parseConfigText(before?.text ?? undefined).usable;
  const left = withdrawLogins({ config, displaced }, before === null || hasAuths(atFirst));
  const isAsBefore = before !== null && isDeepStrictEqual(left, atFirst);
  if (isAsBefore && before.text === null) {
    await removeKubeletFile(path);
    return 'removed';
  }
  const bytes = Buffer.from(isAsBefore ? bytesBefore(before) : formatDockerConfig(left));
  await putKubeletFile(path, bytes, before?.mode ?? file.mode);
  if (setAside !== null && (await holds(setAside.path, bytes))) await rm(setAside.path, { force: true });
  return 'restored';
}

/** Forgets all logins and all that the agent knew: what was displaced is back in its place. */
export async function forget({ logins, state }: NodeLayout): Promise<void> {
  await Promise.all([logins, state].map((path) => rm(path, { force: true })));
}

function bytesBefore({ text, base64 }: NonNullable<State['before']>): Buffer {
  return base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');
}
