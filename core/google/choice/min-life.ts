import { KindGcrError } from '../../errors.ts';
import { quoted } from '../../redact.ts';
import type { Env } from '../../system/user-folders.ts';
import type { SourceSettings } from './source-settings.ts';

/** Seconds that a returned token is valid for at least, since a pull may take some minutes. */
const DEFAULT_MIN_LIFE = 600;

/** Seconds; with more than this, hardly any one-hour token would be used twice. */
const LONGEST = 3300;

/** Minimum life in seconds of a token from the cache: `KINDGCR_MIN_LIFE`, the setting, or ten minutes. Throws USAGE. */
export function minLifeOf(env: Env, settings: SourceSettings): number {
  const said = env.KINDGCR_MIN_LIFE || settings.minLife;
  return said ? parseMinLife(said) : DEFAULT_MIN_LIFE;
}

/** Reads `15m`, `900s` or `900` as seconds. Throws USAGE. */
export function parseMinLife(said: string): number {
  const [, number = '', unit] = /^(\d{1,5})(s|m)?$/.exec(said.trim()) ?? [];
  const seconds = Number(number) * (unit === 'm' ? 60 : 1);
  if (number !== '' && seconds <= LONGEST) return seconds;
  throw new KindGcrError('USAGE', `${quoted(said)} is not a minimum life for tokens`, {
    hint: `Set it in minutes or seconds, at most ${LONGEST / 60}m: KINDGCR_MIN_LIFE=15m`,
  });
}
