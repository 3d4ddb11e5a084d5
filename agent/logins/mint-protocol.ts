import * as v from 'valibot';
import { type ErrorCode, EXIT_CODES, KindGcrError } from '../../core/errors.ts';
import type { AccessToken } from '../../core/google/access-token.ts';

/** A token that was minted, and for whom. */
export interface Minted {
  readonly token: AccessToken;
  /** Names the credential for a person, never quotes it. */
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

/** What `kindgcr-agent mint` prints: the token, or the expected failure. It is for the agent that asked, and no log. */
export function formatMintResult(outcome: Minted | KindGcrError): string {
  if (!(outcome instanceof KindGcrError)) return JSON.stringify(outcome);
  const { code, message, hint, retryAt } = outcome;
  return JSON.stringify({ failure: { code, message, hint, retryAt } });
}

/** Reads that again. Throws the failure that it tells; undefined when the text is no such answer. */
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
