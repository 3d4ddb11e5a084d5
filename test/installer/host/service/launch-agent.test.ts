import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Exec } from '../../../../core/system/exec.ts';
import { launchAgent } from '../../../../installer/host/service/launch-agent.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';

const PROGRAM = { command: ['/opt/kindgcr/kindgcr', 'watch'], env: { PATH: '/usr/bin:/bin' } };

/** launchd as far as an agent's life goes. */
function launchd({ refuses = false } = {}) {
  const loaded = new Set<string>();
  const exec: Exec = async (file, [command, target = '', plist = '']) => {
    expect(file).toBe('launchctl');
    const label = /^gui\/\d+\/(.*)$/.exec(target)?.[1] ?? '';
    const answer = (exitCode: number, stdout = '', stderr = '') => ({
      exitCode,
      stdout,
      stderr,
      ended: 'exited' as const,
    });
    if (command === 'bootstrap') {
      if (refuses) return answer(125, '', 'Bootstrap failed: 125: Domain does not support specified action\n');
      const name = /<key>Label<\/key>\s*<string>(.*)<\/string>/.exec(await readFile(plist, 'utf8'))?.[1] ?? '';
      if (loaded.has(name)) return answer(5, '', 'Bootstrap failed: 5: Input/output error\n');
      loaded.add(name);
      return answer(0);
    }
    if (!loaded.has(label)) return answer(113, '', 'Could not find service\n');
    if (command === 'bootout') loaded.delete(label);
    return answer(0, `${target} = {\n\tstate = running\n}\n`);
  };
  return { exec, loaded };
}

test('the launch agent: installed twice it is loaded once, for the user alone; uninstalled it is gone', async () => {
  const { exec, loaded } = launchd();
  const service = launchAgent({ env: { HOME: await tempDir() }, platform: 'darwin' }, exec);
  expect(await service.state()).toMatchObject({ installed: false, running: false });
  await service.install(PROGRAM);
  await service.install(PROGRAM);
  expect(loaded.size).toBe(1);
  expect(await service.state()).toMatchObject({ installed: true, running: true });
  expect(service.file).toMatch(/Library\/LaunchAgents\/.*\.plist$/);
  expect((await stat(service.file)).mode & 0o777).toBe(0o600);
  expect(await service.uninstall()).toBe(true);
  expect(loaded.size).toBe(0);
  expect(existsSync(service.file)).toBe(false);
  expect(await service.uninstall()).toBe(false);
});

test('a launchd that refuses: what it said, and nothing is left behind', async () => {
  const service = launchAgent({ env: { HOME: await tempDir() }, platform: 'darwin' }, launchd({ refuses: true }).exec);
  await expect(service.install(PROGRAM)).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    message: expect.stringContaining('Bootstrap failed: 125'),
  });
  expect(existsSync(service.file)).toBe(false);
});

test('the property list holds program and variables, whatever characters they are made of', async () => {
  const service = launchAgent({ env: { HOME: await tempDir() }, platform: 'darwin' }, launchd().exec);
  await service.install({ command: ['/A & B/kindgcr', 'watch'], env: { PATH: '/<x>' } });
  const plist = await readFile(service.file, 'utf8');
  expect(plist).toContain('<string>/A &amp; B/kindgcr</string>\n    <string>watch</string>');
  expect(plist).toContain('<key>PATH</key>\n    <string>/&lt;x&gt;</string>');
  expect(plist).toMatch(/<key>RunAtLoad<\/key>\s*<true\/>/);
  const tags = [...plist.matchAll(/<(\/?)(plist|dict|array|key|string|integer)\b[^>]*>/g)];
  const open: string[] = [];
  for (const [, end, tag = ''] of tags) {
    if (end === '') open.push(tag);
    else expect(open.pop()).toBe(tag);
  }
  expect(open).toEqual([]);
});
