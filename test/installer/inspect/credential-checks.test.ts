import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandContext } from '../../../installer/context.ts';
import { changeSettings } from '../../../installer/host/settings.ts';
import { clockFinding, connectionReason, credentialChecks } from '../../../installer/inspect/credential-checks.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

/** A user with that environment; no program is installed, and no server is asked. */
async function userWith(env: Record<string, string>) {
  const home = await tempDir();
  const user = { env: { HOME: home, PATH: '', ...env }, platform: 'linux' as const };
  const context = { user, now: () => new Date(), signal: new AbortController().signal } as unknown as CommandContext;
  return { home, user, checks: () => credentialChecks(context) };
}

test('a key file that is not there: the source fails, with the file and what to do, and no token is asked for', async () => {
  const { home, checks } = await userWith({ KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: '/nowhere/key.json' });
  expect(await checks()).toEqual({
    findings: [
      {
        check: 'source',
        outcome: 'bad',
        code: 'CREDENTIAL_NOT_FOUND',
        detail: expect.stringContaining('/nowhere/key.json'),
        hint: expect.any(String),
      },
      { check: 'token', outcome: 'skipped', detail: 'no credential' },
    ],
    login: undefined,
  });
  const path = join(home, 'key.json');
  await writeFile(path, '{"type":"service_account","private_key":"secret-text"', { mode: 0o600 });
  const { checks: again } = await userWith({ KINDGCR_SOURCE: 'keyfile', KINDGCR_KEYFILE: path });
  const spoilt = await again();
  expect(spoilt.findings.map(({ check, outcome }) => [check, outcome])).toEqual([
    ['source', 'bad'],
    ['token', 'skipped'],
  ]);
  expect(JSON.stringify(spoilt)).not.toContain('secret-text');
});

test('no gcloud is no failure for a user whose nodes get only logins of Docker', async () => {
  const { user, checks } = await userWith({ KINDGCR_SOURCE: 'gcloud' });
  expect((await checks()).findings[0]).toMatchObject({ check: 'source', outcome: 'bad', code: 'CREDENTIAL_NOT_FOUND' });
  await changeSettings(user, (settings, write) => write({ ...settings, fromDocker: ['ghcr.io'] }));
  expect((await checks()).findings).toEqual([
    {
      check: 'source',
      outcome: 'note',
      detail: expect.stringMatching(/gcloud.*; nodes get only logins of your Docker$/),
      hint: expect.any(String),
    },
    { check: 'token', outcome: 'skipped', detail: 'no credential' },
  ]);
});

test('a source that is not known: it is named, with what to do', async () => {
  const { checks } = await userWith({ KINDGCR_SOURCE: 'magic' });
  expect((await checks()).findings).toEqual([
    expect.objectContaining({ check: 'source', outcome: 'bad', detail: expect.stringContaining('magic') }),
    { check: 'token', outcome: 'skipped', detail: 'no source' },
  ]);
});

test.each([
  [60_000, { outcome: 'ok', detail: 'agrees within a minute' }],
  [-60_000, { outcome: 'ok', detail: 'agrees within a minute' }],
  [300_000, { outcome: 'bad', code: 'TOKEN_EXCHANGE_FAILED', detail: 'is 5 min ahead', hint: 'set it' }],
  [-7_200_000, { outcome: 'bad', code: 'TOKEN_EXCHANGE_FAILED', detail: 'is 2 h behind', hint: 'set it' }],
])('a clock that is %d ms off', (off, finding) => {
  const mine = Date.parse('2026-05-04T12:00:00Z');
  expect(clockFinding('clock', mine + off, mine, 'set it')).toEqual({ check: 'clock', ...finding });
});

test('why a connection failed is what the cause says, where there is one', () => {
  expect(connectionReason(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }))).toBe(
    'connect ECONNREFUSED',
  );
  expect(connectionReason(new Error('no route'))).toBe('no route');
});
