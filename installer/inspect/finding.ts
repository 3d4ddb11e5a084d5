import { type ErrorCode, errorMessage, KindGcrError } from '../../core/errors.ts';

/** What one check has found. */
export interface Finding {
  /** What was looked at, in a word or two: `docker config`, a node's name. */
  readonly check: string;
  /** `note`: nothing is broken, but worth a look. `skipped`: could not be looked at, or was not asked for. */
  readonly outcome: 'ok' | 'bad' | 'note' | 'skipped';
  readonly detail: string;
  /** The next step, where there is one. */
  readonly hint?: string;
  /** For `bad`: what kind of failure it is. */
  readonly code?: ErrorCode;
}

/** All is well with it. */
export const ok = (check: string, detail: string): Finding => ({ check, outcome: 'ok', detail });

/** Nothing is broken, but it is worth a look. */
export const note = (check: string, detail: string, hint: string): Finding => ({
  check,
  outcome: 'note',
  detail,
  hint,
});

/** It could not be looked at, or was not asked for. */
export const skipped = (check: string, detail: string): Finding => ({ check, outcome: 'skipped', detail });

/** It stands in the way of a pull. */
export const bad = (check: string, code: ErrorCode, detail: string, hint: string): Finding => ({
  check,
  outcome: 'bad',
  detail,
  hint,
  code,
});

/** The finding of a check that fails as expected; anything else is thrown on. */
export function badBecause(check: string, error: unknown): Finding {
  if (!(error instanceof KindGcrError)) throw error;
  const { code, hint } = error;
  return { check, outcome: 'bad', detail: errorMessage(error), code, ...(hint === undefined ? {} : { hint }) };
}
