// Google for a lab: the token endpoint and the registries' front door in one process, on one address, by name.
//   node test/support/lab/serve.ts --dir STATE --listen ADDRESS --upstream http://127.0.0.1:5000 [--token-life SECONDS]
// STATE gets ca.crt (for trust stores), key.json (a service account key, 0600), access.log (JSON lines, no secrets) and
// control.sock, which lab-services.ts uses. With the same STATE a later run keeps CA and key.
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ServiceAccountKeyFile } from '../google/google-accounts.ts';
import { startTokenEndpoint } from '../google/token-endpoint.ts';
import { createCertificateAuthority } from '../network/certificates.ts';
import { startConnectProxy } from '../network/connect-proxy.ts';
import { listen } from '../network/listen.ts';
import { registryFrontDoor } from '../registry/registry-front-door.ts';
import { proxyTo } from '../registry/registry-proxy.ts';
import { startControl } from './lab-control.ts';

/** One certificate for all names; the wildcards cover every region. */
const NAMES = ['oauth2.googleapis.com', 'gcr.io', '*.gcr.io', '*.pkg.dev'];

/** Registries that a test may run on a port of the loopback interface; they ask for logins themselves. */
const OTHERS: Readonly<Record<string, string>> = {
  'pass.registry.test': 'http://127.0.0.1:5001',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com': 'http://127.0.0.1:5002',
};

/** The names that the proxy maps to this process. */
const ROUTED = ['oauth2.googleapis.com', 'gcr.io', 'us.gcr.io', 'us-docker.pkg.dev'];

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    listen: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '443' },
    upstream: { type: 'string', default: 'http://127.0.0.1:5000' },
    'token-life': { type: 'string', default: '3599' },
    challenge: { type: 'string', default: 'bearer' },
    'proxy-port': { type: 'string', default: '0' },
    public: { type: 'string', multiple: true, default: ['public/'] },
  },
});
if (values.dir === undefined) throw new Error('serve.ts needs --dir STATE');
if (values.challenge !== 'basic' && values.challenge !== 'bearer') throw new Error('--challenge is basic or bearer');
if (!(Number(values['token-life']) > 0)) throw new Error('--token-life is a number of seconds');
const dir = values.dir;
await mkdir(dir, { recursive: true, mode: 0o700 });

const written = async (name: string) => readFile(join(dir, name), 'utf8').catch(() => undefined);
const [cert, key] = await Promise.all([written('ca.crt'), written('ca.key')]);
const ca = await createCertificateAuthority(cert && key ? { cert, key } : undefined);
await Promise.all([ca.writeKey(join(dir, 'ca.key')), ca.writeCert(join(dir, 'ca.crt'))]);

// Plain HTTP on loopback is for gcloud; all other clients reach the endpoint under its own name below.
const google = await startTokenEndpoint({ tokenLife: Number(values['token-life']) });
const keyFile = await written('key.json');
if (keyFile === undefined) await google.writeServiceAccountKey(join(dir, 'key.json'));
else google.adopt(JSON.parse(keyFile) as ServiceAccountKeyFile);

const accessLog = createWriteStream(join(dir, 'access.log'), { flags: 'a', mode: 0o600 });
const door = registryFrontDoor({
  upstream: values.upstream,
  google,
  challenge: values.challenge,
  publicPrefixes: values.public,
  onAccess: (access) => accessLog.write(`${JSON.stringify(access)}\n`),
});
const server = createServer(await ca.issue([...NAMES, ...Object.keys(OTHERS), values.listen]), (request, response) => {
  const other = OTHERS[request.headers.host ?? ''];
  if (other !== undefined) return void proxyTo(other, request, response, { keepLogin: true });
  const isGoogle = /^oauth2\.googleapis\.com(:\d+)?$/.test(request.headers.host ?? '');
  (isGoogle ? google : door).handle(request, response);
});
const front = await listen(server, { address: values.listen, port: Number(values.port) });

// For programs that reach Google's names through a proxy, where the names themselves resolve to something else.
const routes = Object.fromEntries(ROUTED.map((name) => [`${name}:443`, front.port]));
const proxy = await startConnectProxy(routes, { address: values.listen, port: Number(values['proxy-port']) });
const control = await startControl(join(dir, 'control.sock'), { google, door, port: front.port, proxyUrl: proxy.url });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await Promise.all([proxy.close(), control.close(), front.close(), google.close()]);
    accessLog.end();
  });
}
console.log(`ready on ${values.listen}:${front.port}`);
