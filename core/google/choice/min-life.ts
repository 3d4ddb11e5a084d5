import { KindGcrError } from '../../errors.ts';
import { quoted } from '../../redact.ts';
import type { Env } from '../../system/user-folders.ts';
import type { SourceSettings } from './source-settings.ts';

/** Seconds that a served token lives at least: a pull of some minutes must not outlive it. */
const DEFAULT_MIN_LIFE = 600;

/** Seconds: beyond that hardly any token of an hour would be served twice. */
const LONGEST = 3300;

/** Least life in seconds of a token that is served from the cache: `KINDGCR_MIN_LIFE`, the settings, ten minutes. Throws USAGE. */
export function minLifeOf(env: Env, settings: SourceSettings): number {
  const said = env.KINDGCR_MIN_LIFE || settings.minLife;
  return said ? parseMinLife(said) : DEFAULT_MIN_LIFE;
}

/** Reads `15m`, `900s` or `900` as seconds. Throws USAGE. */
export function parseMinLife(said: string): number {
  const [, number = '', unit] = /^(\d{1,5})(s|m)?$/.exec(said.trim()) ?? [];
  const seconds = Number(number) * (unit === 'm' ? 60 : 1);
  if (number !== '' && seconds <= LONGEST) return seconds;
  throw new KindGcrError('USAGE', `${quoted(said)} is not a least life for tokens`, {
    hint: `Set it in minutes or seconds, at most ${LONGEST / 60}m: KINDGCR_MIN_LIFE=15m`,
  });
}
