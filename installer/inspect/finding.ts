import { type ErrorCode, errorMessage, KindGcrError } from '../../core/errors.ts';

/** The result of a check. */
export interface Finding {
  /** What was checked, in a word or two: `docker config`, a node's name. */
  readonly check: string;
  /** `note`: nothing is broken, but worth a look. `skipped`: could not be checked, or was not asked for. */
  readonly outcome: 'ok' | 'bad' | 'note' | 'skipped';
  readonly detail: string;
  /** The next step, if there is one. */
  readonly hint?: string;
  /** For `bad`: the error code. */
  readonly code?: ErrorCode;
}

/** Nothing is wrong. */
export const ok = (check: string, detail: string): Finding => ({ check, outcome: 'ok', detail });

/** Nothing is broken, but it is worth a look. */
export const note = (check: string, detail: string, hint: string): Finding => ({
  check,
  outcome: 'note',
  detail,
  hint,
});

/** It could not be checked, or was not asked for. */
export const skipped = (check: string, detail: string): Finding => ({ check, outcome: 'skipped', detail });

/** It prevents a pull. */
export const bad = (check: string, code: ErrorCode, detail: string, hint: string): Finding => ({
  check,
  outcome: 'bad',
  detail,
  hint,
  code,
});

/** The finding for an expected failure; anything else is rethrown. */
export function badBecause(check: string, error: unknown): Finding {
  if (!(error instanceof KindGcrError)) throw error;
  const { code, hint } = error;
  return { check, outcome: 'bad', detail: errorMessage(error), code, ...(hint === undefined ? {} : { hint }) };
}
