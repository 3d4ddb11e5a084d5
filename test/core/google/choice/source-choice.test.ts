import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseSource } from '../../../../core/google/choice/source-choice.ts';
import { sourceIdentity } from '../../../../core/google/choice/source-identity.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';

/** A user with a home and a PATH of their own, on a machine that is not Google's. */
async function userWith(files: Readonly<Record<string, object | string>> = {}, env: Record<string, string> = {}) {
  const home = await tempDir();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(home, name, '..'), { recursive: true });
    await writeFile(join(home, name), typeof content === 'string' ? content : JSON.stringify(content));
    if (name.startsWith('bin/')) await chmod(join(home, name), 0o755);
  }
  const named = Object.entries(env).map(([name, value]) => [name, value.replace('~', home)]);
  return {
    home,
    user: { env: { HOME: home, PATH: join(home, 'bin'), ...Object.fromEntries(named) }, platform: 'linux' as const },
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
  ['a Google Cloud machine without gcloud', {}, { GCE_METADATA_HOST: 'metadata.test' }, 'adc', undefined],
  ['nothing at all: gcloud, whose error says what to do', {}, {}, 'gcloud', undefined],
  ['ADC when asked for, without a file: the metadata server', GCLOUD, { KINDGCR_SOURCE: 'adc' }, 'adc', undefined],
])('the source of tokens: %s', async (_, files, env, kind, path) => {
  const { home, user } = await userWith(files, env);
  const choice = chooseSource(user);
  expect(choice.kind).toBe(kind);
  expect('path' in choice ? choice.path : undefined).toBe(path && join(home, path));
});

test('impersonation is added to any source, with delegates in order', async () => {
  const { user } = await userWith({}, { KINDGCR_SOURCE: 'adc', KINDGCR_IMPERSONATE: 'a@p.iam, b@p.iam,c@p.iam' });
  expect(chooseSource(user)).toMatchObject({
    kind: 'impersonate',
    account: 'c@p.iam',
    delegates: ['a@p.iam', 'b@p.iam'],
    over: { kind: 'adc' },
  });
});

test('each source, account and scope has its own cache', async () => {
  const { home, user } = await userWith({ 'k.json': KEY, 'u.json': USER });
  const withEnv = (env: Record<string, string>) => ({ ...user, env: { ...user.env, ...env } });
  const people = [
    user,
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

const external = (credential_source: object) => ({ type: 'external_account', credential_source });
const AWS_SOURCE = { environment_id: 'aws1' };
const OVERRIDE = 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE';

test.each<
  [
    string,
    Record<string, object | string>,
    Record<string, string>,
    { file?: [string, string]; env?: Record<string, string> },
  ]
>([
  ['the subject token file holds the next job\u2019s token', { subject: 'one' }, {}, { file: ['subject', 'two'] }],
  [
    'other AWS credentials are in the environment',
    {},
    { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 's' },
    { env: { AWS_ACCESS_KEY_ID: 'B' } },
  ],
  [
    'gcloud\u2019s override file holds another key',
    { override: '{"type":"service_account","client_email":"a"}' },
    { [OVERRIDE]: '~/override' },
    { file: ['override', '{"type":"service_account","client_email":"b"}'] },
  ],
  [
    'another gcloud configuration is active',
    { '.config/gcloud/active_config': 'one' },
    {},
    { file: ['.config/gcloud/active_config', 'two'] },
  ],
  [
    'the active gcloud configuration says another account',
    { '.config/gcloud/configurations/config_default': 'account = a' },
    {},
    { file: ['.config/gcloud/configurations/config_default', 'account = b'] },
  ],
])('another cache is used as soon as %s', async (name, files, env, { file, env: changed = {} }) => {
  const home = await tempDir();
  const sourceOf = name.includes('AWS') ? AWS_SOURCE : { file: join(home, 'subject') };
  const isAdc = 'subject' in files || name.includes('AWS');
  const write = async (path: string, content: string | object) => {
    await mkdir(join(home, path, '..'), { recursive: true });
    await writeFile(join(home, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  await write('adc.json', external(sourceOf));
  for (const [path, content] of Object.entries(files)) await write(path, content);
  const base = {
    HOME: home,
    PATH: '',
    KINDGCR_SOURCE: isAdc ? 'adc' : 'gcloud',
    GOOGLE_APPLICATION_CREDENTIALS: join(home, 'adc.json'),
  };
  const identity = (more: Record<string, string>) => {
    const named = Object.entries({ ...base, ...env, ...more }).map(([key, value]) => [key, value.replace('~', home)]);
    const user = { env: Object.fromEntries(named), platform: 'linux' as const };
    return sourceIdentity(chooseSource(user), ['pull'], user);
  };
  const before = identity({});
  expect(before).toBeDefined();
  expect(identity({})).toBe(before);
  if (file) await write(...file);
  expect(identity(changed)).not.toBe(before);
});

test.each([
  ['a program', { executable: { command: '/usr/bin/whoami' } }, {}],
  ['a server', { url: 'http://169.254.169.254/token' }, {}],
  ['a certificate', { certificate: { use_default_certificate_config: true } }, {}],
  ['the role of an AWS machine', AWS_SOURCE, {}],
  ['gcloud with an access token file', {}, { KINDGCR_SOURCE: 'gcloud', CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: '/token' }],
])('nothing is cached if only %s knows the identity', async (_, source, more) => {
  const { user } = await userWith(
    { 'adc.json': external(source) },
    { KINDGCR_SOURCE: 'adc', GOOGLE_APPLICATION_CREDENTIALS: '~/adc.json', ...more },
  );
  expect(sourceIdentity(chooseSource(user), ['pull'], user)).toBeUndefined();
});
