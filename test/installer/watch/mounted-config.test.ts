import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { googleLogin } from '../../../core/registry/registry-login.ts';
import { changeSettings } from '../../../installer/host/settings.ts';
import { mountedItems } from '../../../installer/watch/mounted-config.ts';
import { refresher } from '../../../installer/watch/refresher.ts';
import { sharedLogin } from '../../../installer/watch/shared-login.ts';
import { mountedFolder } from '../../../installer/ways/mounted-config/folder.ts';
import { tempDir } from '../../support/files/temp-dir.ts';

const at = (time: string) => new Date(`2031-05-06T${time}Z`);

/** A user without a credential, whose cluster "dev" mounts a config that was written at 12:00 and expires at 13:00. */
async function mounted({ exists = true } = {}) {
  const home = await tempDir();
  const user = { env: { HOME: home, PATH: home, KINDGCR_GCLOUD: '/nowhere/gcloud' }, platform: process.platform };
  await changeSettings(user, (settings, write) => write({ ...settings, ways: { dev: 'mounted-config' } }));
  const folder = mountedFolder('dev', user);
  await folder.write(googleLogin({ token: 'ya29.secret', expiresAt: at('13:00:00') }), at('12:00:00'));
  const messages: string[] = [];
  const note = (message: string) => void messages.push(message);
  let time = at('12:00:00');
  const signal = new AbortController().signal;
  const now = () => time;
  const log = { debug: note, info: note, warn: note, error: note };
  const login = sharedLogin({ user, signal, now, log });
  const configs = mountedItems({
    user,
    now,
    log,
    freshLogin: login.fresh,
    containers: async () =>
      exists
        ? [{ name: 'dev-control-plane', cluster: 'dev', isNode: true, running: true, life: '1', startedAt: time }]
        : [],
  });
  const watched = refresher([configs], { log, now, random: () => 0.5, signal, isLogged: login.isLogged });
  return {
    messages,
    files: () => readdir(folder.mount.hostPath),
    look: (now: string) => {
      time = at(now);
      return watched.look();
    },
  };
}

test("a mounted config is left alone in the first half of its token's life", async () => {
  const { look, files } = await mounted();
  expect(await look('12:29:59')).toEqual([]);
  expect(await files()).toEqual(['config.json']);
});

test("a mounted config that can't be renewed is kept until it expires, and then removed; the reason is logged once", async () => {
  const { look, files, messages } = await mounted();
  expect(await look('12:30:00')).toHaveLength(1);
  expect(await files()).toEqual(['config.json']);
  expect(await look('12:59:59')).toHaveLength(1);
  expect(await files()).toEqual(['config.json']);
  expect(await look('13:01:00')).toHaveLength(1);
  expect(await files()).toEqual([]);
  expect(messages).toHaveLength(1);
});

test('a cluster that was deleted leaves no token behind', async () => {
  const { look, files } = await mounted({ exists: false });
  expect(await look('12:30:00')).toEqual([]);
  expect(await files()).toEqual([]);
});
