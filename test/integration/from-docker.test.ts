import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { authEntry } from '../../core/registry/docker-config.ts';
import { writeDocker } from '../support/docker/docker.ts';
import { folderNode, writeFolderAgent } from '../support/docker/folder-node.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { writeGcloud } from '../support/gcloud/gcloud.ts';
import { startGoogle } from '../support/google/google.ts';
import { startLoginRegistry } from '../support/registry/login-registry.ts';
import { runProgram } from '../support/run/programs.ts';

const HUB = 'https://index.docker.io/v1/';
const GOOGLE_KEYS = ['gcr.io', '*.gcr.io', '*-docker.pkg.dev', 'docker.*.rep.pkg.dev'];

/** A user whose Docker has logins: ann's to ghcr.io in the file, and ben's to Docker Hub in a helper; and a cluster "dev". */
async function user() {
  const logins = new Map([
    ['ann', 'first'],
    ['ben', 'hub'],
  ]);
  const registry = await startLoginRegistry({ challenge: 'basic', logins });
  onTestFinished(() => registry.close());
  const names = ['ghcr.io', 'registry-1.docker.io', 'public.ecr.aws'];
  const routes = Object.fromEntries(names.map((name) => [`${name}:443`, registry.port]));
  const google = await startGoogle({ routes, ca: registry.ca });
  const gcloud = await writeGcloud(await tempDir(), { google: google.endpoint, account: 'dev@example.com' });
  const [home, bin, node] = [await tempDir(), await tempDir(), await folderNode()];
  const agent = join(bin, 'kindgcr-agent');
  await writeFolderAgent(agent);
  await writeDocker(bin, {
    containers: [{ name: 'dev-control-plane', cluster: 'dev', role: 'control-plane', root: node.root }],
  });
  const helper = `#!/bin/sh\ncat > /dev/null\necho '{"ServerURL":"${HUB}","Username":"ben","Secret":"hub"}'\n`;
  await writeFile(join(bin, 'docker-credential-keychain'), helper);
  await chmod(join(bin, 'docker-credential-keychain'), 0o755);
  const config = join(home, '.docker/config.json');
  const logIn = (secret: string | undefined) =>
    writeFile(
      config,
      JSON.stringify({
        auths: { ...(secret && { 'ghcr.io': authEntry('ann', secret) }), [HUB]: {} },
        credHelpers: { [HUB]: 'keychain' },
      }),
    );
  await mkdir(join(home, '.docker'));
  await logIn('first');
  const env = { HOME: home, PATH: `${bin}:/usr/bin:/bin`, KINDGCR_AGENT: agent, ...google.env };
  return {
    registry,
    logins,
    logIn,
    bin,
    keyfile: () => google.keyfile(),
    dockerConfig: () => readFile(config, 'utf8'),
    kindgcr: (...args: string[]) => runProgram('host', args, { env, timeout: 150_000 }),
    /** The same with a gcloud login. */
    withGcloud: (...args: string[]) =>
      runProgram('host', args, { env: { ...env, KINDGCR_GCLOUD: gcloud.program }, timeout: 150_000 }),
    node,
    /** The logins in the node's config.json, as `user:password` by registry; undefined where there is no file. */
    async auths(): Promise<Record<string, string> | undefined> {
      const text = await node.read(node.layout.kubeletDockerConfig);
      return text === undefined ? undefined : decoded(JSON.parse(text).auths ?? {});
    },
  };
}

function decoded(auths: Record<string, { auth: string }>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(auths).map(([key, { auth }]) => [key, Buffer.from(auth, 'base64').toString()]),
  );
}

const INSTALL = ['install', '--name', 'dev', '--no-service'];

