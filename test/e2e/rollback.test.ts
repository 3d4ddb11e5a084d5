import { afterAll, beforeAll, test } from 'vitest';
import { giveClock, leap, restartsTold, statusOf } from './agent-in-node.ts';
import { e2e } from './e2e.ts';
import { type LabNode, startLabNode } from './lab-node.ts';

// A kubelet that does not come up with our file, as one that a newer release made strict might: nothing of ours may
// cost a node its kubelet.
const world = e2e('rollback');

const CONFIG = '/var/lib/kubelet/config.json';
const FOREIGN = '{ "auths": { "quay.example": { "auth": "c29tZWJvZHk6c2VjcmV0" } } }\n';
const PULL = { timeout: 300_000, interval: 1000 };
/** A tick, a minute of patience with the kubelet, and the way back. */
const WAY_BACK = { timeout: 300_000, interval: 1000 };

const DISLIKES = `grep -q pkg.dev ${CONFIG}`;
const STRICT = '/etc/systemd/system/kubelet.service.d/99-strict.conf';

/** Ways to fail to start, and how each is rolled back. */
const OBSTACLES = [
  [
    'dies at each start',
    {
      role: 'control-plane',
      begin: `mv /usr/bin/kubelet /usr/bin/kubelet.real
        printf '#!/bin/sh\\n! ${DISLIKES} || exit 1\\nexec /usr/bin/kubelet.real "$@"\\n' > /usr/bin/kubelet; chmod 755 /usr/bin/kubelet`,
      end: 'mv /usr/bin/kubelet.real /usr/bin/kubelet',
      failures: 1,
    },
  ],
  [
    'is not even started by systemd',
    {
      role: 'worker',
      begin: `printf '[Service]\\nExecStartPre=/bin/sh -c "! ${DISLIKES}"\\n' > ${STRICT}; systemctl daemon-reload`,
      end: `rm ${STRICT}; systemctl daemon-reload`,
      failures: 2,
    },
  ],
] as const;

const nodes = new Map<string, LabNode>();
let noClock: string | undefined;

beforeAll(async () => {
  if (world === undefined) return;
  nodes.set('control-plane', world.node).set('worker', await startLabNode('rollback', world.lab, 'worker'));
  const install = await world.user.run('kindgcr', 'install', '--name', 'rollback', '--keyfile', world.services.keyFile);
  if (install.exitCode !== 0) throw new Error(install.stderr);
  for (const node of nodes.values()) noClock = await giveClock(node);
});

afterAll(async () => {
  if (process.env.KINDGCR_E2E_KEEP !== '1') await nodes.get('worker')?.remove();
});

test.concurrent.for(OBSTACLES)(
  'a kubelet that %s with our file has the old one back, then peace, then ours',
  async ([, { role, begin, end, failures }], { expect, skip }) => {
    if (noClock !== undefined) skip(noClock);
    const node = nodes.get(role) as LabNode;
    const isWell = async () => (await node.exec(['curl', '-s', 'http://127.0.0.1:10248/healthz'])).stdout === 'ok';
    await node.sh(begin);
    await node.exec(['sh', '-c', `systemctl stop kindgcr-agent; umask 077; cat > ${CONFIG}`], FOREIGN);
    await node.sh('systemctl start kindgcr-agent');

    await expect.poll(async () => (await restartsTold(node)).at(-1), WAY_BACK).toBe('config.json was restored');
    await expect.poll(isWell, PULL).toBe(true);
    expect(await node.sh(`cat ${CONFIG}`)).toBe(FOREIGN);
    await expect.poll(async () => (await statusOf(node)).lastFailure, WAY_BACK).toMatchObject({ code: 'NODE_FAILED' });
    const { credentials, lastFailure, kubeletRestarts } = await statusOf(node);
    expect(credentials).toBe('none');
    expect(lastFailure).toMatchObject({
      message: expect.stringMatching(/^the kubelet was not healthy .*, so config\.json was restored$/),
      hint: 'Look at the kubelet: journalctl -u kubelet.service -n 50',
    });
    expect(kubeletRestarts).toMatchObject({ lastReason: 'config.json was restored', pending: null });
    const errors = await node.sh('journalctl --unit kindgcr-agent --priority err --output cat');
    expect(errors.trim().split('\n')).toHaveLength(failures);
    expect(errors).toContain(lastFailure?.message);

    await node.sh(end);
    await leap(node, '+11m');
    await expect.poll(async () => (await statusOf(node)).credentials, WAY_BACK).toBe('valid');
    await node.runPod('afterwards', 'gcr.io/private/app:1');
    await expect.poll(() => node.podState('afterwards'), PULL).toMatchObject({ phase: 'Running' });
    await expect.poll(async () => (await statusOf(node)).lastFailure, WAY_BACK).toBeNull();
    expect(JSON.parse(await node.sh(`cat ${CONFIG}`))).toMatchObject(JSON.parse(FOREIGN));
  },
);
