import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import type { TokenEndpoint } from './token-endpoint.ts';

/** Google's other token APIs beside the token endpoint: STS, IAM credentials, the metadata server. */
export interface GoogleApis {
  /** Which account may impersonate which: `'developer@example.com ci@demo.iam.gserviceaccount.com'`. */
  readonly mayImpersonate: Set<string>;
  /** Tokens of external identity providers that STS accepts, and their accounts. */
  readonly foreignTokens: Map<string, string>;
  /** The account of the machine; undefined for a machine without one. */
  machineAccount: string | undefined;
  /** The paths of all requests, in order. */
  readonly asked: readonly string[];
  readonly handle: RequestListener;
}

const METADATA = '/computeMetadata/v1/instance/service-accounts/default/token';

/** The APIs, issuing tokens that the endpoint knows. */
export function googleApis(google: TokenEndpoint): GoogleApis {
  const asked: string[] = [];
  const apis: GoogleApis = {
    mayImpersonate: new Set(),
    foreignTokens: new Map(),
    machineAccount: 'machine@demo.iam.gserviceaccount.com',
    asked,
    handle(request, response) {
      answer(request, response).catch(() => response.destroy());
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const body = await text(request);
    asked.push(pathname);
    if (pathname === METADATA) return metadata(request, searchParams.get('scopes'), response);
    if (pathname === '/v1/token') return exchange(new URLSearchParams(body), request, response);
    const [, account] = /^\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/.exec(pathname) ?? [];
    if (account) return impersonate(decodeURIComponent(account), request, body, response);
    reply(response, 404, {});
  }

  function issue(account: string, scopes: readonly string[]) {
    return google.issue({ account, scopes, client: '' }, google.tokenLife);
  }

  function metadata(request: IncomingMessage, scopes: string | null, response: ServerResponse) {
    if (request.headers['metadata-flavor'] !== 'Google') return reply(response, 403, {});
    if (apis.machineAccount === undefined) return reply(response, 404, {});
    const access_token = issue(apis.machineAccount, (scopes ?? '').split(','));
    reply(response, 200, { access_token, expires_in: google.tokenLife, token_type: 'Bearer' });
  }

  /** RFC 8693. */
  function exchange(form: URLSearchParams, request: IncomingMessage, response: ServerResponse) {
    if (form.get('subject_token_type') === 'urn:ietf:params:oauth:token-type:mtls') {
      const raw =
        request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().raw?.toString('base64') : '';
      if (form.get('subject_token') !== JSON.stringify([raw])) return reply(response, 401, { error: 'invalid_client' });
    }
    const account = apis.foreignTokens.get(form.get('subject_token') ?? '');
    if (account === undefined) {
      return reply(response, 400, { error: 'invalid_grant', error_description: 'The given credential is rejected.' });
    }
    const access_token = issue(account, (form.get('scope') ?? '').split(' '));
    const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
    reply(response, 200, { access_token, issued_token_type, token_type: 'Bearer', expires_in: google.tokenLife });
  }

  function impersonate(account: string, request: IncomingMessage, body: string, response: ServerResponse) {
    const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const asker = google.isValid(bearer) ? google.issuedFor(bearer)?.account : undefined;
    if (asker === undefined) return reply(response, 401, apiError(401, 'UNAUTHENTICATED', 'Invalid credentials.'));
    const { scope, delegates = [] }: { scope: string[]; delegates?: string[] } = JSON.parse(body);
    const way = [asker, ...delegates.map((name) => name.replace('projects/-/serviceAccounts/', '')), account];
    const isOpen = way.slice(1).every((to, at) => apis.mayImpersonate.has(`${way[at]} ${to}`));
    if (!isOpen) {
      const denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
      return reply(response, 403, apiError(403, 'PERMISSION_DENIED', denied));
    }
    const expireTime = new Date(Date.now() + google.tokenLife * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    reply(response, 200, { accessToken: issue(account, scope), expireTime });
  }

  return apis;
}

function apiError(code: number, status: string, message: string) {
  return { error: { code, message, status } };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'metadata-flavor': 'Google' });
  response.end(JSON.stringify(body));
}
