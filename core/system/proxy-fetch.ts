import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent, fetch as undiciFetch } from 'undici';
import { KindGcrError } from '../errors.ts';
import { proxyFor } from './proxy.ts';
import type { Env } from './user-folders.ts';

/** The standard fetch. */
export type Fetch = typeof fetch;

/** A client certificate and its key, in PEM. */
export interface ClientCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** A private certificate authority and a client certificate, in PEM. */
export interface PrivateTrust {
  /** Undefined: only the public ones. */
  readonly ca: string | undefined;
  readonly client: ClientCertificate | undefined;
}

/** Milliseconds for a connection attempt, and for a server that sends nothing. */
const PATIENCE = 15_000;

/** Milliseconds for a connection on the local link. */
const LOCAL_PATIENCE = 3000;

/** Bytes; no expected answer is nearly as long. */
const LONGEST_ANSWER = 1024 * 1024;

const LIMITS = { headersTimeout: PATIENCE, bodyTimeout: PATIENCE };

/**
 * A fetch that goes through the proxy that the environment names (`proxyFor`) and gives up on a server that does not
 * answer. Certificates are checked against the trust of the running Node: its own roots, the system's store,
 * `NODE_EXTRA_CA_CERTS`, and the authority of `trust`. Rejects with KindGcrError where a proxy refuses, a redirect would have to be followed, or
 * `NODE_TLS_REJECT_UNAUTHORIZED=0` turns those checks off: what we send are credentials.
 */
export function proxyFetch(env: Env, { ca, client }: Partial<PrivateTrust> = {}): Fetch {
  const tls = { ...client, ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }) };
  return fetchThrough((url) => {
    if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0' && url.protocol === 'https:') throw uncheckedCertificates(url);
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return new Agent({ connect: { timeout: PATIENCE, ...tls }, ...LIMITS });
    return new ProxyAgent({
      uri: proxy.uri,
      ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
      requestTls: { ...tls, servername: isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? url.hostname : '' },
      ...LIMITS,
    });
  });
}

/** A fetch for a server on the local link, which no proxy can reach, with a short timeout. */
export function directFetch(): Fetch {
  return fetchThrough(() => new Agent({ connect: { timeout: LOCAL_PATIENCE }, ...LIMITS }));
}

/** One dispatcher for each request, destroyed after it, so that no open socket keeps the program running. */
function fetchThrough(open: (url: URL) => Dispatcher): Fetch {
  const answer = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const dispatcher = open(url);
    try {
      // undici and Node declare the types of the same standard separately.
      const options = { ...init, redirect: 'manual', dispatcher } as Parameters<typeof undiciFetch>[1];
      const response = await undiciFetch(url, options);
      // Asked for http://, a proxy gets no CONNECT, and answers in the server's place.
      if (response.status === 407) throw proxyLogin();
      if (init.redirect !== 'manual' && isRedirect(response.status)) throw redirected(url, response);
      const body = await bodyOf(response, url);
      const hasNone = [204, 205, 304].includes(response.status);
      return new Response(hasNone ? null : body, { status: response.status, headers: [...response.headers] });
    } catch (error) {
      throw proxyRefusal(error, url) ?? error;
    } finally {
      await dispatcher.destroy();
    }
  };
  return answer;
}

async function bodyOf(response: Awaited<ReturnType<typeof undiciFetch>>, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > LONGEST_ANSWER) {
      throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${url.host} answered with more than 1 MiB`, {
        hint: 'A proxy between here and there may be answering in its place.',
      });
    }
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function redirected(url: URL, { status, headers }: { status: number; headers: { get(name: string): string | null } }) {
  const target = URL.parse(headers.get('location') ?? '', url.href)?.host;
  const where = target === undefined || target === url.host ? 'elsewhere' : `to ${target}`;
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${url.host} redirects ${where} (${status})`, {
    hint: 'kindgcr follows no redirect with a credential. A proxy, or the login page of a network, may be in the way.',
  });
}

function uncheckedCertificates(url: URL): KindGcrError {
  const message = `NODE_TLS_REJECT_UNAUTHORIZED=0 turns certificate checks off, so no credential is sent to ${url.host}`;
  return new KindGcrError('USAGE', message, {
    hint: 'Unset it. Where a proxy has its own CA, name that CA: NODE_EXTRA_CA_CERTS=/path/to/ca.pem',
  });
}

/** undici words a proxy's refusal as `Proxy response (407) !== 200 when HTTP Tunneling`, inside `fetch failed`. */
function proxyRefusal(error: unknown, url: URL): KindGcrError | undefined {
  let status: string | undefined;
  for (let inner = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth++) {
    status ??= /^Proxy .*\((\d{3})\)/.exec(inner.message)?.[1];
  }
  if (status === undefined) return undefined;
  if (status === '407') return proxyLogin();
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `the proxy refuses a connection to ${url.host} (${status})`, {
    hint: `Have the proxy let ${url.host} through, or name another one in HTTPS_PROXY; NO_PROXY lists hosts to reach directly.`,
  });
}

/** Final: the next attempt would send the same login, and a proxy may lock an account after a few. */
function proxyLogin(): KindGcrError {
  return new KindGcrError('CREDENTIAL_INVALID', 'the proxy asks for a login (407 Proxy Authentication Required)', {
    hint: 'Put it into the variable that names the proxy: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, with special characters as %XX',
  });
}
