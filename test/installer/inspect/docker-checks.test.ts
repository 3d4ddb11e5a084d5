import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandContext } from '../../../installer/context.ts';
import { dockerChecks } from '../../../installer/inspect/docker-checks.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

/** The findings by what was checked, for a user with that docker config, and with the helper on PATH or not. */
async function findingsFor(config: string, { onPath = true } = {}) {
  const [home, bin] = [await tempDir(), await tempDir()];
  await mkdir(join(home, '.docker'));
  await writeFile(join(home, '.docker', 'config.json'), config);
  if (onPath) await writeFile(join(bin, 'docker-credential-kindgcr'), '#!/bin/sh\n', { mode: 0o755 });
  const user = { env: { HOME: home, PATH: bin }, platform: 'linux' };
  const context = { user, programFolder: '/opt/kindgcr' } as unknown as CommandContext;
  const findings = await dockerChecks(context);
  return Object.fromEntries(findings.map(({ check, ...rest }) => [check, rest]));
}

test('a docker config that names the helper: nothing to do', async () => {
  expect(await findingsFor('{"credHelpers":{"gcr.io":"kindgcr","ghcr.io":"pass"}}')).toEqual({
    'docker config': { outcome: 'ok', detail: 'asks kindgcr for gcr.io' },
    helper: { outcome: 'ok', detail: 'docker-credential-kindgcr is on PATH' },
    'stored logins': { outcome: 'ok', detail: "none for Google's registries" },
  });
});

test('a helper that Docker would not find: the folder to put on PATH', async () => {
  const { helper } = await findingsFor('{"credHelpers":{"gcr.io":"kindgcr"}}', { onPath: false });
  expect(helper).toEqual({
    outcome: 'bad',
    code: 'FILE_FAILED',
    detail: 'docker-credential-kindgcr is not on PATH',
    hint: 'Put this folder on PATH: /opt/kindgcr',
  });
});

test.each([
  ['auth', { auth: 'YTpi' }],
  ['an identity token', { identitytoken: 'eyJ' }],
  ['a user and a password', { username: 'a', password: 'b' }],
])('a login that is stored as %s is found, and never printed', async (_, entry) => {
  const findings = await findingsFor(JSON.stringify({ auths: { 'https://eu.gcr.io': entry } }));
  expect(findings['docker config']).toMatchObject({ outcome: 'note', hint: 'kindgcr install registers it' });
  expect(findings['stored logins']).toEqual({
    outcome: 'bad',
    code: 'CONFIG_INVALID',
    detail: 'Docker uses a stored login, which may have expired, for eu.gcr.io',
    hint: 'kindgcr install --registries eu.gcr.io; or remove it: docker logout eu.gcr.io',
  });
  for (const secret of Object.values(entry)) expect(JSON.stringify(findings)).not.toContain(`"${secret}"`);
});

test("another helper for one of Google's registries is named; those of other registries are not its business", async () => {
  const findings = await findingsFor('{"credHelpers":{"gcr.io":"kindgcr","eu.gcr.io":"gcloud","ghcr.io":"pass"}}');
  expect(findings['other helpers']).toEqual({
    outcome: 'note',
    detail: 'eu.gcr.io: gcloud',
    hint: 'To use kindgcr instead: kindgcr install --registries eu.gcr.io',
  });
});

test('a docker config that is not JSON: one finding that names the file', async () => {
  expect(await findingsFor('{"auths":')).toEqual({
    'docker config': expect.objectContaining({
      outcome: 'bad',
      detail: expect.stringContaining('.docker/config.json'),
    }),
  });
});
