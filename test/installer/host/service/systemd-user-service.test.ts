import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exec } from '../../../../core/system/exec.ts';
import { systemdUserService } from '../../../../installer/host/service/systemd-user-service.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { run } from '../../../support/run/run.ts';
import { userManager } from '../../../support/run/user-manager.ts';
import { testUnless } from '../../../support/vitest/obstacle.ts';

const PROGRAM = { command: ['/opt/kindgcr/kindgcr', 'watch'], env: { PATH: '/usr/bin:/bin' } };

async function at(home: string, options?: { refuses?: string }) {
  const manager = userManager(join(home, '.config/systemd/user'), options);
  const service = systemdUserService({ env: { HOME: home }, platform: 'linux' }, manager.exec);
  return { manager, service };
}

test('the user service: installed it is known, enabled, at work, its file for the user alone; uninstalled it is gone', async () => {
  const home = await tempDir();
  const { manager, service } = await at(home);
  expect(await service.state()).toMatchObject({ installed: false, running: false });
  await service.install(PROGRAM);
  await service.install(PROGRAM);
  expect([...manager.known.keys()]).toEqual(['kindgcr-watch.service']);
  expect(manager.enabled).toEqual(new Set(['kindgcr-watch.service']));
  expect(await service.state()).toMatchObject({ installed: true, running: true });
  expect((await stat(service.file)).mode & 0o777).toBe(0o600);
  expect(await service.uninstall()).toBe(true);
  expect([manager.known.size, manager.enabled.size, manager.active.size]).toEqual([0, 0, 0]);
  expect(existsSync(service.file)).toBe(false);
  expect(await service.uninstall()).toBe(false);
});

test.each([
  ['show', 'systemctl --user show failed: Failed to show unit: Access denied'],
  ['enable', 'systemctl --user enable failed: Failed to enable unit: Access denied'],
  ['restart', 'systemctl --user restart failed: Failed to restart unit: Access denied'],
])(
  'a user manager that refuses to %s: what it said, what to do instead, and nothing is left behind',
  async (refuses, said) => {
    const { manager, service } = await at(await tempDir(), { refuses });
    await expect(service.install(PROGRAM)).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
      message: `no background service could be set up: ${said}`,
      hint: expect.stringMatching(/: kindgcr watch$/),
    });
    expect(existsSync(service.file)).toBe(false);
    expect([manager.known.size, manager.enabled.size, manager.active.size]).toEqual([0, 0, 0]);
  },
);

test('a machine without systemctl: said in one sentence', async () => {
  const exec: Exec = async () => ({ exitCode: undefined, stdout: '', stderr: '', ended: 'not-found' });
  const service = systemdUserService({ env: { HOME: await tempDir() }, platform: 'linux' }, exec);
  await expect(service.install(PROGRAM)).rejects.toMatchObject({
    message: expect.stringContaining('systemctl is not installed'),
  });
});

testUnless(existsSync('/usr/bin/systemd-analyze') ? undefined : 'systemd-analyze is not installed')(
  "systemd finds nothing wrong with the user service's unit",
  async () => {
    const folder = await tempDir();
    const { service } = await at(folder);
    await service.install({ command: [process.execPath, 'watch', '--all'], env: { PATH: '/usr/bin:/bin' } });
    const { stdout, stderr, exitCode } = await run('systemd-analyze', ['verify', '--user', service.file], {
      env: { PATH: '/usr/bin:/bin', HOME: folder, XDG_RUNTIME_DIR: folder },
    });
    expect(`${stdout}${stderr}`).not.toContain('kindgcr-watch');
    expect(exitCode).toBe(0);
  },
);

test("paths and variables of the user service come out of systemd's quoting as they went in", async () => {
  const { service } = await at(await tempDir());
  await service.install({
    command: ['/home/me/50% "mine"/kindgcr', 'watch', '--name', '$HOME'],
    env: { PATH: '/a b:/c\\d' },
  });
  const unit = await readFile(service.file, 'utf8');
  expect(unit).toContain('ExecStart="/home/me/50%% \\"mine\\"/kindgcr" "watch" "--name" "$$HOME"\n');
  expect(unit).toContain('Environment="PATH=/a b:/c\\\\d"\n');
});
