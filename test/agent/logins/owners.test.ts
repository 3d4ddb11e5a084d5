import { expect, test } from 'vitest';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import { NEVER } from '../../../core/registry/registry-login.ts';
import { simulatedNode } from '../simulated-node.ts';

const HOUR = 3600;

const GHCR: RegistryLogin = {
  registries: ['ghcr.io'],
  username: 'ann',
  secret: 'a-token',
  expiresAt: NEVER,
  owner: 'docker:ghcr.io',
};
const HUB: RegistryLogin = {
  ...GHCR,
  registries: ['https://index.docker.io/v1/'],
  owner: 'docker:docker.io',
};

const keys = async (node: Awaited<ReturnType<typeof simulatedNode>>) => Object.keys(await node.auths()).toSorted();
const GOOGLE = ['*-docker.pkg.dev', '*.gcr.io', 'docker.*.rep.pkg.dev', 'gcr.io'];

test("an owner's new login replaces its old one and leaves the others alone", async () => {
  const node = await simulatedNode({ source: 'host' });
  await node.reconcile({
    received: { logins: [node.login(HOUR), GHCR, HUB], owners: ['google', GHCR.owner, HUB.owner] },
  });
  const before = await node.auths();
  await node.reconcile({ received: { logins: [{ ...GHCR, secret: 'a-new-token' }] } });
  const after = await node.auths();
  expect(await keys(node)).toEqual([...GOOGLE, 'ghcr.io', ...HUB.registries].toSorted());
  expect(after['ghcr.io']).not.toEqual(before['ghcr.io']);
  expect({ ...after, 'ghcr.io': before['ghcr.io'] }).toEqual(before);
});

test('the login of an owner that the host no longer has is removed, also after a reboot that lost the stored logins', async () => {
  const node = await simulatedNode({ source: 'host' });
  await node.reconcile({ received: { logins: [node.login(HOUR), GHCR], owners: ['google', GHCR.owner] } });
  await node.reboot();
  await node.reconcile();
  expect(await keys(node)).toContain('ghcr.io');
  await node.reconcile({ received: { logins: [], owners: ['google'] } });
  expect(await keys(node)).toEqual(GOOGLE);
});

test("a node with its own key accepts Docker's logins besides", async () => {
  const node = await simulatedNode();
  await node.reconcile();
  await node.reconcile({ received: { logins: [GHCR], owners: ['google', GHCR.owner] } });
  expect(await keys(node)).toEqual([...GOOGLE, 'ghcr.io'].toSorted());
  expect(await node.status()).toMatchObject({
    account: 'service account robot@project.iam.gserviceaccount.com',
    nextRenewalAt: '2031-05-06T12:30:00.000Z',
    logins: [
      { owner: 'google', username: 'oauth2accesstoken', expiresAt: '2031-05-06T13:00:00.000Z' },
      { owner: GHCR.owner, registries: ['ghcr.io'], username: 'ann', expiresAt: NEVER },
    ],
  });
  await node.reconcile({ received: { logins: [], owners: [] } });
  expect(await keys(node)).toEqual(GOOGLE);
});

test('a day of AWS token renewals needs one restart, the first', async () => {
  const node = await simulatedNode({ source: 'host' });
  const ecr = (n: number): RegistryLogin => ({
    registries: ['123456789012.dkr.ecr.us-east-1.amazonaws.com'],
    username: 'AWS',
    secret: `token-${n}`,
    expiresAt: new Date(node.now().getTime() + 12 * HOUR * 1000).toISOString(),
    owner: 'docker:123456789012.dkr.ecr.us-east-1.amazonaws.com',
  });
  for (let hour = 0; hour < 24; hour += 6) {
    await node.reconcile({ received: { logins: [ecr(hour)] } });
    await node.live(6 * HOUR);
  }
  expect(node.kubelet.restarts).toBe(1);
});
