import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKubeletFile, setAside, writeKubeletFile } from '../../../agent/docker-config/file.ts';
import { inMountNamespace, mountObstacle } from '../../support/files/mount-namespace.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { REPOSITORY, run } from '../../support/run/run.ts';
import { testUnless } from '../../support/vitest/obstacle.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');

test('a text that the kubelet would refuse is never written', async () => {
  const path = join(await tempDir(), 'config.json');
  await writeKubeletFile(path, '{}');
  await expect(writeKubeletFile(path, '{"auths":{"a.io":{"auth":"!"}}}')).rejects.toThrow(
    'the kubelet would refuse the new config.json: auths → a.io has an auth that is not standard base64',
  );
  expect(await readKubeletFile(path)).toMatchObject({ text: '{}', mode: 0o600 });
});

test('a reader never sees a partial file', async () => {
  const path = join(await tempDir(), 'config.json');
  const texts = [1, 3000].map((length) => JSON.stringify({ x: 'y'.repeat(length) }));
  await writeKubeletFile(path, texts[0] ?? '');
  let isOver = false;
  const writing = (async () => {
    for (let round = 0; round < 200; round++) await writeKubeletFile(path, texts[round % 2] ?? '');
    isOver = true;
  })();
  while (!isOver) expect(texts).toContain(await readFile(path, 'utf8'));
  await writing;
});

test('copies of different broken files are all kept, of the same file only one', async () => {
  const dir = await tempDir();
  const path = join(dir, 'config.json');
  const first = await setAside(path, Buffer.from('broken'), NOON);
  expect(await setAside(path, Buffer.from('broken'), new Date(NOON.getTime() + 1000))).toBe(first);
  await setAside(path, Buffer.from('broken too'), new Date(NOON.getTime() + 2000));
  expect(await readdir(dir)).toEqual([
    'config.json.broken-20310506T120000000Z',
    'config.json.broken-20310506T120002000Z',
  ]);
});

const testWhereMounts = testUnless(mountObstacle);

/** Calls functions of the module in a mount namespace, after some shell commands. */
function afterMounting(commands: string, code: string) {
  const program = `import { readKubeletFile, removeKubeletFile, writeKubeletFile } from ${JSON.stringify(join(REPOSITORY, 'agent/docker-config/file.ts'))};\n${code}`;
  return run('unshare', inMountNamespace(commands, [process.execPath, '--input-type=module', '--eval', program]), {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
}

testWhereMounts('a file that is a mount is written in place, shorter or longer, and the host sees it', async () => {
  const dir = await tempDir();
  const [source, path] = [join(dir, 'on-the-host.json'), join(dir, 'config.json')];
  await writeFile(source, '{"long":"enough to be cut off later"}', { mode: 0o644 });
  await writeFile(path, '');
  const { ino } = await stat(source);
  for (const text of ['{}', JSON.stringify({ longer: 'x'.repeat(5000) }), '{"a":1}']) {
    const { stderr, exitCode } = await afterMounting(
      `mount --bind ${source} ${path}`,
      `await writeKubeletFile(${JSON.stringify(path)}, ${JSON.stringify(text)});`,
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(await readFile(source, 'utf8')).toBe(text);
  }
  expect(await stat(source)).toMatchObject({ ino, mode: 0o100600 });
  expect((await readdir(dir)).sort()).toEqual(['config.json', 'on-the-host.json']);
});

testWhereMounts('a file that is a mount can not be removed, so it is emptied', async () => {
  const dir = await tempDir();
  const [source, path] = [join(dir, 'on-the-host.json'), join(dir, 'config.json')];
  await writeFile(source, '{}');
  await writeFile(path, '');
  const { exitCode } = await afterMounting(
    `mount --bind ${source} ${path}`,
    `await removeKubeletFile(${JSON.stringify(path)});`,
  );
  expect(exitCode).toBe(0);
  expect(await readFile(source, 'utf8')).toBe('');
});

testWhereMounts('on a full disk the old file stays whole, and the message says so', async () => {
  const dir = await tempDir();
  const path = join(dir, 'config.json');
  const code = `
    const path = ${JSON.stringify(path)};
    await writeKubeletFile(path, '{"a":1}');
    await writeKubeletFile(path, JSON.stringify({ x: 'y'.repeat(200_000) })).catch((error) => console.log(error.message, error.hint));
    const { text, mode } = await readKubeletFile(path);
    console.log(JSON.stringify({ text, mode }));`;
  const { stdout } = await afterMounting(`mount -t tmpfs -o size=64k none ${dir}`, code);
  expect(stdout).toBe(
    `${path} can't be written (ENOSPC) Free some space on the node's disk: df -h\n{"text":"{\\"a\\":1}","mode":384}\n`,
  );
});

testWhereMounts('on a file system that is read-only the old file stays, and the message says what to do', async () => {
  const dir = await tempDir();
  const path = join(dir, 'config.json');
  await writeFile(path, '{"a":1}');
  const code = `
    const path = ${JSON.stringify(path)};
    await writeKubeletFile(path, '{}').catch((error) => console.log(error.message, error.hint));`;
  const { stdout } = await afterMounting(`mount --bind ${dir} ${dir}\nmount -o remount,bind,ro ${dir}`, code);
  expect(stdout).toBe(
    `${path} can't be written (EROFS) It is mounted read-only: remove readOnly from its mount in the kind config.\n`,
  );
  expect(await readFile(path, 'utf8')).toBe('{"a":1}');
});
