import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { needsOwnEngine, lab as runLab } from '../support/lab/lab-world.ts';
import { createCertificateAuthority } from '../support/network/certificates.ts';
import { htpasswdLine } from '../support/registry/ecr-endpoint.ts';
import { mustSucceed, REPOSITORY, type RunningProgram, start } from '../support/run/run.ts';
import { e2e, PULL } from './e2e.ts';

// One real node and four registries: Google's, one whose login docker-credential-pass keeps, Amazon's with its own helper,
// and one behind a private CA that asks for client certificates. The last three are Debian's docker-registry.

const ECR = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const CORP = 'corp.registry.test:5443';
const IMAGES = {
  google: 'gcr.io/private/app',
  pass: 'pass.registry.test/private/app',
  ecr: `${ECR}/private/app`,
  corp: `${CORP}/private/app`,
};
const ACCOUNT = 'docker-user@kindgcr.example';
const CONFIG = '/var/lib/kubelet/config.json';

/** A mirror that asks for a login, prints whose it gets, and refuses it. */
const MIRROR = `require('node:http').createServer(({ headers }, answer) => {
  const [user] = Buffer.from((headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString().split(':');
  console.log('asked by ' + user);
  answer.writeHead(401, { 'www-authenticate': 'Basic realm="mirror"' }).end();
}).listen(5006, process.argv[1], () => console.log('ready'));`;

/** The kubelet keeps a login that it has read for five minutes, and backs off as long between its attempts. */
const AFTER_A_CHANGE = { timeout: 800_000, interval: 2000 } as const;

const lab = inject('lab');
const obstacle = 'obstacle' in lab ? lab.obstacle : needsOwnEngine(lab);
const env = 'obstacle' in lab ? {} : lab.env;
const running: RunningProgram[] = [];
let folder = '';

beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle);
});

const world = e2e('docker', async (_lab, services) => {
  folder = await mkdtemp(join(tmpdir(), 'kindgcr-from-docker-'));
  const login = await services.authorizedUser({ account: ACCOUNT });
  await services.setTokenLife(45 * 60, ACCOUNT); // too short for the cache to serve one twice to nodes
  const google = { loopbackUrl: services.loopbackUrl, authorizedUser: () => login };
  return {
    folders: [folder],
    path: [(await writeGcloud(folder, { google })).dir],
    extra: {
      GNUPGHOME: join(folder, 'gnupg'),
      PASSWORD_STORE_DIR: join(folder, 'store'),
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:5004',
    },
  };
});

beforeAll(async () => {
  if (obstacle !== undefined) return;
  const { node, services } = world;
  await mustSucceed(runLab(['credential-helpers'], env));
  await mustSucceed(runLab(['trust', services.caCert, 'pass.registry.test'], env)); // docker login goes through the engine
  // As kind's page says for node images before 0.27, whose containerd does not look there by itself.
  await node.sh(`cat >> /etc/containerd/config.toml << 'TOML'
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
TOML
systemctl restart containerd`);
  const corp = await createCertificateAuthority();
  const [server, client] = [await corp.issue(['corp.registry.test']), await corp.issue(['client'])];
  await corp.writeCert(join(folder, 'corp-ca.crt'));
  const files = {
    'server.crt': server.cert,
    'server.key': server.key,
    'client.crt': client.cert,
    'client.key': client.key,
    'pass.users': htpasswdLine('ann', 'first'),
    'corp.users': htpasswdLine('cora', 'corp'),
    'ecr.users': htpasswdLine('AWS', 'none yet'),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const tls = {
    certificate: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
    clientcas: [join(folder, 'corp-ca.crt')],
  };
  await startRegistry('pass', { addr: '127.0.0.1:5001' });
  await startRegistry('ecr', { addr: '127.0.0.1:5002' });
  await startRegistry('corp', { addr: `${env.KINDGCR_LAB_ADDRESS}:5443`, tls });
  const endpoint = join(REPOSITORY, 'test/support/registry/ecr-endpoint.ts');
  const where = ['--listen', '127.0.0.1:5004', '--htpasswd', join(folder, 'ecr.users')];
  const program = await inLab([process.execPath, endpoint, ...where, '--access-key', 'AKIAIOSFODNN7EXAMPLE']);
  await program.prints(/ready/);
});

afterAll(async () => {
  for (const program of running) await program.stop();
  if (world?.user !== undefined) await world.user.run('gpgconf', '--kill', 'all');
});

async function inLab(command: readonly string[]): Promise<RunningProgram> {
  const program = await start(join(REPOSITORY, 'test/lab/lab'), ['exec', ...command], { env });
  running.push(program);
  return program;
}

/** docker-registry with a file of users, over the lab's images. */
async function startRegistry(name: string, http: object): Promise<void> {
  const config = {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(env.KINDGCR_LAB ?? '', 'registry') } },
    auth: { htpasswd: { realm: name, path: join(folder, `${name}.users`) } },
    http,
  };
  const path = join(folder, `${name}.yml`);
  await writeFile(path, JSON.stringify(config)); // JSON is YAML, too
  await (await inLab(['docker-registry', 'serve', path])).prints(/listening on/);
}

/** Starts a pod with an image of each registry. */
async function startPods(tag: number): Promise<void> {
  for (const [name, image] of Object.entries(IMAGES)) await world.node.runPod(`${name}-${tag}`, `${image}:${tag}`);
}

async function expectRunning(tag: number, patience: { timeout: number; interval: number } = PULL): Promise<void> {
  for (const name of Object.keys(IMAGES)) {
    await expect.poll(() => world.node.podState(`${name}-${tag}`), patience).toMatchObject({ phase: 'Running' });
  }
}

