import { expect, test } from 'vitest';
import { e2e, PULL } from './e2e.ts';

const world = e2e('agent');

const CONFIG = '/var/lib/kubelet/config.json';
const UNIT = 'kindgcr-agent.service';
/** A pull may need one round of the kubelet's back-off, which doubles from ten seconds. */
/** The daemon looks every fifteen seconds. */
const TICK = { timeout: 60_000, interval: 500 };

const install = (...options: string[]) => world.person.run('kindgcr', 'install', '--name', 'agent', ...options);
const installKeyfile = () => install('--keyfile', world.services.keyFile);
const status = async () => JSON.parse((await world.node.exec(['kindgcr-agent', 'status', '--json'])).stdout);

/** When the pod's container began, by the kubelet. */
async function startedAt(pod: string): Promise<string | undefined> {
  const { stdout, exitCode } = await world.node.exec(['curl', '-s', 'http://127.0.0.1:10255/pods']);
  if (exitCode !== 0) return undefined; // the kubelet is just restarting
  const { items } = JSON.parse(stdout);
  const found = items?.find(
    ({ metadata }: { metadata: { name: string } }) => metadata.name === `${pod}-${world.node.name}`,
  );
  return found?.status.containerStatuses?.[0]?.state.running?.startedAt;
}

/** What the host would hand in: a token that lives so many seconds. */
const handIn = (token: string, seconds: number) =>
  world.node.exec(
    ['kindgcr-agent', 'receive', '--json'],
    JSON.stringify({
      version: 1,
      logins: [
        {
          registries: ['gcr.io', '*.gcr.io', '*-docker.pkg.dev', 'docker.*.rep.pkg.dev'],
          username: 'oauth2accesstoken',
          secret: `ya29.${token}`,
          expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
          owner: 'google',
        },
      ],
    }),
  );

test('while nothing has configured the kubelet, the agent writes and restarts nothing', async () => {
  const { node } = world;
  await node.sh('systemctl stop kubelet; mv /var/lib/kubelet/config.yaml /root/config.yaml');
  const starts = await node.kubeletStarts();
  const done = await installKeyfile();
  expect(done.stderr).not.toContain('error');
  expect(done.exitCode).toBe(0);
  expect(await node.kubeletStarts()).toBe(starts);
  expect((await status()).kubeletRestarts.count).toBe(0);
  expect(Object.keys(JSON.parse(await node.sh(`cat ${CONFIG}`)).auths)).toContain('gcr.io');
  expect((await world.person.run('kindgcr', 'uninstall', '--name', 'agent')).exitCode).toBe(0);
  await node.sh('mv /root/config.yaml /var/lib/kubelet/config.yaml; systemctl start kubelet');
});

test('the first credentials restart the kubelet, once', async () => {
  const { node } = world;
  const starts = await node.kubeletStarts();
  expect((await installKeyfile()).exitCode).toBe(0);
  await node.runPod('long', 'gcr.io/private/app:1');
  await expect.poll(() => node.podState('long'), PULL).toMatchObject({ phase: 'Running' });
  expect(await node.kubeletStarts()).toBe(starts + 1);
  expect((await status()).kubeletRestarts).toMatchObject({
    count: 1,
    lastReason: 'the kubelet may hold no credentials',
  });
});

test('the service may do what it needs and no more', async () => {
  const { node } = world;
  const verdict = await node.exec(['systemd-analyze', 'verify', `/etc/systemd/system/${UNIT}`]);
  expect(verdict.stderr + verdict.stdout).not.toContain('kindgcr');
  const process = await node.sh(`cat /proc/$(systemctl show -p MainPID --value ${UNIT})/status`);
  expect(process).toMatch(/^CapBnd:\t000000000000000a$/m); // CAP_DAC_OVERRIDE and CAP_FOWNER
  expect(process).toMatch(/^NoNewPrivs:\t1$/m);
  expect(process).toMatch(/^Seccomp:\t2$/m);
});

