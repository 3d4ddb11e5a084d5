import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsIdentity } from '../network/certificates.ts';
import { type ListenOptions, listen } from '../network/listen.ts';
import { type KnownLogins, type Login, type RegistryAction, registryLogins } from './registry-logins.ts';
import { proxyTo } from './registry-proxy.ts';

/** How the registries are set up. */
export interface FrontDoorSettings {
  /** The registry behind the front door, without authentication: `http://127.0.0.1:5000`. */
  readonly upstream: string;
  /** The token endpoint, which knows the valid logins. */
  readonly google: KnownLogins;
  /** Repositories that anyone may pull, by path prefix: default `['public/']`. */
  readonly publicPrefixes?: readonly string[];
  /**
   * `basic` asks for the login itself. `bearer` sends clients to a token service first, as Google does; with `basic`
   * the docker CLI can't pull anonymously, since it relies on the answer to `/v2/`.
   */
  readonly challenge?: 'basic' | 'bearer';
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Called for each request when it is answered. */
  readonly onAccess?: (access: Access) => void;
}

/** What is recorded of a request; no secrets. */
export interface Access extends Pick<Login, 'auth' | 'username' | 'token'> {
  readonly time: Date;
  readonly host: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
}

/** The front door of `gcr.io`, `us.gcr.io`, `us-docker.pkg.dev` and so on: one for all the names. */
export interface RegistryFrontDoor {
  /** All requests so far, in the order of their answers. */
  readonly accesses: readonly Access[];
  /** Answers one HTTP request, for a server that serves more names than these. */
  readonly handle: RequestListener;
}

/** A listening front door. */
export interface RunningFrontDoor extends RegistryFrontDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** An error response of the registry protocol. */
interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly challenge?: string;
}

/** Starts the front door: HTTPS with `tls` (issued for the registries' names), plain HTTP without. */
export async function startRegistryFrontDoor(
  options: FrontDoorSettings & ListenOptions & { readonly tls?: TlsIdentity | undefined },
): Promise<RunningFrontDoor> {
  const door = registryFrontDoor(options);
  const server = options.tls ? createTlsServer(options.tls, door.handle) : createServer(door.handle);
  const { port, close } = await listen(server, options);
  return { ...door, port, close };
}

/** The front door without a server. */
export function registryFrontDoor({
  upstream,
  google,
  publicPrefixes = ['public/'],
  challenge = 'basic',
  now = Date.now,
  onAccess = () => {},
}: FrontDoorSettings): RegistryFrontDoor {
  const logins = registryLogins(google);
  const accesses: Access[] = [];
  const isPublic = (repository: string) => publicPrefixes.some((prefix) => repository.startsWith(prefix));

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const login = logins.loginOf(request.headers.authorization);
    response.once('close', () => remember(request, response, pathname, login));
    if (challenge === 'bearer' && pathname === '/v2/token') {
      const scopes = searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
      const refusal = refuseTrade(request, login, scopes);
      if (refusal) return void refuse(response, refusal);
      const token = logins.trade(login.auth === 'good' ? request.headers.authorization : undefined);
      return void json(response, 200, { token, expires_in: 3600, issued_at: new Date(now()).toISOString() });
    }
    const refusal = refuseAccess(request, login, pathname);
    if (refusal) refuse(response, refusal);
    else proxyTo(upstream, request, response);
  }

  function refuseAccess(request: IncomingMessage, login: Login, pathname: string): Refusal | undefined {
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)(?:\/|$)/.exec(pathname)?.[1];
    const action: RegistryAction = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'push';
    const isOpen = repository !== undefined && action === 'pull' && isPublic(repository);
    if (login.auth === 'good') {
      if (isOpen || login.may.includes(action)) return undefined;
      return { status: 403, code: 'DENIED', message: 'Request had insufficient authentication scopes.' };
    }
    // Public repositories need no login, but an expired one is refused even there.
    if (isOpen && login.auth === 'none' && (challenge === 'basic' || login.isAnonymous === true)) return undefined;
    return {
      status: 401,
      code: 'UNAUTHORIZED',
      message: login.auth === 'bad' ? 'failed authentication' : 'Unauthenticated request',
      challenge: challengeFor(request, repository && `repository:${repository}:${action}`),
    };
  }

  /** Docker's token authentication: exchanges a login, or none, for a token that the registry accepts as Bearer. */
  function refuseTrade(request: IncomingMessage, login: Login, scopes: readonly string[]): Refusal | undefined {
    // Google has no POST here; clients that try it first fall back to GET on this answer.
    if (request.method !== 'GET') return { status: 404, code: 'UNSUPPORTED', message: 'Not Found' };
    if (login.auth === 'bad') return { status: 401, code: 'UNAUTHORIZED', message: 'failed authentication' };
    // Scopes beyond pull are dropped, not refused: `docker manifest inspect` before 23 requests push, too.
    const isForAnyone = (scope: string) => {
      const [, repository = '', actions = ''] = /^repository:(.+):([a-z,*]+)$/.exec(scope) ?? [];
      return isPublic(repository) && actions.split(',').includes('pull');
    };
    if (login.auth === 'good' || scopes.every(isForAnyone)) return undefined;
    return { status: 403, code: 'DENIED', message: 'Unauthenticated requests may not do this (or it may not exist)' };
  }

  function challengeFor(request: IncomingMessage, scope: string | undefined): string {
    const host = request.headers.host ?? 'localhost';
    if (challenge === 'basic') return `Basic realm="${host}"`;
    const asked = scope === undefined ? '' : `,scope="${scope}"`;
    return `Bearer realm="https://${host}/v2/token",service="${hostOf(request)}"${asked}`;
  }

  function remember(request: IncomingMessage, response: ServerResponse, path: string, login: Login): void {
    const { auth, username, token } = login;
    const access: Access = {
      time: new Date(now()),
      host: hostOf(request),
      method: request.method ?? '',
      path,
      auth,
      ...(username === undefined ? {} : { username }),
      ...(token === undefined ? {} : { token }),
      status: response.statusCode,
    };
    accesses.push(access);
    onAccess(access);
  }

  return { accesses, handle };
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '');
}

function refuse(response: ServerResponse, { status, code, message, challenge }: Refusal): void {
  if (challenge !== undefined) response.setHeader('www-authenticate', challenge);
  json(response, status, { errors: [{ code, message }] });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0' });
  response.end(JSON.stringify(body));
}
