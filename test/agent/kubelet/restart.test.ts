import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KindGcrError } from '../../../core/errors.ts';
import { entryOf, simulatedNode, UNREACHABLE } from '../simulated-node.ts';

const HOUR = 3600;

test('the first credentials restart the kubelet once, since it may have cached that there were none', async () => {
  const node = await simulatedNode();
  expect(await node.kubelet.pullsWith()).toBeUndefined();
  await node.reconcile();
  expect(await node.kubelet.pullsWith()).toBe(node.google.tokens.latest);
  expect((await node.status()).kubeletRestarts).toEqual({
    count: 1,
    lastAt: '2031-05-06T12:00:00.000Z',
    lastReason: 'the kubelet may hold no credentials',
    pending: null,
  });
});

test.each([
  ['three', 7], // at 0, 90, 180, … 540 of 600 s
  ['four', 6],
])('tokens of %s minutes end within the cache of the kubelet, so each renewal restarts it', async (minutes, asked) => {
  const node = await simulatedNode();
  node.google.life = minutes === 'three' ? 180 : 240;
  await node.reconcile();
  for (let tick = 0; tick < 40; tick++) {
    await node.live(15);
    expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
  }
  expect(node.kubelet.restarts).toBe(node.google.asked);
  expect(node.google.asked).toBe(asked);
});

test('after a gap the kubelet is restarted', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  node.google.refuses = UNREACHABLE;
  await node.live(2 * HOUR);
  expect(await node.kubelet.pullsWith()).toBeUndefined();
  node.google.refuses = undefined;
  await node.live(300);
  expect(await node.kubelet.pullsWith()).toBe(node.google.tokens.latest);
  expect(node.kubelet.restarts).toBe(2);
});

test('after a gap of one tick the kubelet is restarted, too: the agent itself had removed the entries, not another program', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  node.google.refuses = UNREACHABLE;
  await node.live(HOUR);
  expect(await node.text()).toBeUndefined();
  node.google.refuses = undefined;
  await node.write(node.layout.keyfile, 'another key, which is tried at once');
  await node.live(15);
  expect(node.kubelet.restarts).toBe(2);
});

test('removing expired credentials needs no restart', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  node.google.refuses = UNREACHABLE;
  await node.live(HOUR + 60);
  expect(await node.text()).toBeUndefined();
  expect(node.kubelet.restarts).toBe(1);
});

test('when a token expires during suspend, the kubelet is restarted after resume', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.live(600);
  node.suspend(8 * HOUR);
  await node.live(15);
  expect(await node.kubelet.pullsWith()).toBe(node.google.tokens.latest);
  expect((await node.status()).kubeletRestarts).toMatchObject({
    count: 2,
    lastReason: 'the kubelet may hold expired credentials',
  });
});

test('when a token expires while the node is paused, the node does not pull with it afterwards', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.live(600);
  node.pause(8 * HOUR);
  await node.live(15);
  expect(await node.kubelet.pullsWith()).toBe(node.google.tokens.latest);
  expect(node.google.tokens.isValid(node.google.tokens.latest ?? '')).toBe(true);
});

test('after a suspend right after a renewal the kubelet is restarted, too: it still holds the previous token', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.live(1790);
  await node.kubelet.pullsWith();
  await node.live(20);
  expect(node.google.asked).toBe(2);
  expect(node.kubelet.restarts).toBe(1);
  await node.receive(node.login(24 * HOUR)); // two rewrites within the kubelet's cache lifetime
  node.suspend(HOUR - 1200); // the cached token expires, the later ones don't
  await node.live(15);
  expect(node.google.tokens.isValid((await node.kubelet.pullsWith()) ?? '')).toBe(true);
  expect((await node.status()).kubeletRestarts).toMatchObject({
    count: 2,
    lastReason: 'the clock jumped (suspend?), and the kubelet may hold expired credentials',
  });
  await node.live(600);
  expect(node.kubelet.restarts).toBe(2);
});

test('a file rewritten by another program is repaired without a restart', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  for (let round = 0; round < 4; round++) {
    await node.write(node.layout.kubeletDockerConfig, JSON.stringify({ auths: { 'quay.io': entryOf('q', 'q') } }));
    await node.live(15);
    expect((await node.status()).credentials).toBe('valid');
  }
  expect(node.kubelet.restarts).toBe(1);
});

test('a file rewritten while no agent ran is repaired with a restart', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.live(60);
  await node.write(node.layout.kubeletDockerConfig, '{}');
  await node.reconcile({ memory: {} });
  expect(node.kubelet.restarts).toBe(2);
});

test('a file corrupted while no agent ran is repaired with a restart although it held our entries: the kubelet could not read them', async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.live(60);
  const broken = { auths: { ...(await node.auths()), 'bad.io': { auth: '!' } } };
  await node.write(node.layout.kubeletDockerConfig, JSON.stringify(broken));
  node.restartAgent();
  await node.live(15);
  expect(node.kubelet.restarts).toBe(2);
});

test('restart: always restarts the kubelet after each rewrite, restart: never after none', async () => {
  const always = await simulatedNode({ restart: 'always' });
  await always.reconcile();
  await always.live(HOUR);
  expect(always.kubelet.restarts).toBe(3);
  const never = await simulatedNode({ restart: 'never' });
  await never.reconcile();
  await never.live(HOUR);
  expect(never.kubelet.restarts).toBe(0);
  expect((await never.status()).kubeletRestarts.pending).toBeNull();
});

