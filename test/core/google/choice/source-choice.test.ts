import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseSource } from '../../../../core/google/choice/source-choice.ts';
import { sourceIdentity } from '../../../../core/google/choice/source-identity.ts';
import { tempDir } from '../../../support/temp-dir.ts';

/** A person with a home and a PATH of their own, on a machine that is not Google's. */
async function personWith(files: Readonly<Record<string, object | string>> = {}, env: Record<string, string> = {}) {
  const home = await tempDir();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(home, name, '..'), { recursive: true });
    await writeFile(join(home, name), typeof content === 'string' ? content : JSON.stringify(content));
    if (name.startsWith('bin/')) await chmod(join(home, name), 0o755);
  }
  const named = Object.entries(env).map(([name, value]) => [name, value.replace('~', home)]);
  return {
    home,
    person: { env: { HOME: home, PATH: join(home, 'bin'), ...Object.fromEntries(named) }, platform: 'linux' as const },
  };
}

const KEY = { type: 'service_account' };
const USER = { type: 'authorized_user' };
const WELL_KNOWN = '.config/gcloud/application_default_credentials.json';
const SETTINGS = '.config/kindgcr/config.json';
const GCLOUD = { 'bin/gcloud': '#!/bin/sh\n' };
const LOGIN = { '.config/gcloud/credentials.db': '' };

test.each([
  [
    'KINDGCR_SOURCE before the settings',
    { [SETTINGS]: { source: 'adc' } },
    { KINDGCR_SOURCE: 'gcloud' },
    'gcloud',
    undefined,
  ],
  [
    'the settings before variables that name a file',
    { [SETTINGS]: { source: 'gcloud' }, 'k.json': KEY },
    { GOOGLE_APPLICATION_CREDENTIALS: '~/k.json' },
    'gcloud',
    undefined,
  ],
  [
    'a key that GOOGLE_APPLICATION_CREDENTIALS names, before gcloud',
    { ...GCLOUD, ...LOGIN, 'k.json': KEY },
    { GOOGLE_APPLICATION_CREDENTIALS: '~/k.json' },
    'keyfile',
    'k.json',
  ],
  [
    'another credential that it names',
    { ...GCLOUD, ...LOGIN, 'u.json': USER },
    { GOOGLE_APPLICATION_CREDENTIALS: '~/u.json' },
    'adc',
    'u.json',
  ],
  ['KINDGCR_KEYFILE alone', {}, { KINDGCR_KEYFILE: '~/k.json' }, 'keyfile', 'k.json'],
  ['gcloud with a login, before ADC', { ...GCLOUD, ...LOGIN, [WELL_KNOWN]: USER }, {}, 'gcloud', undefined],
  ['gcloud with nobody logged in, beside ADC', { ...GCLOUD, [WELL_KNOWN]: USER }, {}, 'adc', WELL_KNOWN],
  ['ADC without gcloud', { [WELL_KNOWN]: USER }, {}, 'adc', WELL_KNOWN],
  ['a machine of Google’s without gcloud', {}, { GCE_METADATA_HOST: 'metadata.test' }, 'adc', undefined],
  ['nothing at all: gcloud, whose error says what to do', {}, {}, 'gcloud', undefined],
  ['ADC when asked for, without a file: the metadata server', GCLOUD, { KINDGCR_SOURCE: 'adc' }, 'adc', undefined],
])('where tokens come from: %s', async (_, files, env, kind, path) => {
  const { home, person } = await personWith(files, env);
  const choice = chooseSource(person);
  expect(choice.kind).toBe(kind);
  expect('path' in choice ? choice.path : undefined).toBe(path && join(home, path));
});

test('impersonation goes in front of whatever else is chosen, over delegates in their order', async () => {
  const { person } = await personWith({}, { KINDGCR_SOURCE: 'adc', KINDGCR_IMPERSONATE: 'a@p.iam, b@p.iam' });
  expect(chooseSource(person)).toMatchObject({
    kind: 'impersonate',
    account: 'b@p.iam',
    delegates: ['a@p.iam'],
    over: { kind: 'adc' },
  });
});

test('each source, account and scope has a cache of its own', async () => {
  const { home, person } = await personWith({ 'k.json': KEY, 'u.json': USER });
  const withEnv = (env: Record<string, string>) => ({ ...person, env: { ...person.env, ...env } });
  const people = [
    person,
    withEnv({ GOOGLE_APPLICATION_CREDENTIALS: join(home, 'k.json') }),
    withEnv({ GOOGLE_APPLICATION_CREDENTIALS: join(home, 'u.json') }),
    withEnv({ KINDGCR_SOURCE: 'adc' }),
    withEnv({ KINDGCR_SOURCE: 'adc', GCE_METADATA_HOST: 'elsewhere' }),
    withEnv({ KINDGCR_IMPERSONATE: 'a@p.iam' }),
    withEnv({ KINDGCR_IMPERSONATE: 'b@p.iam' }),
    withEnv({ CLOUDSDK_CORE_ACCOUNT: 'other@example.com' }),
  ];
  const identities = people.flatMap((one) =>
    ['pull', 'push'].map((scope) => sourceIdentity(chooseSource(one), [scope], one)),
  );
  expect(new Set(identities).size).toBe(identities.length);
});
