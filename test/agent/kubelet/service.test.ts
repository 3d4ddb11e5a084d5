import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { healthzPort, kubeletService } from '../../../agent/kubelet/service.ts';
import { nodeLayout } from '../../../core/node/layout.ts';
import type { Exec } from '../../../core/system/exec.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { listen } from '../../support/network/listen.ts';

test.each([
  ['as kubeadm leaves it', 'kind: KubeletConfiguration\nhealthzBindAddress: 127.0.0.1\n', 10248],
  ['set', 'healthzPort: 12345\nkind: KubeletConfiguration\n', 12345],
  ['turned off', 'healthzPort: 0 # no health\n', 0],
  ['of something else', 'nested:\n  healthzPort: 1\n', 10248],
])('the health port %s', (_what, yaml, port) => {
  expect(healthzPort(yaml)).toBe(port);
});

test.each([
  ['init', ['/usr/bin/kubeadm', 'init', '--config=/kind/kubeadm.conf'], true],
  ['join', ['kubeadm', 'join', '--skip-phases=preflight'], true],
  ['another of its commands', ['kubeadm', 'token', 'list'], false],
  ['another program with the name among its arguments', ['/usr/bin/vim', 'kubeadm', 'init'], false],
  ['a kernel thread, which has no command line', [], false],
])('kubeadm at work: %s', async (_what, argv, isBeingSetUp) => {
  const layout = nodeLayout(await tempDir());
  const cmdline = join(layout.proc, '123/cmdline');
  await mkdir(dirname(cmdline), { recursive: true });
  await mkdir(join(layout.proc, 'sys'));
  await mkdir(join(layout.proc, '124')); // a process that exited meanwhile
  await writeFile(cmdline, argv.map((arg) => `${arg}\0`).join(''));
  expect(await kubeletService(layout, never).isBeingSetUp()).toBe(isBeingSetUp);
});

test.each([
  [200, true],
  [500, false],
])('a health endpoint that answers %d means %s', async (status, isHealthy) => {
  const layout = nodeLayout(await tempDir());
  const server = await listen(createServer((_request, response) => void response.writeHead(status).end('x')));
  onTestFinished(() => server.close());
  await mkdir(dirname(layout.kubeletConfig), { recursive: true });
  await writeFile(layout.kubeletConfig, `healthzPort: ${server.port}\n`);
  expect(await kubeletService(layout, never).isHealthy()).toBe(isHealthy);
  await server.close();
  expect(await kubeletService(layout, never).isHealthy()).toBe(false);
});

test("systemd's microseconds become milliseconds, in any order of properties", async () => {
  const layout = nodeLayout(await tempDir());
  const exec: Exec = async () => ({
    exitCode: 0,
    stdout: 'ExecMainStartTimestampMonotonic=72012345678\nActiveState=active\n',
    stderr: '',
    ended: 'exited',
  });
  expect(await kubeletService(layout, exec).state()).toEqual({ running: true, startedAwake: 72012345.678 });
});

const never: Exec = () => Promise.reject(new Error('no program was to run'));
