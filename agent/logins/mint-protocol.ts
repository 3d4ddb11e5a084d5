import * as v from 'valibot';
import { type ErrorCode, EXIT_CODES, KindGcrError } from '../../core/errors.ts';
import type { AccessToken } from '../../core/google/access-token.ts';

/** A token that was issued, and the account that it belongs to. */
export interface Minted {
  readonly token: AccessToken;
  /** Names the credential, never quotes it. */
  readonly account: string;
}

const date = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

const AnswerSchema = v.union([
  v.strictObject({
    account: v.string(),
    token: v.strictObject({ token: v.pipe(v.string(), v.minLength(1)), expiresAt: date }),
  }),
  v.strictObject({
    failure: v.strictObject({
      code: v.picklist(Object.keys(EXIT_CODES) as [ErrorCode]),
      message: v.string(),
      hint: v.string(),
      retryAt: v.optional(date),
    }),
  }),
]);

/** What `kindgcr-agent mint` prints for its parent process: the token, or the expected failure. Never log it. */
export function formatMintResult(outcome: Minted | KindGcrError): string {
  if (!(outcome instanceof KindGcrError)) return JSON.stringify(outcome);
  const { code, message, hint, retryAt } = outcome;
  return JSON.stringify({ failure: { code, message, hint, retryAt } });
}

/** Parses the output of `kindgcr-agent mint`; undefined when it is malformed. Throws the failure that it reports. */
export function parseMintResult(text: string): Minted | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const answer = v.safeParse(AnswerSchema, json);
  if (!answer.success) return undefined;
  if (!('failure' in answer.output)) return answer.output;
  const { code, message, ...details } = answer.output.failure;
  throw new KindGcrError(code, message, details);
}
