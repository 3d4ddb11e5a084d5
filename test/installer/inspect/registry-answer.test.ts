import { expect, test } from 'vitest';
import { askForManifest, imageName } from '../../../installer/inspect/registry-answer.ts';

const LOGIN = { username: 'oauth2accesstoken', secret: 'ya29.of-a-test', registries: ['gcr.io'] };
const IMAGE = { host: 'gcr.io', repository: 'p/i', reference: 'latest' };

/** A registry that sends clients to `realm` for a token, and notes which address got which authorization. */
function registry(realm: string) {
  const asked: (readonly [string, string])[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    const url = String(input instanceof Request ? input.url : input);
    const authorization = new Headers(init?.headers).get('authorization') ?? '';
    asked.push([url, authorization]);
    if (!url.includes('/manifests/')) return Response.json({ token: 'of-the-registry' });
    if (authorization === 'Bearer of-the-registry') return new Response('{}');
    const challenge = `Bearer realm="${realm}",service="gcr.io",scope="repository:p/i:pull"`;
    return new Response('', { status: 401, headers: { 'www-authenticate': challenge } });
  };
  return { asked, web: { fetch, signal: new AbortController().signal } };
}

const ask = (web: ReturnType<typeof registry>['web']) =>
  askForManifest(IMAGE, { ...LOGIN, expiresAt: '2031-01-01T00:00:00Z' } as never, web as never);

test('a registry that hands out tokens itself gets the login there', async () => {
  const { asked, web } = registry('https://gcr.io/v2/token');
  expect((await ask(web)).status).toBe(200);
  expect(asked[1]?.[0]).toBe('https://gcr.io/v2/token?service=gcr.io&scope=repository%3Ap%2Fi%3Apull');
});

test.each([
  'https://evil.example/token',
  'http://gcr.io/token',
  'https://gcr.io.evil.example/',
  'https://gcr.io:8443/',
  'x',
])('the login is not sent to the realm %s', async (realm) => {
  const { asked, web } = registry(realm);
  expect((await ask(web)).status).toBe(401);
  expect(asked.map(([url]) => url)).toEqual(['https://gcr.io/v2/p/i/manifests/latest']);
});

test.each([
  ['alpine', 'docker.io', 'library/alpine', 'latest'],
  ['ann/app:1', 'docker.io', 'ann/app', '1'],
  ['docker.io/library/alpine', 'docker.io', 'library/alpine', 'latest'],
  ['ghcr.io/ann/app:1.2', 'ghcr.io', 'ann/app', '1.2'],
  ['registry.example:5000/app', 'registry.example:5000', 'app', 'latest'],
  [`gcr.io/p/app:1@sha256:${'0'.repeat(64)}`, 'gcr.io', 'p/app', `sha256:${'0'.repeat(64)}`],
])('%s', (image, host, repository, reference) => {
  expect(imageName(image)).toEqual({ host, repository, reference });
});

test.each(['', ' ', 'gcr.io/', 'gcr.io/A B', 'gcr.io/p/../x', 'gcr.io/p/app?x', 'https://gcr.io/p/app'])(
  '%j is no image',
  (image) => {
    expect(imageName(image)).toBeUndefined();
  },
);
