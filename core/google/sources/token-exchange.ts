import { errorMessage, KindGcrError, systemErrorCode } from '../../errors.ts';
import { oneLine } from '../../one-line.ts';

/** What the messages name. */
export interface Exchange {
  /** Names the credential for the user, never quotes it. */
  readonly description: string;
  /** The server that was asked, Google's token endpoint by default. */
  readonly server?: string;
  /** What to do when Google refuses the credential. */
  readonly renewal?: string;
}

const NEW_KEY = 'The key or its account was deleted or disabled. Create a new key, or log in again.';

/** OAuth errors that may be temporary, whatever the status. */
const MAY_PASS = /^(temporarily_unavailable|server_error|internal_failure|rate_limit_exceeded|slow_down)$/;

/**
 * Turns a failed request to one of Google's servers into a KindGcrError: CREDENTIAL_INVALID with Google's reason for a
 * permanent refusal, TOKEN_EXCHANGE_FAILED for what may be temporary. The library's own error is not kept as the
 * cause: it holds the request, and the request holds a signed assertion.
 */
export function exchangeFailure(error: unknown, exchange: Exchange): KindGcrError {
  const chain = causesOf(error);
  const expected = chain.find((inner) => inner instanceof KindGcrError);
  if (expected !== undefined) return expected;
  const { description, renewal = NEW_KEY } = exchange;
  const server = otherServerOf(error) ?? exchange.server ?? "Google's token endpoint";
  const cause = new Error(oneLine(errorMessage(error)));
  const status = statusOf(error);
  if (status !== undefined) {
    const { code, reason } = refusalOf(error);
    const said = reason === '' ? '' : `: ${reason}`;
    if (/reasonable timeframe|token used too early|iat and exp/i.test(reason)) {
      return new KindGcrError(
        'TOKEN_EXCHANGE_FAILED',
        `Google refused the signature's time for ${description}${said}`,
        {
          hint: "Set this machine's clock: it must agree with Google's within a few minutes.",
          cause,
        },
      );
    }
    if (/invalid_rapt|rapt_required/.test(reason)) {
      return new KindGcrError('CREDENTIAL_INVALID', `Google asks for a new login of ${description}${said}`, {
        hint: 'Your organization limits how long logins last. Log in again: gcloud auth application-default login',
        cause,
      });
    }
    const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429 && !MAY_PASS.test(code);
    if (isFinal && reason !== '') {
      const message = `Google refused the credential of ${description}${said}`;
      return new KindGcrError('CREDENTIAL_INVALID', message, { hint: renewal, cause });
    }
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${server} answered ${status} for ${description}${said}`, {
      hint: status === 429 ? 'Too many requests: wait a minute.' : 'Try again in a minute.',
      retryAt: retryAfterOf(error),
      cause,
    });
  }
  const network = networkReason(chain);
  if (network === undefined) {
    const message = `${description} gave no token: ${oneLine(errorMessage(error))}`;
    return new KindGcrError('CREDENTIAL_INVALID', message, { hint: renewal, cause });
  }
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${server} can't be reached: ${network}`, {
    hint: 'Check the network. Behind a proxy, set HTTPS_PROXY; if the proxy has its own CA, add it to the system store or to NODE_EXTRA_CA_CERTS.',
    cause,
  });
}

/** The message of a JSON error: OAuth's `error` and `error_description`, or the `error.message` of Google's APIs. */
export function refusalText(data: unknown): string {
  const error = at(data, 'error');
  const parts = typeof error === 'object' ? [at(error, 'message')] : [error, at(data, 'error_description')];
  const [first, ...rest] = parts.filter((part) => typeof part === 'string' && part.trim() !== '');
  return oneLine(rest.length === 0 ? `${first ?? ''}` : `${first} (${rest.join(' ')})`);
}

function refusalOf(error: unknown): { code: string; reason: string } {
  const data = at(at(error, 'response'), 'data');
  const code = at(data, 'error');
  const subtype = at(data, 'error_subtype');
  const reason = refusalText(data);
  const isNew = typeof subtype === 'string' && !reason.includes(subtype);
  return { code: typeof code === 'string' ? code : '', reason: isNew ? oneLine(`${reason}, ${subtype}`) : reason };
}

function statusOf(error: unknown): number | undefined {
  const status = at(at(error, 'response'), 'status');
  return typeof status === 'number' ? status : undefined;
}

/** The requested host, if it is not Google's: a metadata server, for example. */
function otherServerOf(error: unknown): string | undefined {
  const asked = at(at(error, 'config'), 'url');
  const host = asked instanceof URL ? asked.host : URL.parse(typeof asked === 'string' ? asked : '')?.host;
  return host === undefined || host === '' || host.endsWith('.googleapis.com') ? undefined : host;
}

/** RFC 9110: seconds from now, or an HTTP date. */
function retryAfterOf(error: unknown): Date | undefined {
  const headers = at(at(error, 'response'), 'headers');
  const value = headers instanceof Headers ? headers.get('retry-after') : null;
  if (value === null) return undefined;
  const date = /^\d+$/.test(value) ? new Date(Date.now() + Number(value) * 1000) : new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Why the network failed, from the innermost cause of fetch's error; undefined if the network is not at fault. */
function networkReason(chain: readonly unknown[]): string | undefined {
  if (chain.some((inner) => /^(TimeoutError|AbortError)$/.test(`${at(inner, 'name')}`)))
    return 'it did not answer in time';
  const code = chain.map(systemErrorCode).findLast((inner) => inner !== undefined);
  const isFetch = chain.some((inner) => at(inner, 'message') === 'fetch failed');
  if (!isFetch && (code === undefined || !/^(E(CONN|HOST|NET|TIMEDOUT|PIPE|AI_)|UND_ERR_)/.test(code)))
    return undefined;
  return oneLine(code ?? errorMessage(chain.at(-1)));
}

function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let inner = error; inner !== undefined && chain.length < 8; inner = at(inner, 'cause')) chain.push(inner);
  return chain;
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