async function expectNotPulled(tag: number): Promise<void> {
  for (const name of Object.keys(IMAGES)) {
    await expect
      .poll(async () => (await world.node.podState(`${name}-${tag}`))?.waiting, PULL)
      .toMatch(/ErrImagePull|ImagePullBackOff/);
  }
}

/** `docker login` with a new password, which docker-credential-pass keeps. */
async function logIn(password: string): Promise<void> {
  await writeFile(join(folder, 'pass.users'), htpasswdLine('ann', password));
  const login = `echo ${password} | docker login --username ann --password-stdin pass.registry.test`;
  await mustSucceed(world.user.run('sh', '-c', login));
}

const filesInNode = () =>
  world.node.sh('find /etc /usr/local /var/lib/kindgcr /run/kindgcr /var/lib/kubelet/config.json 2>&1 | sort');
const tokenExpiry = async () => {
  const { logins } = JSON.parse(await world.node.sh('kindgcr-agent status --json'));
  return logins.find(({ owner }: { owner: string }) => owner === 'google').expiresAt as string;
};

let before = '';
let startsBefore = 0;

test('docker login keeps a login in pass; no node can use it yet', async () => {
  const { node, user } = world;
  before = await filesInNode();
  await mkdir(join(folder, 'gnupg'), { mode: 0o700 });
  const key = ['--batch', '--passphrase', '', '--quick-gen-key', 'ann', 'default', 'default', 'never'];
  await mustSucceed(user.run('gpg', ...key));
  await mustSucceed(user.run('pass', 'init', 'ann'));
  await mkdir(join(user.home, '.docker'), { recursive: true });
  const auth = Buffer.from('cora:corp').toString('base64');
  const config = {
    auths: { [CORP]: { auth } },
    credHelpers: { 'pass.registry.test': 'pass', [ECR]: 'ecr-login' },
  };
  await writeFile(join(user.home, '.docker/config.json'), JSON.stringify(config), { mode: 0o600 });
  await logIn('first');
  expect(JSON.stringify(await user.dockerConfig())).not.toContain(Buffer.from('ann:first').toString('base64'));
  await startPods(1);
  await expectNotPulled(1);
  startsBefore = await node.kubeletStarts();
});

test('one trust and one install: pods pull from all four', async () => {
  const { user } = world;
  const file = (name: string) => join(folder, name);
  const certificates = ['--ca', file('corp-ca.crt'), '--cert', file('client.crt'), '--key', file('client.key')];
  const trust = await user.run('kindgcr', 'trust', CORP, '--name', 'docker', ...certificates);
  expect(trust.stderr).toBe('');
  expect(trust.exitCode).toBe(0);
  const from = ['--from-docker', `pass.registry.test,${ECR},${CORP}`];
  const install = await user.run('kindgcr', 'install', '--name', 'docker', '--no-service', ...from);
  expect(install.stderr).not.toMatch(/error|left out/);
  expect(install.exitCode).toBe(0);
  expect(install.stdout).toContain('Nodes pull from pass.registry.test as ann (from docker-credential-pass)');
  expect(install.stdout).toContain(`Nodes pull from ${ECR} as AWS (from docker-credential-ecr-login)`);
  await expectRunning(1);
});

test('changed tokens and passwords: watch sends them, new images pull, and the kubelet is not restarted again', {
  timeout: 1_800_000,
}, async () => {
  const { node, user } = world;
  for (const [tag, password] of [
    [2, 'second'],
    [3, 'third'],
  ] as const) {
    const expiry = await tokenExpiry();
    await logIn(password);
    await rm(join(user.home, '.ecr/cache.json')); // as after half a day
    const watch = await user.run('kindgcr', 'watch', '--once');
    expect(watch.stderr).not.toMatch(/error|warn/i);
    expect(watch.exitCode).toBe(0);
    expect((await tokenExpiry()) > expiry).toBe(true);
    await startPods(tag);
    await expectRunning(tag, AFTER_A_CHANGE);
  }
  expect((await node.kubeletStarts()) - startsBefore).toBe(1);
});

// Measured with containerd 1.7: this is why `doctor` warns.
test("containerd sends a mirror that asks for a login the upstream's, and doctor says so", async () => {
  const { node, user } = world;
  const url = `http://${env.KINDGCR_LAB_ADDRESS}:5006`;
  const mirror = await inLab([process.execPath, '--eval', MIRROR, `${env.KINDGCR_LAB_ADDRESS}`]);
  await mirror.prints(/ready/);
  const hosts = '/etc/containerd/certs.d/pass.registry.test';
  await node.sh(
    `mkdir -p ${hosts} && printf 'server = "https://pass.registry.test"\n[host."${url}"]\n' > ${hosts}/hosts.toml`,
  );
  await node.runPod('mirrored', `${IMAGES.pass}:5`);
  await expect.poll(() => node.podState('mirrored'), PULL).toMatchObject({ phase: 'Running' }); // by the upstream
  expect(mirror.output).toContain('asked by ann\n');
  const doctor = await user.run('kindgcr', 'doctor', '--name', 'docker');
  expect(doctor.stdout).toContain(`${url} gets the login to pass.registry.test when it asks for one`);
  await node.sh(`rm -r ${hosts}`);
});

test('uninstall leaves the node as it was, and pulls fail again', async () => {
  const { node, user } = world;
  const uninstall = await user.run('kindgcr', 'uninstall', '--name', 'docker');
  expect(uninstall.exitCode).toBe(0);
  const pods = /^\/etc\/kubernetes\/manifests\/.*\n/gm;
  expect((await filesInNode()).replace(pods, '')).toBe(before.replace(pods, ''));
  expect((await node.exec(['test', '-e', CONFIG])).exitCode).toBe(1);
  await node.sh('systemctl restart kubelet');
  await startPods(4);
  await expectNotPulled(4);
});
