import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KindGcrError } from '../../../core/errors.ts';
import { googleLogin } from '../../../core/registry/registry-login.ts';
import { readLoginFailure } from '../../../installer/host/login-failure.ts';
import { sharedLogin } from '../../../installer/watch/shared-login.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const EXPIRED = new KindGcrError('CREDENTIAL_INVALID', "gcloud's login is no longer accepted: invalid_rapt", {
  hint: 'Log in again: gcloud auth login',
});

/** A user whose login works or not, with a clock that the test moves. */
async function user() {
  const home = await tempDir();
  const user = { env: { HOME: home, KINDGCR_SOURCE: 'gcloud' }, platform: 'linux' as const };
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  let time = Date.parse('2031-05-06T08:00:00Z');
  let asked = 0;
  const it = {
    user,
    logged,
    failure: undefined as KindGcrError | undefined,
    wait(seconds: number) {
      time += seconds * 1000;
    },
    /** How often the source was asked since the last question. */
    asked() {
      const before = asked;
      asked = 0;
      return before;
    },
    stateFile: join(home, '.local/state/kindgcr/login-failure.json'),
    async logIn() {
      it.failure = undefined;
      await mkdir(join(home, '.config/gcloud'), { recursive: true });
      await writeFile(join(home, '.config/gcloud/credentials.db'), `login of ${time}`);
    },
  };
  const world = {
    user,
    log: { debug: note, info: note, warn: note, error: note },
    now: () => new Date(time),
    signal: new AbortController().signal,
  };
  const login = sharedLogin(world, async () => {
    asked += 1;
    if (it.failure) throw it.failure;
    const account = 'dev@example.com';
    const token = { token: 'ya29.secret', expiresAt: new Date(time + 3_600_000) };
    return { login: googleLogin(token), account, who: `${account} (gcloud)` };
  });
  return Object.assign(it, { login });
}

test('an expired login is logged once however many need it, and status can read it, readable for its owner alone', async () => {
  const it = await user();
  it.failure = EXPIRED;
  for (const _ of [1, 2, 3]) await expect(it.login.fresh()).rejects.toBe(EXPIRED);
  expect(it.logged).toEqual([EXPIRED.message]);
  expect(it.login.isLogged(EXPIRED)).toBe(true);
  expect(it.asked()).toBe(1);
  expect((await stat(it.stateFile)).mode & 0o777).toBe(0o600);
  expect(await readLoginFailure(it.user)).toEqual({
    at: '2031-05-06T08:00:00.000Z',
    code: 'CREDENTIAL_INVALID',
    message: EXPIRED.message,
    hint: EXPIRED.hint,
  });
});

test('after gcloud auth login it works again at once, and the failure is gone', async () => {
  const it = await user();
  it.failure = EXPIRED;
  await expect(it.login.fresh()).rejects.toBe(EXPIRED);
  expect(await it.login.recovered()).toBe(false);
  expect(it.asked()).toBe(1);
  await it.logIn();
  expect(await it.login.recovered()).toBe(true);
  expect(await readLoginFailure(it.user)).toBeUndefined();
  expect(it.logged).toEqual([EXPIRED.message, 'the login works again']);
  expect((await it.login.fresh()).account).toBe('dev@example.com');
});

test('without a new login it is tried again after 15 s, then less and less often, at least every two minutes', async () => {
  const it = await user();
  it.failure = EXPIRED;
  await expect(it.login.fresh()).rejects.toBe(EXPIRED);
  it.asked();
  for (const wait of [15, 30, 60, 120, 120]) {
    it.wait(wait - 1);
    expect(await it.login.recovered()).toBe(false);
    expect(it.asked()).toBe(0);
    it.wait(1);
    expect(await it.login.recovered()).toBe(false);
    expect(it.asked()).toBe(1);
  }
  expect(it.logged).toEqual([EXPIRED.message]);
});

test('nodes that need a login at the same time ask once, and share it until half of its life is over', async () => {
  const it = await user();
  await Promise.all([it.login.fresh(), it.login.fresh()]);
  it.wait(29 * 60);
  await it.login.fresh();
  expect(it.asked()).toBe(1);
  it.wait(60);
  await it.login.fresh();
  expect(it.asked()).toBe(1);
});
