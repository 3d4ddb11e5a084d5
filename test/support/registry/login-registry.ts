import { createServer } from 'node:https';
import { Agent, fetch as undiciFetch } from 'undici';
import type { Fetch } from '../../../core/system/proxy-fetch.ts';
import { createCertificateAuthority } from '../network/certificates.ts';
import { listen } from '../network/listen.ts';

/** How a registry asks for logins. */
export interface LoginRegistryOptions {
  /** `Basic` at the registry itself, or `Bearer` with a token service under another name. */
  readonly challenge: 'basic' | 'bearer';
  /** Passwords by user; a change applies from the next request on. */
  readonly logins: Map<string, string>;
  /** The realm of the Bearer challenge, instead of its own token service. */
  readonly realm?: string;
  /** Answers every request with this status and location instead. */
  readonly redirect?: string;
}

/** A request, and whether it had a login. */
export interface LoginRequest {
  readonly host: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** A registry that asks for a login, under names that the test chooses. */
export interface LoginRegistry {
  readonly port: number;
  /** The certificate of its CA, PEM. */
  readonly ca: string;
  readonly requests: readonly LoginRequest[];
  /** A fetch that reaches it under each of its names, and trusts it. */
  readonly fetch: Fetch;
  /** The same without trusting its CA. */
  readonly fetchWithoutTrust: Fetch;
  close(): Promise<void>;
}

const NAMES = [
  'registry.test',
  'auth.registry.test',
  'ghcr.io',
  'registry-1.docker.io',
  'team.azurecr.io',
  'public.ecr.aws',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com',
];

/** Starts a registry like docker's distribution: `/v2/` with a challenge, and a token service. */
export async function startLoginRegistry(options: LoginRegistryOptions): Promise<LoginRegistry> {
  const { challenge, logins } = options;
  const authority = await createCertificateAuthority();
  const requests: LoginRequest[] = [];
  const isGood = (authorization: string | undefined) => {
    const [, user = '', password] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()) ?? [];
    return password !== undefined && logins.get(user) === password;
  };
  const server = createServer(await authority.issue(NAMES), (request, response) => {
    const { host = '', authorization } = request.headers;
    const { pathname } = new URL(request.url ?? '/', 'https://registry.test');
    requests.push({ host, path: request.url ?? '', authorization });
    const answer = (status: number, body: object, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    if (options.redirect !== undefined) return answer(307, {}, { location: options.redirect });
    if (pathname === '/token') {
      if (authorization !== undefined && !isGood(authorization)) {
        return answer(401, { details: 'incorrect username or password' });
      }
      return answer(200, { token: authorization === undefined ? 'anonymous' : 'granted' });
    }
    const granted = challenge === 'basic' ? isGood(authorization) : authorization === 'Bearer granted';
    if (granted) return answer(200, {});
    const realm = options.realm ?? `https://auth.registry.test:${port}/token`;
    const asked = challenge === 'basic' ? 'Basic realm="registry"' : `Bearer realm="${realm}",service="registry.test"`;
    answer(
      401,
      { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
      { 'www-authenticate': asked },
    );
  });
  const { port, close } = await listen(server);
  return {
    port,
    ca: authority.cert,
    requests,
    fetch: fetchTo(port, authority.cert),
    fetchWithoutTrust: fetchTo(port),
    close,
  };
}

/** Connects to this port of the loopback interface, whatever host is requested. */
function fetchTo(port: number, ca?: string): Fetch {
  const dispatcher = new Agent({
    connect: {
      ...(ca === undefined ? {} : { ca }),
      lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    },
    keepAliveTimeout: 1,
  });
  return ((input: string, init?: object) => {
    const url = new URL(input);
    url.port = String(port);
    return undiciFetch(url, { ...init, dispatcher });
  }) as unknown as Fetch;
}
