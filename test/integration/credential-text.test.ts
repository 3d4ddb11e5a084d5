import { expect, test } from 'vitest';
import { tempDir } from '../support/files/temp-dir.ts';
import { googleAccounts } from '../support/google/google-accounts.ts';
import { helperAt, NOT_FOUND } from '../support/run/helper.ts';
import { runProgram } from '../support/run/programs.ts';
import type { RunResult } from '../support/run/run.ts';

const KEY = JSON.stringify(googleAccounts().serviceAccountKey(), undefined, 2);
const USER = JSON.stringify({
  account: '',
  client_id: '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.example.com',
  client_secret: 'd-FL95Q19q7MQmFpd7hHD0Ty',
  refresh_token: '1//03x-8v1Kp9sRwCgYIARAAGAMSNwF-L9IrXzQmTnBvYc',
  type: 'authorized_user',
});
const FORMS = [KEY, USER, JSON.stringify(KEY), Buffer.from(USER).toString('base64')];

/** No part of a credential may be shown: 12 characters from anywhere in a value or in its base64. */
function expectNothingOf(form: string, { stdout, stderr }: Pick<RunResult, 'stdout' | 'stderr'>) {
  const parts = form
    .match(/[A-Za-z0-9+_-]{12,}/g)
    ?.filter((part) => !/^(?:service_account|authorized_user|googleapis|gserviceaccount)$/.test(part));
  const shown = parts?.filter((part) => `${stdout}${stderr}`.includes(part.slice(0, 12)));
  expect(shown).toEqual([]);
}

test.each([
  'KINDGCR_KEYFILE',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'KINDGCR_GCLOUD',
  'KINDGCR_SOURCE',
  'KINDGCR_IMPERSONATE',
  'KINDGCR_MIN_LIFE',
  'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
])("a credential's text in %s is refused with the variable's name, and no part of it is shown", async (name) => {
  const home = await tempDir();
  const helper = await helperAt(home);
  for (const form of FORMS) {
    const result = await helper(['get'], { input: 'gcr.io', env: { [name]: form, KINDGCR_DEBUG: '1' } });
    expect(result).toMatchObject({ exitCode: 1, stdout: NOT_FOUND });
    expect(result.stderr).toMatch(/a credential|not shown/);
    expectNothingOf(form, result);
  }
});

test("a credential's text on the command line is refused, and no part of it is shown", async () => {
  const env = { HOME: await tempDir(), PATH: '' };
  for (const form of [KEY, Buffer.from(USER).toString('base64')]) {
    for (const args of [
      ['install', '--keyfile', form],
      ['install', '--source', form],
      ['config', 'set', 'keyfile', form],
      ['config', 'set', 'source', form],
      ['config', 'set', 'impersonate', form],
      [form],
    ]) {
      const result = await runProgram('host', args, { env });
      expect(result.exitCode).toBeGreaterThan(1);
      expectNothingOf(form, result);
    }
  }
});

test.each([
  ['DOCKER_CONFIG', ['configure-docker']],
  ['REGISTRY_AUTH_FILE', ['configure-docker', '--dry-run']],
  ['XDG_STATE_HOME', ['watch', '--once']],
  ['KUBECONFIG', ['secret', '--remove', '--context', 'dev']],
])('the text of a credential in %s is refused by name, and no part of it is shown', async (name, args) => {
  for (const form of FORMS) {
    const env = { HOME: await tempDir(), PATH: '', [name]: form };
    const result = await runProgram('host', args, { env });
    expect(result.stderr).toContain(`error: ${name} is the text of a credential`);
    expect(result.exitCode).toBe(3);
    expectNothingOf(form, result);
  }
});
