import { expect, test } from 'vitest';
import { KindGcrError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/system/exec.ts';
import { writeLoginFailure } from '../../../installer/host/login-failure.ts';
import { changeSettings } from '../../../installer/host/settings.ts';
import { serviceChecks, serviceHealth, serviceInWords } from '../../../installer/inspect/service-health.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const now = () => new Date(2026, 4, 4, 12, 0);
const expired = new KindGcrError('CREDENTIAL_INVALID', 'gcloud: the login has expired', { hint: 'gcloud auth login' });

/** A user of systemd, whose service is in one of three states. */
async function userWith(service: 'runs' | 'stopped' | 'none') {
  const exec: Exec = async (_file, args) => {
    const is = args.includes('is-active') ? service === 'runs' : service !== 'none';
    return { exitCode: is ? 0 : 1, stdout: '', stderr: '', ended: 'exited' };
  };
  const user = { env: { HOME: await tempDir(), KINDGCR_SOURCE: 'gcloud' }, platform: 'linux' as const };
  return { user, exec, now };
}

test('a running service: status says that it renews, and doctor has nothing to say', async () => {
  const context = await userWith('runs');
  const health = await serviceHealth(context);
  expect(health).toEqual({ installed: true, running: true, failure: null });
  expect(serviceInWords(health, now())).toEqual(['renews tokens in the background']);
  expect(await serviceChecks(context)).toEqual([
    { check: 'service', outcome: 'ok', detail: 'renews tokens in the background' },
  ]);
});

test('a stopped service: both name the command that starts it', async () => {
  const context = await userWith('stopped');
  expect(serviceInWords(await serviceHealth(context), now())).toEqual([
    'is stopped; start it: kindgcr service install',
  ]);
  expect(await serviceChecks(context)).toEqual([
    { check: 'service', outcome: 'note', detail: 'is installed but not running', hint: 'kindgcr service install' },
  ]);
});

test('no service: doctor asks for one when nodes depend on this machine, and only then', async () => {
  const context = await userWith('none');
  expect(serviceInWords(await serviceHealth(context), now())).toEqual([
    'none; tokens of this machine are not renewed in the background',
  ]);
  expect(await serviceChecks(context)).toEqual([{ check: 'service', outcome: 'skipped', detail: 'not needed' }]);
  await changeSettings(context.user, (settings, write) => write({ ...settings, clusters: ['dev'] }));
  expect(await serviceChecks(context)).toEqual([
    {
      check: 'service',
      outcome: 'note',
      detail: 'nothing renews tokens in the background',
      hint: 'kindgcr service install',
    },
  ]);
});

test('a login that has expired: since when, why, and the command that fixes it', async () => {
  const context = await userWith('runs');
  await writeLoginFailure(expired, new Date(2026, 4, 4, 9, 30), context.user);
  const health = await serviceHealth(context);
  expect(serviceInWords(health, now())).toEqual([
    'no token since 09:30: gcloud: the login has expired',
    'gcloud auth login',
  ]);
  expect(serviceInWords({ ...health, running: false }, now())).toEqual([
    'is stopped; start it: kindgcr service install; no token since 09:30: gcloud: the login has expired',
    'gcloud auth login',
  ]);
  expect(await serviceChecks(context)).toEqual([
    {
      check: 'service',
      outcome: 'note',
      detail: 'no token since 09:30: gcloud: the login has expired',
      hint: 'gcloud auth login',
    },
  ]);
});
