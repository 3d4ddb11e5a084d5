import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silent } from '../../../../core/log.ts';
import type { Exec } from '../../../../core/system/exec.ts';
import type { Env } from '../../../../core/system/user-folders.ts';
import { keepRenewed } from '../../../../installer/host/service/keep-renewed.ts';
import { removeService } from '../../../../installer/host/service/remove-service.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { commandLine } from '../../../support/run/command-line.ts';
import { userManager } from '../../../support/run/user-manager.ts';

const REFRESH = 'kindgcr refresh --name dev';

/** A user with a systemd user manager, and what an install does about the background service. */
async function user({ env = {}, exec, refuses }: { env?: Env; exec?: Exec; refuses?: string } = {}) {
  const home = await tempDir();
  const manager = userManager(join(home, '.config/systemd/user'), refuses === undefined ? {} : { refuses });
  const context = {
    user: { env: { HOME: home, PATH: '/usr/bin:/bin', ...env }, platform: 'linux' as NodeJS.Platform },
    exec: exec ?? manager.exec,
    command: ['/opt/kindgcr/kindgcr'],
    log: silent,
  };
  return {
    manager,
    context,
    unit: join(home, '.config/systemd/user/kindgcr-watch.service'),
    install: (flags: { service?: boolean } = {}) => keepRenewed(flags, REFRESH, context),
    config: (...args: string[]) => commandLine(home)('config', ...args),
  };
}

test('an install sets the service up, says how to undo that, and leaves it alone from then on', async () => {
  const { install, manager, unit, context } = await user();
  expect(await install()).toEqual({
    service: 'installed',
    line: 'A new background service renews the tokens. To undo: kindgcr service uninstall',
  });
  expect([...manager.active]).toEqual(['kindgcr-watch.service']);
  const written = await readFile(unit, 'utf8');
  expect(written).toContain('ExecStart="/opt/kindgcr/kindgcr" "watch"\n');
  Object.assign(context.user.env, { DOCKER_HOST: 'ssh://another' });
  expect((await install()).service).toBe('running');
  expect(await readFile(unit, 'utf8')).toBe(written);
});

test('a service that the user stopped is not started again; how to is said', async () => {
  const { install, manager } = await user();
  await install();
  manager.active.clear();
  expect(await install()).toEqual({
    service: 'stopped',
    line: 'The background service is stopped. Start it: kindgcr service install',
  });
  expect(manager.active.size).toBe(0);
});

test('--no-service and the setting "service" keep it away', async () => {
  const { install, config, unit } = await user();
  expect(await install({ service: false })).toMatchObject({
    service: 'off',
    line: `Tokens are not renewed in the background (--no-service). Keep this running instead: kindgcr watch; or renew by hand: ${REFRESH}`,
  });
  expect((await config('set', 'service', 'off')).stdout).toBe('service is off\n');
  expect((await install()).line).toMatch(/the setting "service" is off/);
  expect(existsSync(unit)).toBe(false);
  await config('unset', 'service');
  expect((await install()).service).toBe('installed');
});

test.each<[string, Parameters<typeof user>[0], NodeJS.Platform, RegExp]>([
  ['CI', { env: { CI: 'true' } }, 'linux', /: CI is set\. /],
  [
    'a machine without systemd',
    { exec: async () => ({ exitCode: undefined, stdout: '', stderr: '', ended: 'not-found' }) },
    'linux',
    /: systemctl is not installed\. /,
  ],
  ['root without a session', { refuses: 'show' }, 'linux', /: systemctl --user show failed: .*\. /],
  ['Windows', {}, 'win32', /: kindgcr has no background service for win32\. /],
])('%s: no service, and one sentence with what to run instead', async (_, options, platform, why) => {
  const { install, context, unit } = await user(options);
  context.user.platform = platform;
  const { service, line } = await install();
  expect(service).toBe('unavailable');
  expect(line).toMatch(why);
  expect(line).toMatch(/Keep this running instead: kindgcr watch; or renew by hand: kindgcr refresh --name dev$/);
  expect(existsSync(unit)).toBe(false);
});

test('a service with nothing left to renew is removed; one for more clusters only when it must', async () => {
  const { install, context, manager } = await user();
  expect(await removeService(context)).toBe(false);
  await install();
  expect(await removeService(context, { unlessExtended: true })).toBe(true);
  expect(manager.active.size).toBe(0);
  context.command = ['/opt/kindgcr/kindgcr', 'watch', '--all'];
  await install();
  expect(await removeService(context, { unlessExtended: true })).toBe(false);
  expect(await removeService(context)).toBe(true);
});
