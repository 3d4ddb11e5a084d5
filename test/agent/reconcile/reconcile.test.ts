import { chmod, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { KUBELET_KEYS } from '../../../core/registry/google-hosts.ts';
import { cutShort } from '../cut-short.ts';
import { decoded, entryOf, REVOKED, simulatedNode, UNREACHABLE } from '../simulated-node.ts';

const HOUR = 3600;

test('a new node gets the four keys that cover every Google registry, readable only by root', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  const auths = await node.auths();
  expect(Object.keys(auths)).toEqual(KUBELET_KEYS);
  for (const entry of Object.values(auths))
    expect(decoded(entry)).toBe(`oauth2accesstoken:${node.google.tokens.latest}`);
  for (const path of [node.layout.kubeletDockerConfig, node.layout.logins, node.layout.state]) {
    expect(await node.mode(path)).toBe(0o600);
  }
  expect(await node.status()).toMatchObject({
    credentials: 'valid',
    account: 'service account robot@project.iam.gserviceaccount.com',
    expiresAt: '2031-05-06T13:00:00.000Z',
    nextRenewalAt: '2031-05-06T12:30:00.000Z',
    failures: 0,
  });
});

test('a pull in any minute of a day has a valid token, with no restart after the first', {
  timeout: 120_000,
}, async () => {
  const node = await simulatedNode();
  await node.reconcile();
  for (let minute = 0; minute < 24 * 60; minute++) {
    await node.live(60);
    expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
  }
  expect(node.kubelet.restarts).toBe(1);
  expect(node.google.asked).toBe(1 + 2 * 24);
});

test('unchanged content is not written again', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  const paths = [node.layout.kubeletDockerConfig, node.layout.state, node.layout.logins];
  const before = await Promise.all(paths.map((path) => stat(path)));
  await node.live(600);
  const after = await Promise.all(paths.map((path) => stat(path)));
  expect(after.map(({ ino, mtimeMs }) => [ino, mtimeMs])).toEqual(before.map(({ ino, mtimeMs }) => [ino, mtimeMs]));
  expect(node.google.asked).toBe(1);
});

test('the permissions of a file that other users can read are restricted', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await chmod(node.layout.kubeletDockerConfig, 0o644);
  await node.reconcile();
  expect(await node.mode(node.layout.kubeletDockerConfig)).toBe(0o600);
});

test("credentials that can't be renewed are used until they expire, then removed, and added again once they can", async () => {
  const node = await simulatedNode();
  await node.write(
    node.layout.kubeletDockerConfig,
    JSON.stringify({ auths: { 'gcr.io': entryOf('me', 'mine') } }),
    0o644,
  );
  const original = await node.text();
  await node.reconcile();
  node.google.refuses = UNREACHABLE;
  await node.live(HOUR - 15);
  expect((await node.status()).credentials).toBe('valid');
  await node.live(15);
  expect(await node.text()).toBe(original);
  expect(await node.mode(node.layout.kubeletDockerConfig)).toBe(0o644);
  expect(await node.status()).toMatchObject({
    credentials: 'none',
    lastFailure: { code: 'TOKEN_EXCHANGE_FAILED', message: "Google can't be reached: ECONNREFUSED" },
  });
  expect(node.log.filter((line) => line.startsWith('warn removed expired credentials'))).toHaveLength(1);
  node.google.refuses = undefined;
  await node.live(300);
  expect(await node.status()).toMatchObject({ credentials: 'valid', lastFailure: null, failures: 0 });
});

test('an outage of half an hour goes unnoticed, and causes only a few requests to Google', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.live(1785);
  node.google.refuses = UNREACHABLE;
  await node.live(1700);
  expect(node.google.asked).toBeLessThan(15);
  node.google.refuses = undefined;
  await node.live(300);
  expect((await node.status()).credentials).toBe('valid');
  expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
});

test('a revoked key is retried less and less, down to once an hour, and a new key at once', async () => {
  const node = await simulatedNode();
  await node.write(node.layout.keyfile, '{"key":1}');
  node.google.refuses = REVOKED;
  await node.live(4 * HOUR);
  const before = node.google.asked;
  await node.live(2 * HOUR);
  expect(node.google.asked - before).toBe(2);
  expect(await node.status()).toMatchObject({ credentials: 'none', lastFailure: { code: 'CREDENTIAL_INVALID' } });

  await node.write(node.layout.keyfile, '{"key":"another"}');
  expect(await node.status()).toMatchObject({ lastFailure: null, failures: 0 }); // the failure was the old key's
  node.google.refuses = undefined;
  await node.live(15);
  expect((await node.status()).credentials).toBe('valid');
});

