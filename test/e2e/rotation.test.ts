import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { writeSecretFile } from '../support/files/secret-file.ts';
import { e2e, PULL } from './e2e.ts';

const world = e2e('rotation');

const ACCOUNT = 'short-lived@kindgcr-test.iam.gserviceaccount.com';
const LIFE = 180;

test('with tokens of three minutes, a new private image still pulls after ten, all former tokens dead', async () => {
  const { node, user, services } = world;
  const keyfile = `${user.home}/key.json`;
  await writeSecretFile(keyfile, JSON.stringify(await services.serviceAccountKey({ email: ACCOUNT })));
  await services.setTokenLife(LIFE, ACCOUNT);
  const startsBefore = await node.kubeletStarts();
  const install = await user.run('kindgcr', 'install', '--name', 'rotation', '--keyfile', keyfile);
  expect(install.exitCode).toBe(0);
  await node.runPod('early', 'gcr.io/private/app:1');
  await expect.poll(() => node.podState('early'), PULL).toMatchObject({ phase: 'Running' });

  const later = Date.now() + 10 * 60_000;
  await sleep(later - Date.now());

  const issued = (await services.issued()).filter(({ account }) => account === ACCOUNT);
  const dead = issued.filter(({ expiresAt }) => expiresAt.getTime() < Date.now());
  expect(dead.length).toBeGreaterThanOrEqual(4);
  await node.runPod('late', 'gcr.io/private/app:2');
  await expect.poll(() => node.podState('late'), PULL).toMatchObject({ phase: 'Running' });

  // A token that expires within the kubelet's five-minute cache can't be left to the cache, so with such short lives each
  // token restarts the kubelet, once. The first is the installer's, which the node gets before the agent.
  const status = JSON.parse((await node.exec(['kindgcr-agent', 'status', '--json'])).stdout);
  const tokens = (await services.issued()).filter(({ account }) => account === ACCOUNT).length;
  expect(status.kubeletRestarts.count).toBe(tokens);
  expect((await node.kubeletStarts()) - startsBefore).toBe(tokens);
  expect(tokens).toBeLessThanOrEqual(10); // half of three minutes, for ten minutes, and not more often
});
