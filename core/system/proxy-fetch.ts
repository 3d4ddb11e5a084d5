import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';

/** The standard fetch, as far as token sources use it. */
export type Fetch = typeof fetch;

/** A certificate authority of someone's own, and what it has issued to this client; all PEM. */
export interface PrivateTrust {
  readonly ca: string;
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

/** Milliseconds that one connection attempt and one silent server may take. */
const PATIENCE = 15_000;

/** Milliseconds until a connection on the local link must stand. */
const LOCAL_PATIENCE = 3000;

const LIMITS = {
  headersTimeout: PATIENCE,
  bodyTimeout: PATIENCE,
  keepAliveTimeout: 1, // one question, one answer: an idle socket would keep a finished program alive
};

/**
 * A fetch that goes through the proxy named by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (or their lower-case forms)
 * and gives up on a server that does not answer. Certificates are checked against the trust of the running Node:
 * its own roots, the system's store, `NODE_EXTRA_CA_CERTS`, and the authority of `trust`.
 */
export function proxyFetch(trust?: PrivateTrust): Fetch {
  const tls = trust && { ca: [...getCACertificates('default'), trust.ca], ...trust.client };
  const connect = { timeout: PATIENCE, ...tls };
  return fetchThrough(new EnvHttpProxyAgent({ connect, ...(tls && { requestTls: tls }), ...LIMITS }));
}

/** A fetch for a server on the local link, which no proxy can reach; it gives up soon where there is none. */
export function directFetch(): Fetch {
  return fetchThrough(new Agent({ connect: { timeout: LOCAL_PATIENCE }, ...LIMITS }));
}

function fetchThrough(dispatcher: Dispatcher): Fetch {
  // The same standard, typed twice: undici's own declarations and those that come with Node.
  return ((input: Parameters<typeof undiciFetch>[0], init?: Parameters<typeof undiciFetch>[1]) =>
    undiciFetch(input, { ...init, dispatcher })) as unknown as Fetch;
}
