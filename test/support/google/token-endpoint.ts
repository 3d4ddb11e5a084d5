import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { writeSecretFile } from '../files/secret-file.ts';
import type { TlsIdentity } from '../network/certificates.ts';
import { type ListenOptions, listen } from '../network/listen.ts';
import { type GoogleAccounts, googleAccounts } from './google-accounts.ts';
import { type IssuedTokens, issuedTokens } from './issued-tokens.ts';
import { grantOf } from './token-grants.ts';

/** How the endpoint fails, for the next request or several. */
export interface Misbehaviour {
  /** Answers with this status instead of a token; default 500. */
  readonly status?: number;
  /** The body of that answer; a string is sent as HTML, as by a proxy. */
  readonly body?: string | object;
  /** Value of the Retry-After header: seconds or an HTTP date. */
  readonly retryAfter?: number | string;
  /** Accepts the request and never answers. */
  readonly hang?: boolean;
  /** Drops the connection. */
  readonly reset?: boolean;
  /** Answers with a valid token, but without this field. */
  readonly omit?: 'access_token' | 'expires_in';
  /** The number of requests that fail: default 1, `'all'` until `recover()`. */
  readonly times?: number | 'all';
}

/** How the endpoint is set up. */
export interface TokenEndpointSettings {
  /** Lifetime of tokens in seconds; default 3599, as at Google. */
  readonly tokenLife?: number | undefined;
  /** Milliseconds since 1970: the wall clock for expiry. */
  readonly now?: (() => number) | undefined;
}

/** Google's `https://oauth2.googleapis.com/token`, with generated accounts. */
export interface TokenEndpoint extends GoogleAccounts, IssuedTokens {
  /** Seconds; a change applies to tokens issued from then on. */
  tokenLife: number;
  /** Lifetime in seconds by account, for accounts that differ. */
  readonly lifeOf: Map<string, number>;
  /** The number of requests received, valid or not. */
  readonly requests: number;
  readonly tokensIssued: number;
  /** Creates a key for a service account and writes its file, 0600. */
  writeServiceAccountKey(path: string, options?: { email?: string }): Promise<void>;
  fail(misbehaviour: Misbehaviour): void;
  recover(): void;
  /** Answers one HTTP request, for a server that serves more names than this one. */
  readonly handle: RequestListener;
}

/** A listening token endpoint. */
export interface RunningTokenEndpoint extends TokenEndpoint {
  readonly port: number;
  /** The URL of its token path by address: `http://127.0.0.1:PORT/token`, or https with TLS. */
  readonly url: string;
  /** The same without TLS, on the loopback interface: gcloud can be pointed there, Google's libraries can't. */
  readonly loopbackUrl: string;
  close(): Promise<void>;
}

/** Starts the endpoint: HTTPS with `tls` (issued for `oauth2.googleapis.com`), plain HTTP without. */
export async function startTokenEndpoint(
  options: TokenEndpointSettings & ListenOptions & { readonly tls?: TlsIdentity | undefined } = {},
): Promise<RunningTokenEndpoint> {
  const endpoint = tokenEndpoint(options);
  const plain = await listen(createServer(endpoint.handle), options.tls ? {} : options);
  const loopbackUrl = `http://${plain.address}:${plain.port}/token`;
  if (options.tls === undefined) {
    return Object.assign(endpoint, { port: plain.port, url: loopbackUrl, loopbackUrl, close: plain.close });
  }
  const { address, port, close } = await listen(createTlsServer(options.tls, endpoint.handle), options);
  return Object.assign(endpoint, {
    port,
    url: `https://${address}:${port}/token`,
    loopbackUrl,
    close: async () => void (await Promise.all([close(), plain.close()])),
  });
}

/** The endpoint without a server: accounts, tokens, and the request handler. */
function tokenEndpoint({ tokenLife = 3599, now = Date.now }: TokenEndpointSettings = {}): TokenEndpoint {
  const accounts = googleAccounts();
  const tokens = issuedTokens(now);
  let requests = 0;
  let misbehaviour: Misbehaviour | undefined;
  let timesLeft = 0;

  const endpoint: TokenEndpoint = {
    ...accounts,
    ...tokens,
    tokenLife,
    lifeOf: new Map(),
    get issued() {
      return tokens.issued;
    },
    get latest() {
      return tokens.latest;
    },
    get tokensIssued() {
      return tokens.issued.length;
    },
    get requests() {
      return requests;
    },
    async writeServiceAccountKey(path, options) {
      await writeSecretFile(path, `${JSON.stringify(accounts.serviceAccountKey(options), undefined, 2)}\n`);
    },
    fail(how) {
      misbehaviour = how;
      timesLeft = how.times === 'all' ? Number.POSITIVE_INFINITY : (how.times ?? 1);
    },
    recover() {
      timesLeft = 0;
    },
    handle(request, response) {
      answer(request, response).catch(() => response.destroy());
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    requests += 1;
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/token' || request.method !== 'POST') return reply(response, 404, '<h1>Not Found</h1>');
    const bad = timesLeft > 0 ? misbehaviour : undefined;
    timesLeft = Math.max(timesLeft - 1, 0);
    if (bad?.hang) return;
    if (bad?.reset) return void request.socket.destroy();
    if (bad && !bad.omit) {
      const { status = 500, retryAfter } = bad;
      const body = bad.body ?? { error: status === 429 ? 'rate_limit_exceeded' : 'internal_failure' };
      return reply(response, status, body, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
    }
    const grant = grantOf(form, accounts, now() / 1000);
    if ('error' in grant) return reply(response, 400, grant);
    if ('id_token' in grant) return reply(response, 200, grant);
    const life = endpoint.lifeOf.get(grant.account) ?? endpoint.tokenLife;
    const access_token = tokens.issue({ ...grant, client: request.headers['user-agent'] ?? '' }, life);
    const good: Record<string, unknown> = { access_token, expires_in: life, token_type: 'Bearer' };
    if (bad?.omit) delete good[bad.omit];
    reply(response, 200, good);
  }

  return endpoint;
}

function reply(response: ServerResponse, status: number, body: string | object, headers: Record<string, string> = {}) {
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8',
    'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
    ...headers,
  });
  response.end(typeof body === 'string' ? body : JSON.stringify(body, undefined, 2));
}
