import { expect, test } from 'vitest';
import { e2e, PULL } from './e2e.ts';

const world = e2e('agent');

const CONFIG = '/var/lib/kubelet/config.json';
const UNIT = 'kindgcr-agent.service';
/** The daemon looks every fifteen seconds. */
const TICK = { timeout: 300_000, interval: 500 };

const install = (...options: string[]) => world.user.run('kindgcr', 'install', '--name', 'agent', ...options);
const installKeyfile = () => install('--keyfile', world.services.keyFile);
const status = async () => JSON.parse((await world.node.exec(['kindgcr-agent', 'status', '--json'])).stdout);

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
  const pid = (await node.sh(`systemctl show -p MainPID --value ${UNIT}`)).trim();
  const process = await node.sh(`cat /proc/${pid}/status`);
  expect(process).toMatch(/^CapBnd:\t000000000000000a$/m); // CAP_DAC_OVERRIDE and CAP_FOWNER
  expect(process).toMatch(/^NoNewPrivs:\t1$/m);
  expect(process).toMatch(/^Seccomp:\t2$/m);

  // A shell with every capability, in the file system as the service has it.
  const inService = (script: string) => node.sh(`nsenter --mount --target ${pid} sh -c '${script}'`);
  const writable = (folders: string[]) =>
    `for d in ${folders.join(' ')}; do ! touch $d/probe 2>/dev/null || { rm $d/probe; echo $d; }; done`;
  const needs = ['/var/lib/kubelet', '/var/lib/kindgcr', '/run/kindgcr', '/tmp'];
  const code = ['/etc', '/etc/kubernetes/manifests', '/usr/local/bin', '/run/systemd/system', '/kind', '/root'];
  const others = [...code, '/', '/var', '/var/lib/containerd', '/run', '/dev', '/sys'];
  expect(await node.sh(writable(code))).toBe(code.map((folder) => `${folder}\n`).join(''));
  expect(await inService(writable([...needs, ...others]))).toBe(needs.map((folder) => `${folder}\n`).join(''));
  expect(await inService('find /dev -type b')).toBe('');
});

test('a config.json that is mounted over is written all the same, without replacing it', async () => {
  const { node } = world;
  await node.sh(
    `echo '{"auths":{"quay.io":{"auth":"YTpi"}}}' > /root/mine.json; mount --bind /root/mine.json ${CONFIG}`,
  );
  const keys = async () => Object.keys(JSON.parse(await node.sh('cat /root/mine.json')).auths);
  await expect.poll(keys, TICK).toContain('gcr.io');
  expect(await keys()).toContain('quay.io');
  expect(await node.sh('ls -A /var/lib/kubelet | grep -F .config.json || true')).toBe('');
  await node.sh(`umount ${CONFIG}`);
});

test('a file that another program changed or removed is restored without a restart', async () => {
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
  const { account, expiresAt, kubeletRestarts } = await status();
  await node.sh(`systemctl kill --signal=KILL ${UNIT}; rm ${CONFIG}`);
  await expect.poll(() => node.exec(['test', '-s', CONFIG]), TICK).toMatchObject({ exitCode: 0 });
  expect(await node.sh(`systemctl show -p NRestarts --value ${UNIT}`)).toBe('1\n');
  const after = await status();
  expect(after).toMatchObject({ account, expiresAt, credentials: 'valid' });
  expect(after.kubeletRestarts.count).toBeGreaterThanOrEqual(kubeletRestarts.count);
  // While no agent looked the file was gone: the kubelet may have seen that.
  await expect.poll(async () => (await status()).kubeletRestarts.pending, TICK).toBeNull();
  expect(await node.kubeletStarts()).toBeLessThanOrEqual(starts + 1);
});

test('a node has one agent, which stops on SIGTERM', async () => {
  const { node } = world;
  const second = await node.exec(['kindgcr-agent', 'run']);
  expect(second.stderr).toContain('error: a kindgcr-agent is already running on this node');
  expect(second.exitCode).toBe(10);
  // A first install doesn't reload systemd, and until then a unit that stops is forgotten with its exit code.
  await node.sh(`systemctl daemon-reload; systemctl stop ${UNIT}`);
  const ended = await node.sh(`systemctl show ${UNIT} -p Result -p ExecMainCode -p ExecMainStatus`);
  expect(ended.trim().split('\n').sort()).toEqual(['ExecMainCode=1', 'ExecMainStatus=0', 'Result=success']); // 1: it exited by itself
  expect(await node.sh(`journalctl -u ${UNIT} -o cat -n 5`)).toContain('kindgcr-agent has stopped\n');
  await node.sh(`systemctl start ${UNIT}`);
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
