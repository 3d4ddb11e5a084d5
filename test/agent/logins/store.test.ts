import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readLogins, type StoredLogin, takeUpLogins, withNewLogins, writeLogins } from '../../../agent/logins/store.ts';
import { silent } from '../../../core/log.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import { tempDir } from '../../support/temp-dir.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');
const after = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);
const at = (now: Date) => ({ now, random: () => 0 });

function login(secret: string, minutes: number, owner = 'google'): RegistryLogin {
  return { registries: ['gcr.io'], username: 'u', secret, expiresAt: after(minutes).toISOString(), owner };
}

const times = ([stored]: readonly StoredLogin[]) => [stored?.obtainedAt, stored?.renewAt];

test('new logins take the place of those of the same owner, and of no other', () => {
  const stored = withNewLogins([], [login('a', 60), login('b', 60, 'quay')], at(NOON));
  const secrets = withNewLogins(stored, [login('c', 90)], at(after(30))).map((one) => one.login.secret);
  expect(secrets).toEqual(['b', 'c']);
});

test('a new login is due at half of its life', () => {
  expect(times(withNewLogins([], [login('a', 60)], at(NOON)))).toEqual([NOON.toISOString(), after(30).toISOString()]);
});

test('the login that we have, given again, is due after half of what it has left', () => {
  const stored = withNewLogins([], [login('a', 60)], at(NOON));
  const again = withNewLogins(stored, [login('a', 60)], at(after(40)));
  expect(times(again)).toEqual([NOON.toISOString(), after(50).toISOString()]);
});

test('a login that is given again after the clock was set back does not stay one from the future', () => {
  const stored = withNewLogins([], [login('a', 60)], at(NOON));
  expect(times(withNewLogins(stored, [login('a', 60)], at(after(-600))))[0]).toBe(after(-600).toISOString());
});

test('the file and its folder are for root alone, and a broken file is an empty store', async () => {
  const path = join(await tempDir(), 'run/kindgcr/logins.json');
  const stored = withNewLogins([], [login('a', 60)], at(NOON));
  await writeLogins(path, stored);
  expect(await readLogins(path)).toEqual(stored);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  await writeLogins(path, [{ secret: 'hunter2' } as unknown as StoredLogin]);
  const told: string[] = [];
  const tell = (message: string, facts?: object) => void told.push(message + JSON.stringify(facts));
  expect(await readLogins(path)).toEqual([]);
  for (let round = 0; round < 2; round++) expect(await takeUpLogins(path, { ...silent, warn: tell })).toEqual([]);
  expect(told).toHaveLength(1);
  expect(told.join()).toContain('is not as it should be (at logins.0.login)');
  expect(told.join()).not.toContain('hunter2');
});
