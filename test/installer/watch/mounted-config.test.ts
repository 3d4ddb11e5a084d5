import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { googleLogin } from '../../../core/registry/registry-login.ts';
import { changeSettings } from '../../../installer/host/settings.ts';
import { mountedCare } from '../../../installer/watch/mounted-config.ts';
import { mountedFolder } from '../../../installer/ways/mounted-config/folder.ts';
import { tempDir } from '../../support/temp-dir.ts';

const at = (time: string) => new Date(`2031-05-06T${time}Z`);

/** A person without a credential, whose cluster "dev" mounts a config that was written at noon and ends at one. */
async function mounted({ exists = true } = {}) {
  const home = await tempDir();
  const person = { env: { HOME: home, PATH: home }, platform: process.platform };
  await changeSettings(person, (settings, write) => write({ ...settings, ways: { dev: 'mounted-config' } }));
  const folder = mountedFolder('dev', person);
  await folder.write(googleLogin({ token: 'ya29.secret', expiresAt: at('13:00:00') }), at('12:00:00'));
  const told: string[] = [];
  const note = (message: string) => void told.push(message);
  let time = at('12:00:00');
  const care = mountedCare({
    person,
    signal: new AbortController().signal,
    now: () => time,
    log: { debug: note, info: note, warn: note, error: note },
    containers: async () =>
      exists
        ? [{ name: 'dev-control-plane', cluster: 'dev', isNode: true, running: true, life: '1', startedAt: time }]
        : [],
  });
  return {
    told,
    files: () => readdir(folder.mount.hostPath),
    look: (now: string) => {
      time = at(now);
      return care.look();
    },
  };
}

test('a mounted config is renewed at half of its token’s life, not before', async () => {
  const { look, files } = await mounted();
  expect(await look('12:29:59')).toEqual([]);
  expect(await files()).toEqual(['config.json']);
});

test('a mounted config that can’t be renewed is kept until its end, and taken out then: the reason is told once', async () => {
  const { look, files, told } = await mounted();
  expect(await look('12:30:00')).toHaveLength(1);
  expect(await files()).toEqual(['config.json']);
  expect(await look('12:59:59')).toHaveLength(1);
  expect(await files()).toEqual(['config.json']);
  expect(await look('13:01:00')).toHaveLength(1);
  expect(await files()).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/^mounted configs are not renewed: /)]);
});

test('a cluster that was deleted leaves no token behind', async () => {
  const { look, files } = await mounted({ exists: false });
  expect(await look('12:30:00')).toEqual([]);
  expect(await files()).toEqual([]);
});
