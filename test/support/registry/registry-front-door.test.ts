import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fetch } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { writeSecretFile } from '../files/secret-file.ts';
import { tempDir } from '../files/temp-dir.ts';
import { startTokenEndpoint, type TokenEndpoint } from '../google/token-endpoint.ts';
import { createCertificateAuthority } from '../network/certificates.ts';
import { startConnectProxy } from '../network/connect-proxy.ts';
import { listen } from '../network/listen.ts';
import { run } from '../run/run.ts';
import { startRegistryFrontDoor } from './registry-front-door.ts';

const READ_ONLY = ['https://www.googleapis.com/auth/devstorage.read_only'];
const ACCOUNT = { account: 'ci@proj.iam.gserviceaccount.com', client: 'test' };

/** The registry behind the front door: it records its requests, and points uploads to its own address. */
async function registry(settings: Partial<Parameters<typeof startRegistryFrontDoor>[0]> = {}) {
  const upstream = await listen(
    createServer(async (request, response) => {
      const body = await text(request);
      const asked = `${request.method} ${request.url} auth=${request.headers.authorization ?? 'none'}`;
      response.setHeader('location', `http://127.0.0.1:${upstream.port}${request.url}?state=1`);
      response.writeHead(request.method === 'POST' ? 202 : 200).end(`${asked} body=${body.length}`);
    }),
  );
  const google = await startTokenEndpoint();
  const door = await startRegistryFrontDoor({ upstream: `http://127.0.0.1:${upstream.port}`, google, ...settings });
  onTestFinished(async () => void (await Promise.all([door.close(), google.close(), upstream.close()])));
  const ask = (path: string, authorization?: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${door.port}${path}`, {
      method,
      headers: authorization === undefined ? {} : { authorization },
    });
  return { door, google, ask };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function issue(google: TokenEndpoint, scopes = READ_ONLY): string {
  return google.issue({ ...ACCOUNT, scopes }, 60);
}

const MANIFEST = '/v2/private/app/manifests/1';

test('every login that Google accepts is accepted, and no other', async () => {
  const { door, google, ask } = await registry();
  const token = issue(google);
  const key = JSON.stringify(google.serviceAccountKey(), undefined, 2);
  const status = async (authorization?: string) => (await ask(MANIFEST, authorization)).status;
  for (const username of ['oauth2accesstoken', '_token', '_dcgcloud_token', '_dcgcr_2_1_26_token']) {
    expect(await status(basic(username, token)), username).toBe(200);
  }
  expect(await status(`Bearer ${token}`)).toBe(200);
  expect(await status(basic('_json_key', key))).toBe(200);
  expect(await status(basic('_json_key_base64', Buffer.from(key).toString('base64')))).toBe(200);

  expect(await status()).toBe(401);
  expect(await status(basic('_dcgcr__token', token))).toBe(401);
  expect(await status(basic('someone', token))).toBe(401);
  expect(await status(basic('oauth2accesstoken', 'ya29.c.wrong'))).toBe(401);
  expect(await status(basic('_json_key', key.replace(/"private_key_id": "./, '$&0')))).toBe(401);
  google.revokeTokens();
  expect(await status(basic('oauth2accesstoken', token))).toBe(401);

  const refused = await ask('/v2/');
  expect(refused.headers.get('www-authenticate')).toBe(`Basic realm="127.0.0.1:${door.port}"`);
  expect(await refused.json()).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] });
});

test('anyone can pull a public image, but not with an expired token', async () => {
  const { google, ask } = await registry();
  const token = issue(google);
  const PUBLIC = '/v2/public/base/manifests/1';
  expect((await ask(PUBLIC)).status).toBe(200);
  expect((await ask(PUBLIC, basic('oauth2accesstoken', token))).status).toBe(200);
  google.revokeTokens();
  expect((await ask(PUBLIC, basic('oauth2accesstoken', token))).status).toBe(401);
  expect((await ask('/v2/public/base/blobs/uploads/', undefined, 'POST')).status).toBe(401);
});

test("a read-only token can pull and can't push", async () => {
  const { google, ask } = await registry();
  const reader = basic('oauth2accesstoken', issue(google));
  const writer = basic('oauth2accesstoken', issue(google, ['https://www.googleapis.com/auth/cloud-platform']));
  const mailer = basic('oauth2accesstoken', issue(google, ['https://www.googleapis.com/auth/gmail.readonly']));
  const UPLOAD = '/v2/private/app/blobs/uploads/';
  expect((await ask(MANIFEST, reader)).status).toBe(200);
  expect((await ask(UPLOAD, reader, 'POST')).status).toBe(403);
  expect((await ask(MANIFEST, mailer)).status).toBe(403);
  expect((await ask(UPLOAD, writer, 'POST')).status).toBe(202);
});

test('the registry behind the front door never sees the login, and its URLs point back to the front door', async () => {
  const { door, google, ask } = await registry();
  const answer = await ask(`${MANIFEST}?x=1`, basic('oauth2accesstoken', issue(google)));
  expect(await answer.text()).toBe(`GET ${MANIFEST}?x=1 auth=none body=0`);
  expect(answer.headers.get('location')).toBe(`http://127.0.0.1:${door.port}${MANIFEST}?x=1?state=1`);
});

test('an unavailable registry and a bad login get different answers', async () => {
  const { google, ask } = await registry({ upstream: 'http://127.0.0.1:1' });
  expect((await ask(MANIFEST, basic('oauth2accesstoken', issue(google)))).status).toBe(502);
});

