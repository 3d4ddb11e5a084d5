import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { NodeLayout } from '../../core/node/layout.ts';
import { formatDockerConfig } from '../../core/registry/docker-config.ts';
import type { State } from '../files/state.ts';
import { hasAuths, ownEntries, withdrawLogins } from './entries.ts';
import { holds, putKubeletFile, readKubeletFile, recoverKubeletFile, removeKubeletFile } from './file.ts';
import { parseConfigText } from './text.ts';

/** What happened to `config.json` when our entries were removed. */
export type Withdrawal = 'removed' | 'restored' | 'untouched';

/**
 * Removes our entries from `config.json` and restores those that they replaced. If nothing else has changed meanwhile, the
 * file is restored byte for byte with its mode, or removed when there was none.
 */
export async function withdrawCredentials(
  { kubeletDockerConfig: path }: NodeLayout,
  { before, displaced, setAside }: Pick<State, 'before' | 'displaced' | 'setAside'>,
): Promise<Withdrawal> {
  await recoverKubeletFile(path);
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

/** Deletes the stored logins and the state. Only after a withdrawal, since the state holds the displaced entries. */
export async function forget({ logins, state }: NodeLayout): Promise<void> {
  await Promise.all([logins, state].map((path) => rm(path, { force: true })));
}

function bytesBefore({ text, base64 }: NonNullable<State['before']>): Buffer {
  return base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');
}