test('before kubeadm has configured the kubelet it is not restarted, nor after it has started by itself', async () => {
  const node = await simulatedNode();
  node.kubelet.configured = false;
  node.kubelet.running = false;
  await node.reconcile();
  await node.live(60);
  expect((await node.status()).kubeletRestarts.pending).toBe('the kubelet may hold no credentials');
  await node.live(60);
  node.kubelet.configured = true;
  node.kubelet.running = true;
  node.kubelet.startedAwake = 1_000_000 + 120_000;
  await node.live(15);
  expect(node.kubelet.restarts).toBe(0);
  expect((await node.status()).kubeletRestarts.pending).toBeNull();
});

test('while kubeadm sets up the node the restart is pending, and is done when kubeadm has finished', async () => {
  const node = await simulatedNode();
  node.kubelet.kubeadm = true;
  await node.reconcile();
  await node.live(60);
  expect(node.kubelet.restarts).toBe(0);
  node.kubelet.kubeadm = false;
  await node.live(15);
  expect(node.kubelet.restarts).toBe(1);
});

test('a restart that was pending for five minutes is no longer needed', async () => {
  const node = await simulatedNode();
  node.kubelet.kubeadm = true;
  await node.reconcile();
  await node.live(330);
  node.kubelet.kubeadm = false;
  await node.live(60);
  expect(node.kubelet.restarts).toBe(0);
  expect((await node.status()).kubeletRestarts.pending).toBeNull();
});

test('a stopped kubelet stays stopped', async () => {
  const node = await simulatedNode();
  node.kubelet.running = false;
  await node.reconcile();
  expect(node.kubelet.restarts).toBe(0);
  expect((await node.status()).kubeletRestarts.pending).toBeNull();
});

test('two restarts are half a minute apart', async () => {
  const node = await simulatedNode({ source: 'host' });
  await node.receive(node.login(60));
  await node.receive(node.login(60));
  expect(node.kubelet.restarts).toBe(1);
  await node.live(30);
  expect(node.kubelet.restarts).toBe(2);
});

test('a restart that systemd refuses is reported, and retried after half a minute', async () => {
  const node = await simulatedNode();
  node.kubelet.refusesRestart = new KindGcrError('NODE_FAILED', 'systemctl restart kubelet.service failed', {
    hint: 'Try again',
  });
  expect((await node.reconcile()).failures).toEqual([node.kubelet.refusesRestart]);
  expect(await node.status()).toMatchObject({ credentials: 'valid', lastFailure: { code: 'NODE_FAILED' } });
  node.kubelet.refusesRestart = undefined;
  await node.live(30);
  expect(node.kubelet.restarts).toBe(1);
  expect((await node.status()).lastFailure).toBeNull();
});

test('when the kubelet does not come back with the new file, the old one is restored and left alone for ten minutes', async () => {
  const node = await simulatedNode();
  const original = JSON.stringify({ auths: { 'quay.io': entryOf('q', 'q') } }, undefined, 3);
  await node.write(node.layout.kubeletDockerConfig, original, 0o640);
  let sick = false;
  node.kubelet.healthy = () => !(sick && node.kubelet.restarts === 1);
  sick = true;
  const { failures } = await node.reconcile();
  expect(String(failures[0])).toContain('so config.json was restored');
  expect(await node.text()).toBe(original);
  expect(node.kubelet.restarts).toBe(2);
  expect(await node.status()).toMatchObject({ credentials: 'none', lastFailure: { code: 'NODE_FAILED' } });
  await node.live(540);
  expect(await node.text()).toBe(original);
  await node.live(120);
  expect((await node.status()).credentials).toBe('valid');
});

test('the restored file is left alone even if systemd refuses to restart the kubelet with it', async () => {
  const node = await simulatedNode();
  node.kubelet.healthy = () => {
    if (node.kubelet.restarts === 1)
      node.kubelet.refusesRestart = new KindGcrError('NODE_FAILED', 'refused', { hint: 'Try again' });
    return node.kubelet.restarts === 0;
  };
  expect((await node.reconcile()).failures.map(String)).toEqual([
    expect.stringContaining('so config.json was restored'),
    expect.stringContaining('refused'),
  ]);
  expect(await node.text()).toBeUndefined();
  await node.live(300);
  expect(await node.text()).toBeUndefined();
  expect(node.kubelet.restarts).toBe(1);
});

test("the old file is restored also when systemd has stopped the kubelet and can't start it again", async () => {
  const node = await simulatedNode();
  const refused = new KindGcrError('NODE_FAILED', 'systemctl restart kubelet.service failed', { hint: 'Try again' });
  const isThere = () => existsSync(node.layout.kubeletDockerConfig);
  Object.defineProperty(node.kubelet, 'refusesRestart', { get: () => (isThere() ? refused : undefined) });
  let asked = 0;
  node.kubelet.healthy = () => asked++ === 0 || !isThere();
  expect((await node.reconcile()).failures.map(String)).toEqual([
    String(refused),
    expect.stringContaining('so config.json was restored'),
  ]);
  expect(await node.text()).toBeUndefined();
  expect((await node.status()).kubeletRestarts).toMatchObject({ count: 1, pending: null });
  expect(node.log).toContain('info restarted the kubelet reason="config.json was restored"');
  await node.live(540);
  expect(await node.text()).toBeUndefined();
  expect(node.kubelet.restarts).toBe(1);
});

test('when the kubelet was unhealthy before, our file is not blamed', async () => {
  const node = await simulatedNode();
  node.kubelet.healthy = () => false;
  expect((await node.reconcile()).failures).toEqual([]);
  expect((await node.status()).credentials).toBe('valid');
  expect(node.kubelet.restarts).toBe(1);
  expect(node.log.join('\n')).toContain('the kubelet is unhealthy after its restart, and was before it');
});

test('with restarts turned off there is no restart, now or later', async () => {
  const node = await simulatedNode();
  await node.reconcile({ restart: false });
  expect((await node.status()).credentials).toBe('valid');
  await node.live(60);
  expect(node.kubelet.restarts).toBe(0);
});