test('a new key is used at once, even while the token of the old one is valid', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.write(node.layout.keyfile, '{"key":"another"}');
  await node.live(15);
  expect(node.google.asked).toBe(2);
  expect(node.kubelet.restarts).toBe(1);
});

test('`once` asks even while the daemon would back off', async () => {
  const node = await simulatedNode();
  node.google.refuses = REVOKED;
  await node.reconcile();
  await node.reconcile();
  expect(node.google.asked).toBe(1);
  await node.reconcile({ insist: true });
  expect(node.google.asked).toBe(2);
});

test('a token that is already expired is a failure with a hint about the clock', async () => {
  const node = await simulatedNode();
  node.google.life = -60;
  const { failures } = await node.reconcile();
  expect(String(failures[0])).toContain('the new token expired at 2031-05-06T11:59:00.000Z');
  expect(await node.text()).toBeUndefined();
});

test('a clock set back does not stop renewals', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  node.setClock(-24 * HOUR);
  await node.live(15);
  expect(node.google.asked).toBe(2);
  await node.live(HOUR);
  expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
});

test('after the clock jumps a day forward, the next tick renews', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  node.setClock(24 * HOUR);
  await node.live(15);
  expect((await node.status()).credentials).toBe('valid');
});

test('after a reboot the file keeps its valid credentials until new ones arrive', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  const token = node.google.tokens.latest;
  node.google.refuses = UNREACHABLE;
  await node.reboot();
  await node.live(60);
  expect(await node.kubelet.pullsWith()).toBe(token);
  node.google.refuses = undefined;
  await node.live(60);
  expect(await node.kubelet.pullsWith()).not.toBe(undefined);
  expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
  expect(node.kubelet.restarts).toBe(1);
});

test('foreign entries and keys are kept while ours are added and removed', async () => {
  const foreign = { credsStore: 'desktop', auths: { 'quay.io': entryOf('q', 'q') }, HttpHeaders: { 'X-Team': 'blue' } };
  const node = await simulatedNode();
  await node.write(node.layout.kubeletDockerConfig, JSON.stringify(foreign));
  await node.reconcile();
  await node.live(HOUR);
  node.google.refuses = UNREACHABLE;
  await node.live(2 * HOUR);
  expect(JSON.parse((await node.text()) ?? '')).toEqual(foreign);
  node.google.refuses = undefined;
  await node.live(300);
  expect(await node.config()).toMatchObject(foreign);
});

test('an entry that a user adds later under one of our keys is kept and restored', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  const config = await node.config();
  await node.write(
    node.layout.kubeletDockerConfig,
    JSON.stringify({ ...config, auths: { ...(await node.auths()), 'gcr.io': entryOf('later', 'on') } }),
  );
  await node.live(15);
  expect(decoded((await node.auths())['gcr.io'])).toBe(`oauth2accesstoken:${node.google.tokens.latest}`);
  node.google.refuses = UNREACHABLE;
  await node.live(2 * HOUR);
  expect(await node.auths()).toEqual({ 'gcr.io': entryOf('later', 'on') });
});

test('a file that is not JSON is set aside, logged and replaced', async () => {
  const node = await simulatedNode();
  await node.write(node.layout.kubeletDockerConfig, '{"auths": {"quay.io": {"auth": "hunter2');
  await node.reconcile();
  const { setAside, credentials } = await node.status();
  expect(credentials).toBe('valid');
  expect(setAside?.reason).toBe('the file is not JSON');
  expect(setAside?.path).toMatch(/\/config\.json\.broken-20310506T120000000Z$/);
  expect(await readFile(setAside?.path ?? '', 'utf8')).toBe('{"auths": {"quay.io": {"auth": "hunter2');
  expect(await node.mode(setAside?.path ?? '')).toBe(0o600);
  expect(node.log.join('\n')).toContain('a copy of it was kept');
  expect(node.log.join('\n')).not.toContain('hunter2');
});

test('of a file with one bad entry, only that entry is dropped', async () => {
  const node = await simulatedNode();
  const broken = { auths: { 'quay.io': entryOf('q', 'q'), 'bad.io': { auth: 'not base64!' } }, x: 1 };
  await node.write(node.layout.kubeletDockerConfig, JSON.stringify(broken));
  await node.reconcile();
  expect(await node.config()).toMatchObject({ auths: { 'quay.io': entryOf('q', 'q') }, x: 1 });
  expect(Object.keys(await node.auths())).toEqual(['quay.io', ...KUBELET_KEYS]);
  expect(JSON.parse(await readFile((await node.status()).setAside?.path ?? '', 'utf8'))).toEqual(broken);
});

