import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../../support/files/temp-dir.ts';

const MODULE = JSON.stringify(join(import.meta.dirname, '../../../core/system/make-private-folder.ts'));

test.each(['000', '277'])(
  'with a umask of %s, each folder that is made can be entered by its owner alone',
  async (umask) => {
    const path = join(await tempDir(), 'a', 'b', 'c');
    const script = `import { makePrivateFolder } from ${MODULE}; await makePrivateFolder(${JSON.stringify(path)});`;
    execFileSync('sh', [
      '-c',
      `umask ${umask}; exec "$0" --input-type=module-typescript --eval "$1"`,
      process.execPath,
      script,
    ]);
    for (const folder of [path, join(path, '..'), join(path, '../..')]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
  },
);
