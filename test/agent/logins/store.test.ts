import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { loadLogins, readLogins, type StoredLogin, withNewLogins, writeLogins } from '../../../agent/logins/store.ts';
import { silent } from '../../../core/log.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');
const after = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);
const at = (now: Date) => ({ now, random: () => 0 });

function login(secret: string, minutes: number, owner = 'google'): RegistryLogin {
  return { registries: ['gcr.io'], username: 'u', secret, expiresAt: after(minutes).toISOString(), owner };
}

const times = ([stored]: readonly StoredLogin[]) => [stored?.obtainedAt, stored?.renewAt];

test('new logins replace those of the same owner, and no others', () => {
  const stored = withNewLogins([], [login('a', 60), login('b', 60, 'quay')], at(NOON));
  const secrets = withNewLogins(stored, [login('c', 90)], at(after(30))).map((one) => one.login.secret);
  expect(secrets).toEqual(['b', 'c']);
});

test('a new login is due at half of its lifetime', () => {
  expect(times(withNewLogins([], [login('a', 60)], at(NOON)))).toEqual([NOON.toISOString(), after(30).toISOString()]);
});

test('the same login obtained again is due after half of its remaining lifetime', () => {
  const stored = withNewLogins([], [login('a', 60)], at(NOON));
  const again = withNewLogins(stored, [login('a', 60)], at(after(40)));
  expect(times(again)).toEqual([NOON.toISOString(), after(50).toISOString()]);
});

test('a login obtained again after the clock was set back is no longer from the future', () => {
  const stored = withNewLogins([], [login('a', 60)], at(NOON));
  expect(times(withNewLogins(stored, [login('a', 60)], at(after(-600))))[0]).toBe(after(-600).toISOString());
});

test('only root can read the file and its folder, and a broken file counts as an empty store', async () => {
  const path = join(await tempDir(), 'run/kindgcr/logins.json');
  const stored = withNewLogins([], [login('a', 60)], at(NOON));
  await writeLogins(path, stored);
  expect(await readLogins(path)).toEqual(stored);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  await writeLogins(path, [{ secret: 'hunter2' } as unknown as StoredLogin]);
  const logged: string[] = [];
  const warn = (message: string, facts?: object) => void logged.push(message + JSON.stringify(facts));
  expect(await readLogins(path)).toEqual([]);
  for (let round = 0; round < 2; round++) expect(await loadLogins(path, { ...silent, warn })).toEqual([]);
  expect(logged).toHaveLength(1);
  expect(logged.join()).toContain('is invalid (at logins.0.login)');
  expect(logged.join()).not.toContain('hunter2');
});
