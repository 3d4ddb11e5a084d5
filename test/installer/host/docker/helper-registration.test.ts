import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  registerHelper,
  unregisterHelper,
  withHelper,
  withoutHelper,
} from '../../../../installer/host/docker/helper-registration.ts';
import { readSettings, writeSettings } from '../../../../installer/host/settings.ts';
import { tempDir } from '../../../support/temp-dir.ts';

async function personWith(dockerConfig?: string) {
  const home = await tempDir();
  const path = join(home, '.docker/config.json');
  await mkdir(join(home, '.docker'));
  if (dockerConfig !== undefined) await writeFile(path, dockerConfig, { mode: 0o640 });
  const person = { env: { HOME: home }, platform: 'linux' as const };
  const config = async () => JSON.parse(await readFile(path, 'utf8'));
  return { person, path, config };
}

test('the rest of a docker config stays as it is, and so does its mode', async () => {
  const before = {
    auths: { 'quay.io': {} },
    credsStore: 'desktop',
    credHelpers: { 'x.io': 'pass' },
    proxies: { a: 1 },
  };
  const { person, path, config } = await personWith(JSON.stringify(before));
  expect(await registerHelper(['gcr.io'], person, await readSettings(person))).toEqual(['gcr.io']);
  expect(await config()).toEqual({ ...before, credHelpers: { 'x.io': 'pass', 'gcr.io': 'kindgcr' } });
  expect((await stat(path)).mode & 0o777).toBe(0o640);
});

test('a docker config that was not there is made for its owner alone', async () => {
  const { person, path, config } = await personWith();
  await registerHelper(['gcr.io'], person, await readSettings(person));
  expect(await config()).toEqual({ credHelpers: { 'gcr.io': 'kindgcr' } });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('undoing after two rounds gives back what was there before the first', async () => {
  const before = { credHelpers: { 'gcr.io': 'gcloud', 'x.io': 'pass' } };
  const { person, config } = await personWith(JSON.stringify(before));
  await registerHelper(['gcr.io'], person, await readSettings(person));
  await registerHelper(['gcr.io', 'us-docker.pkg.dev'], person, await readSettings(person));
  expect(await config()).toEqual({
    credHelpers: { 'gcr.io': 'kindgcr', 'x.io': 'pass', 'us-docker.pkg.dev': 'kindgcr' },
  });
  await writeSettings(await unregisterHelper(person, await readSettings(person)), person);
  expect(await config()).toEqual(before);
});

test('a host that the person gave to another helper meanwhile is left to that one', () => {
  expect(withoutHelper({ credHelpers: { 'gcr.io': 'pass' } }, { 'gcr.io': 'gcloud' })).toEqual({
    credHelpers: { 'gcr.io': 'pass' },
  });
});

test('credHelpers that were not there are not left behind empty', () => {
  const { config, former } = withHelper({ auths: {} }, ['gcr.io']);
  expect(withoutHelper(config, former)).toEqual({ auths: {} });
});