test("a program that breaks the file again and again can't fill the disk", async () => {
  const node = await simulatedNode();
  for (let round = 0; round < 20; round++) {
    await node.write(node.layout.kubeletDockerConfig, 'broken');
    await node.live(15);
  }
  const copies = await readdir(dirname(node.layout.kubeletDockerConfig));
  expect(copies.filter((name) => name.includes('broken'))).toHaveLength(1);
  expect(node.kubelet.restarts).toBe(1);
});

test('without credentials, a foreign file is left alone, broken or not', async () => {
  const node = await simulatedNode();
  node.google.refuses = UNREACHABLE;
  await node.write(node.layout.kubeletDockerConfig, 'broken');
  await node.live(60);
  expect(await node.text()).toBe('broken');
});

test('an unwritable login store loses no credentials and causes no flood of requests', async () => {
  const node = await simulatedNode();
  await node.write(dirname(node.layout.logins), 'a file where the folder should be');
  const { failures } = await node.reconcile();
  expect(String(failures[0])).toContain("logins.json can't be written");
  expect((await node.status()).credentials).toBe('valid');
  await node.live(HOUR);
  expect(node.google.asked).toBeLessThan(20);
  expect((await node.status()).credentials).toBe('valid');
});

test('a folder in place of the file is reported, and used again once the user has removed it', async () => {
  const node = await simulatedNode();
  await node.write(join(node.layout.kubeletDockerConfig, 'x'), '');
  const { failures } = await node.reconcile();
  expect(String(failures[0])).toContain("config.json can't be read (EISDIR)");
  expect((await node.reconcile()).failures).toHaveLength(1);
  expect(node.google.asked).toBe(1);
  await rm(node.layout.kubeletDockerConfig, { recursive: true });
  await node.live(15);
  expect(await node.status()).toMatchObject({ credentials: 'valid', lastFailure: null });
});

test('a lost state costs nothing: the file itself records which entries are ours', async () => {
  const node = await simulatedNode();
  await node.write(node.layout.kubeletDockerConfig, JSON.stringify({ auths: { 'quay.io': entryOf('q', 'q') } }));
  await node.reconcile();
  await node.write(node.layout.state, '{"version":');
  await node.live(15);
  expect(node.log.join('\n')).toContain('the state file was broken');
  await rm(node.layout.logins);
  await rm(node.layout.state, { force: true });
  node.google.refuses = UNREACHABLE;
  await node.live(HOUR);
  expect(await node.auths()).toEqual({ 'quay.io': entryOf('q', 'q') });
});

test('logins from the host are renewed only by the host, and their expiry is reported', async () => {
  const node = await simulatedNode({ source: 'host' });
  const before = await node.reconcile();
  expect(String(before.failures[0])).toContain('holds no credentials from the host');
  await node.receive(node.login(HOUR));
  expect(await node.status()).toMatchObject({
    credentials: 'valid',
    source: 'host',
    account: null,
    nextRenewalAt: '2031-05-06T12:30:00.000Z',
    lastFailure: null,
  });
  await node.live(HOUR);
  expect(await node.text()).toBeUndefined();
  expect(await node.status()).toMatchObject({
    credentials: 'none',
    lastFailure: { message: 'this node had credentials from the host until 2031-05-06T13:00:00.000Z' },
  });
  expect(node.google.asked).toBe(0);
});

test("a node without a config reports it and keeps the file's entries", async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await rm(node.layout.agentConfig);
  const { failures } = await node.reconcile();
  expect(String(failures[0])).toContain('agent.json does not exist');
  expect((await node.status()).credentials).toBe('valid');
});

test('a config with a typo is refused by name', async () => {
  const node = await simulatedNode();
  await node.write(node.layout.agentConfig, '{"version":1,"source":"keyfile","restrat":"never"}');
  const { failures } = await node.reconcile();
  expect(String(failures[0])).toContain('agent.json is invalid (at restrat)');
});

test('a renewal killed while overwriting the file loses no foreign entries, and the kubelet is restarted', async () => {
  const node = await simulatedNode();
  const { kubeletDockerConfig: path } = node.layout;
  await node.write(path, '{"auths":{"quay.example":{"auth":"YTpi"}}}');
  await node.reconcile();
  await node.live(1785);
  const before = (await node.text()) ?? '';
  const after = before.replaceAll('gcr.io', 'longer.io');
  await cutShort(path, before, after, after.slice(0, 100) + before.slice(100));
  node.restartAgent();
  await node.live(30);
  expect(node.google.asked).toBe(2);
  expect(await node.auths()).toMatchObject({ 'quay.example': { auth: 'YTpi' } });
  expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
  expect(node.kubelet.restarts).toBe(2);
  expect(await readdir(dirname(path))).toEqual(['config.json']);
});