test('a file that another hand changed or took away is put right without a restart', async () => {
  const { node } = world;
  const starts = await node.kubeletStarts();
  const keys = async () =>
    Object.keys(JSON.parse((await node.exec(['cat', CONFIG])).stdout || '{"auths":{}}').auths ?? {});
  for (const hand of [`echo '{"auths":{"quay.io":{"auth":"YTpi"}}}' > ${CONFIG}`, `rm ${CONFIG}`]) {
    await node.sh(hand);
    await expect.poll(keys, TICK).toContain('*-docker.pkg.dev');
  }
  expect(await node.kubeletStarts()).toBe(starts);
});

test('an agent that is killed is at work again by itself', async () => {
  const { node } = world;
  const starts = await node.kubeletStarts();
  await node.sh(`systemctl kill --signal=KILL ${UNIT}; rm ${CONFIG}`);
  await expect.poll(() => node.exec(['test', '-s', CONFIG]), TICK).toMatchObject({ exitCode: 0 });
  expect(await node.sh(`systemctl show -p NRestarts --value ${UNIT}`)).toBe('1\n');
  // While no agent looked the file was gone: the kubelet may have seen that.
  await expect.poll(async () => (await status()).kubeletRestarts.pending, TICK).toBeNull();
  expect(await node.kubeletStarts()).toBeLessThanOrEqual(starts + 1);
});

test('ten renewals restart nothing, and a pod that runs goes on', async () => {
  const { node } = world;
  await node.sh(`sed -i 's/"keyfile"/"host"/' /etc/kindgcr/agent.json`);
  await expect.poll(() => startedAt('long'), PULL).toBeDefined();
  const since = await startedAt('long');
  const starts = await node.kubeletStarts();
  for (let number = 1; number <= 10; number++) {
    const received = await handIn(`renewal-${number}`, 3600);
    expect(received.stderr).not.toContain('error');
    expect(received.exitCode).toBe(0);
    const { auth } = JSON.parse(await node.sh(`cat ${CONFIG}`)).auths['gcr.io'];
    expect(Buffer.from(auth, 'base64').toString()).toBe(`oauth2accesstoken:ya29.renewal-${number}`);
  }
  expect(await node.kubeletStarts()).toBe(starts);
  expect(await startedAt('long')).toBe(since);
});

test('after a gap there is one restart, at its end, and the pod goes on through it', async () => {
  const { node } = world;
  const starts = await node.kubeletStarts();
  const since = await startedAt('long');
  expect((await handIn('short', 5)).exitCode).toBe(0);
  const keys = async () => Object.keys(JSON.parse((await node.exec(['cat', CONFIG])).stdout || '{}').auths ?? {});
  await expect.poll(keys, TICK).not.toContain('gcr.io');
  expect(await node.kubeletStarts()).toBe(starts);
  expect((await handIn('afterwards', 3600)).exitCode).toBe(0);
  await expect.poll(() => node.kubeletStarts(), TICK).toBe(starts + 1);
  expect(await keys()).toContain('gcr.io');
  await expect.poll(() => startedAt('long'), PULL).toBe(since);
  expect(since).toBeDefined();
});

test('after docker restart the credentials are there before the kubelet is, which needs no restart for them', async () => {
  const { node } = world;
  expect((await installKeyfile()).exitCode).toBe(0);
  // What the node would wake up with after a long sleep: nothing of use.
  await node.sh(`systemctl stop ${UNIT}; rm -f ${CONFIG} /var/lib/kindgcr/state.json`);
  await node.runPod('woken', 'gcr.io/private/app:2');
  await node.docker('restart', node.name);
  await expect.poll(() => node.podState('woken'), PULL).toMatchObject({ phase: 'Running' });
  const [kubelet, config] = (
    await node.sh(`stat -c %Y /proc/$(pidof kubelet) ${CONFIG} && journalctl -b -u ${UNIT} > /dev/null`)
  )
    .trim()
    .split('\n')
    .map(Number);
  expect(config).toBeLessThanOrEqual(kubelet ?? 0);
  expect((await status()).kubeletRestarts.count).toBe(0);
  expect(await node.sh('systemctl show -p NRestarts --value kubelet.service')).toBe('0\n');
});