test('install --from-docker without any Google credential: the node gets these logins, doctor finds them and a mirror that would get one, uninstall removes them', async () => {
  const { kindgcr, auths, dockerConfig, node } = await user();
  const before = await dockerConfig();
  const install = await kindgcr(...INSTALL, '--from-docker', 'ghcr.io,docker.io');

  expect(install.exitCode).toBe(0);
  expect(install.stdout).toContain('Nodes pull from ghcr.io as ann (from ');
  expect(install.stdout).toContain('Nodes pull from docker.io as ben (from docker-credential-keychain)\n');
  expect(install.stdout + install.stderr).not.toMatch(/first|hub"/);
  expect(await auths()).toEqual({ 'ghcr.io': 'ann:first', [HUB]: 'ben:hub' });
  expect(await node.mode(node.layout.kubeletDockerConfig)).toBe(0o600);
  await node.write(
    join(node.root, 'etc/containerd/certs.d/ghcr.io/hosts.toml'),
    'server = "https://ghcr.io"\n[host."https://mirror.example"]\n[host."https://ghcr.io"]\n',
  );
  const doctor = await kindgcr('doctor', '--name', 'dev', '--output', 'json');
  const { findings } = JSON.parse(doctor.stdout);
  const outcomes = Object.fromEntries(findings.map((one: { check: string }) => [one.check, one]));
  expect(outcomes.source).toMatchObject({
    outcome: 'note',
    detail: expect.stringMatching(/; nodes get only logins of your Docker$/),
  });
  expect(outcomes['dev-control-plane kubelet']).toMatchObject({
    outcome: 'note',
    detail: expect.stringMatching(/^finds logins for .*ghcr\.io.*, none for Google's registries$/),
  });
  expect(findings.filter(({ check }: { check: string }) => check === 'dev-control-plane mirror')).toMatchObject([
    { outcome: 'note', detail: 'https://mirror.example gets the login to ghcr.io when it asks for one' },
  ]);
  const uninstall = await kindgcr('uninstall', '--name', 'dev');
  expect(uninstall.exitCode).toBe(0);
  expect(await auths()).toBeUndefined();
  expect(await dockerConfig()).toBe(before);
  expect(await node.read(node.layout.agentConfig)).toBeUndefined();
  expect((await kindgcr('config', 'get', 'from-docker')).stdout).toBe('');
});

test('install --from-docker beside a gcloud login: both, and a login that is missing or refused costs only its own registry', async () => {
  const { withGcloud, auths, logins } = await user();
  logins.set('ben', 'another password');
  const install = await withGcloud(...INSTALL, '--from-docker', 'ghcr.io,docker.io,public.ecr.aws');
  expect(install.exitCode).toBe(0);
  expect(install.stderr).toMatch(
    /docker\.io refused the login of ben \(401, authentication required\); it is left out/,
  );
  expect(install.stderr).toMatch(/Docker has no login to public\.ecr\.aws; it is left out/);
  const found = (await auths()) ?? {};
  expect(Object.keys(found).toSorted()).toEqual(['ghcr.io', ...GOOGLE_KEYS].toSorted());
  expect(found['ghcr.io']).toBe('ann:first');
});

test('no login at all is an error, and the node is left alone', async () => {
  const { kindgcr, logIn, auths } = await user();
  await logIn(undefined);
  const install = await kindgcr(...INSTALL, '--from-docker', 'ghcr.io');
  expect(install.stderr).toMatch(/error: Docker has no login to ghcr\.io\nhint: docker login ghcr\.io\n$/);
  expect(install.exitCode).toBe(3);
  expect(await auths()).toBeUndefined();
});

test('config set from-docker applies to later installs; watch sends a changed login, keeps one whose helper fails, removes one that is gone', async () => {
  const { kindgcr, logins, logIn, bin, auths } = await user();
  expect((await kindgcr('config', 'set', 'from-docker', 'ghcr.io,docker.io')).stdout).toBe(
    'from-docker is ghcr.io,docker.io\n',
  );
  expect((await kindgcr(...INSTALL)).exitCode).toBe(0);
  expect(await auths()).toEqual({ 'ghcr.io': 'ann:first', [HUB]: 'ben:hub' });
  logins.set('ann', 'second');
  await logIn('second');
  await writeFile(join(bin, 'docker-credential-keychain'), '#!/bin/sh\necho "cannot open the keychain"\nexit 1\n');
  const watch = await kindgcr('watch', '--once');
  expect(watch.stdout + watch.stderr).toMatch(
    /docker-credential-keychain failed with exit code 1: cannot open the keychain/,
  );
  expect(watch.stdout + watch.stderr).not.toMatch(/second/);
  expect(await auths()).toEqual({ 'ghcr.io': 'ann:second', [HUB]: 'ben:hub' });
  await logIn(undefined);
  await kindgcr('watch', '--once');
  expect(await auths()).toEqual({ [HUB]: 'ben:hub' });
});

test('install --dry-run lists the logins that it would send, and sends none', async () => {
  const { kindgcr, auths } = await user();
  const plan = await kindgcr(...INSTALL, '--from-docker', 'all', '--dry-run');
  expect(plan.exitCode).toBe(0);
  expect(plan.stdout).toMatch(/send the login to ghcr\.io from /);
  expect(plan.stdout).toMatch(/send the login to docker\.io from docker-credential-keychain/);
  expect(await auths()).toBeUndefined();
});

test.each([
  ['install', ['--static', '--keyfile', 'key.json'], '--static'],
  ['create', ['cluster', '--mount-config'], '--mount-config'],
])('%s with %j and --from-docker is refused', async (command, flags, name) => {
  const { kindgcr } = await user();
  const { stderr, exitCode } = await kindgcr(command, ...flags, '--from-docker', 'ghcr.io');
  expect(stderr).toMatch(
    new RegExp(`^error: ${name} can't be combined with --from-docker\\nhint: The agent keeps Docker's logins fresh`),
  );
  expect(exitCode).toBe(2);
});

test.each([
  ['--static', ['install', '--static', '--name', 'dev', '--dry-run']],
  ['--mount-config', ['create', 'cluster', '--mount-config', '--name', 'new']],
])('config set from-docker with %s: one line says that these logins are left out', async (option, command) => {
  const { kindgcr, keyfile } = await user();
  await kindgcr('config', 'set', 'from-docker', 'ghcr.io,docker.io');
  const { stderr } = await kindgcr(...command, '--keyfile', await keyfile());
  expect(stderr).toContain(
    `warning: from-docker is set (ghcr.io,docker.io), but ${option} installs no agent: nodes get no login of your Docker\n`,
  );
});

test('secret --from-docker prints a pull secret with those logins, with and without Google', async () => {
  const { kindgcr, withGcloud } = await user();
  const inSecret = (yaml: string) => {
    const [, data = ''] = /dockerconfigjson: (\S+)/.exec(yaml) ?? [];
    return decoded(JSON.parse(Buffer.from(data, 'base64').toString()).auths);
  };
  const alone = await kindgcr('secret', '--from-docker', 'ghcr.io,docker.io');
  expect(alone.exitCode).toBe(0);
  expect(inSecret(alone.stdout)).toEqual({ 'ghcr.io': 'ann:first', [HUB]: 'ben:hub' });
  expect(alone.stderr).toMatch(/The logins in it, ghcr\.io as ann, docker\.io as ben, have no known expiry\. Treat/);
  const both = inSecret((await withGcloud('secret', '--from-docker', 'ghcr.io')).stdout);
  expect(Object.keys(both)).toEqual(['gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io', 'ghcr.io']);
  expect((await kindgcr('secret')).exitCode).toBe(3);
});