test('with a bearer challenge a login is exchanged for a token that expires with it', async () => {
  const { door, google, ask } = await registry({ challenge: 'bearer' });
  const challenge = (await ask(MANIFEST)).headers.get('www-authenticate');
  expect(challenge).toBe(
    `Bearer realm="https://127.0.0.1:${door.port}/v2/token",service="127.0.0.1",scope="repository:private/app:pull"`,
  );
  const trade = async (repository: string, authorization?: string, actions = 'pull') => {
    const answer = await ask(`/v2/token?service=gcr.io&scope=repository:${repository}:${actions}`, authorization);
    return { status: answer.status, ...((await answer.json()) as { token?: string }) };
  };
  const { token } = await trade('private/app', basic('oauth2accesstoken', issue(google)));
  expect((await ask(MANIFEST, `Bearer ${token}`)).status).toBe(200);
  expect((await trade('private/app')).status).toBe(403);
  const anonymous = await trade('public/base');
  expect((await ask('/v2/public/base/manifests/1')).status).toBe(401);
  expect((await ask('/v2/public/base/manifests/1', `Bearer ${anonymous.token}`)).status).toBe(200);
  expect((await ask(MANIFEST, `Bearer ${anonymous.token}`)).status).toBe(401);
  const asksForMore = await trade('public/base', undefined, 'push,pull');
  expect((await ask('/v2/public/base/manifests/1', `Bearer ${asksForMore.token}`)).status).toBe(200);
  expect((await trade('public/base', undefined, 'push')).status).toBe(403);
  google.revokeTokens();
  expect((await ask(MANIFEST, `Bearer ${token}`)).status).toBe(401);
  expect((await trade('public/base', basic('oauth2accesstoken', google.latest ?? ''))).status).toBe(401);
});

test('the log shows which token each request used, and no secret', async () => {
  const { door, google, ask } = await registry();
  const token = issue(google);
  await (await ask(MANIFEST, basic('oauth2accesstoken', token))).text();
  await (await ask(MANIFEST)).text();
  await expect
    .poll(() => door.accesses)
    .toMatchObject([
      {
        host: '127.0.0.1',
        method: 'GET',
        path: MANIFEST,
        auth: 'good',
        username: 'oauth2accesstoken',
        token: 1,
        status: 200,
      },
      { auth: 'none', status: 401 },
    ]);
  expect(JSON.stringify(door.accesses)).not.toContain(token);
});

test("curl reaches it under a registry's own name over TLS", async ({ skip }) => {
  const dir = await tempDir();
  const ca = await createCertificateAuthority();
  await ca.writeCert(join(dir, 'ca.crt'));
  const { door, google } = await registry({ tls: await ca.issue(['gcr.io', 'us-docker.pkg.dev']) });
  const curl = (host: string, login: string) =>
    run(
      '/usr/bin/curl',
      [
        '--config',
        '-',
        '-s',
        '-o',
        'out',
        '-w',
        '%{http_code}',
        '--noproxy',
        '*',
        `https://${host}:${door.port}/v2/private/app/manifests/1`,
      ],
      {
        cwd: dir,
        input: `cacert = "ca.crt"\nresolve = "${host}:${door.port}:127.0.0.1"\n${login}`,
      },
    ).catch(() => skip('curl is not installed'));
  const login = `user = "oauth2accesstoken:${issue(google)}"\n`;
  expect(await curl('gcr.io', login)).toMatchObject({ stdout: '200' });
  expect(await curl('us-docker.pkg.dev', '')).toMatchObject({ stdout: '401' });
});

test("the docker CLI works with it: a Go client, TLS, the token service and Google's refusals", async ({ skip }) => {
  const dir = await tempDir();
  const ca = await createCertificateAuthority();
  await ca.writeCert(join(dir, 'ca.crt'));
  const upstream = await listen(createServer(serveImage));
  const google = await startTokenEndpoint();
  const door = await startRegistryFrontDoor({
    upstream: `http://127.0.0.1:${upstream.port}`,
    google,
    tls: await ca.issue(['gcr.io']),
    challenge: 'bearer',
  });
  const proxy = await startConnectProxy({ 'gcr.io:443': door.port });
  onTestFinished(async () => {
    for (const service of [proxy, door, google, upstream]) await service.close();
  });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    DOCKER_CONFIG: dir,
    HTTPS_PROXY: proxy.url,
    SSL_CERT_FILE: join(dir, 'ca.crt'),
  };
  const inspect = async (image: string, token?: string) => {
    const auths =
      token === undefined ? {} : { 'gcr.io': { auth: basic('oauth2accesstoken', token).slice('Basic '.length) } };
    await writeSecretFile(join(dir, 'config.json'), JSON.stringify({ auths }));
    const { exitCode, stdout, stderr } = await run('docker', ['manifest', 'inspect', image], { env });
    return exitCode === 0 ? JSON.parse(stdout).schemaVersion : stderr.trim();
  };
  if ((await run('docker', ['--version'], { env }).catch(() => undefined)) === undefined)
    skip('docker is not installed');

  const token = issue(google);
  expect(await inspect('gcr.io/private/app:1')).toContain('denied: Unauthenticated request');
  expect(await inspect('gcr.io/private/app:1', token)).toBe(2);
  expect(await inspect('gcr.io/public/base:1')).toBe(2);
  google.revokeTokens();
  expect(await inspect('gcr.io/private/app:1', token)).toContain('unauthorized: failed authentication');
  expect(await inspect('gcr.io/public/base:1', token)).toContain('unauthorized: failed authentication');
});

/** A small image: every manifest is the same, every blob is its config. */
function serveImage(request: IncomingMessage, response: ServerResponse): void {
  const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } });
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digest(config),
    },
    layers: [],
  });
  const isManifest = request.url?.includes('/manifests/') === true;
  const body = isManifest ? manifest : config;
  response.writeHead(200, {
    'content-type': isManifest ? mediaType : 'application/octet-stream',
    'content-length': body.length,
    'docker-content-digest': digest(body),
  });
  response.end(body);
}
