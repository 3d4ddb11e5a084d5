import { errorMessage, KindGcrError, systemErrorCode } from '../../errors.ts';
import { redact } from '../../redact.ts';

/** The server that sources ask unless they say otherwise. */
const TOKEN_ENDPOINT = "Google's token endpoint";

/**
 * Words a failed exchange at a server of Google's, the token endpoint unless told. CREDENTIAL_INVALID when Google refuses the credential for good,
 * TOKEN_EXCHANGE_FAILED for all that may pass. The library's own error is not kept as the cause: it holds the request,
 * and the request holds a signed assertion.
 */
export function exchangeFailure(error: unknown, description: string, server = TOKEN_ENDPOINT): KindGcrError {
  if (error instanceof KindGcrError) return error;
  const answer = answerOf(error);
  const cause = new Error(redact(errorMessage(error)));
  if (answer?.error === 'invalid_grant' && isAboutTime(answer.error_description)) {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `Google refused the signature's time for ${description}`, {
      hint: "Set this machine's clock: it must agree with Google's within a few minutes.",
      cause,
    });
  }
  if (answer?.error === 'invalid_grant' || answer?.error === 'invalid_client') {
    const said = answer.error_description ? ` (${redact(answer.error_description)})` : '';
    return new KindGcrError(
      'CREDENTIAL_INVALID',
      `Google refused the credential of ${description}: ${answer.error}${said}`,
      {
        hint: 'The key was deleted, disabled, or belongs to an account that is gone. Make a new key, or log in again.',
        cause,
      },
    );
  }
  const status = statusOf(error);
  if (status !== undefined) {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${server} answered ${status} for ${description}`, {
      hint: status === 429 ? 'Too many requests: wait a minute.' : 'Try again in a minute.',
      retryAt: retryAfterOf(error),
      cause,
    });
  }
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${server} can't be reached: ${networkReason(error)}`, {
    hint: 'Check the network. Behind a proxy set HTTPS_PROXY; where the proxy has its own CA, add it to the system store or name it in NODE_EXTRA_CA_CERTS.',
    cause,
  });
}

interface TokenEndpointError {
  readonly error?: string;
  readonly error_description?: string;
}

function isAboutTime(said: string | undefined): boolean {
  return said !== undefined && /reasonable timeframe|token used too early|iat and exp/i.test(said);
}

function answerOf(error: unknown): TokenEndpointError | undefined {
  const data = at(at(error, 'response'), 'data');
  if (typeof data !== 'object' || data === null) return undefined;
  const code = at(data, 'error');
  const said = at(data, 'error_description');
  return {
    ...(typeof code === 'string' ? { error: code } : {}),
    ...(typeof said === 'string' ? { error_description: said } : {}),
  };
}

function statusOf(error: unknown): number | undefined {
  const status = at(at(error, 'response'), 'status');
  return typeof status === 'number' ? status : undefined;
}

/** RFC 9110: seconds from now, or an HTTP date. */
function retryAfterOf(error: unknown): Date | undefined {
  const headers = at(at(error, 'response'), 'headers');
  const value = headers instanceof Headers || hasGet(headers) ? headers.get('retry-after') : undefined;
  if (typeof value !== 'string') return undefined;
  const date = /^\d+$/.test(value) ? new Date(Date.now() + Number(value) * 1000) : new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** fetch hides why it failed in a chain of causes; the innermost code is what a person can look up. */
function networkReason(error: unknown): string {
  let reason: string | undefined;
  for (let inner = error, depth = 0; inner instanceof Error && depth < 8; inner = inner.cause, depth++) {
    if (inner.name === 'TimeoutError') return 'it did not answer in time';
    reason = systemErrorCode(inner) ?? reason;
  }
  return redact(reason ?? errorMessage(error));
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function hasGet(value: unknown): value is { get(name: string): unknown } {
  return typeof at(value, 'get') === 'function';
}
