import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { writeDocker } from '../support/docker/docker.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { debianPrograms } from '../support/run/debian-programs.ts';
import { programFile } from '../support/run/programs.ts';
import { run } from '../support/run/run.ts';

let bin: string;

beforeAll(async () => {
  bin = await tempDir(() => {});
  await writeFile(join(bin, 'kindgcr'), `#!/bin/sh\nexec '${process.execPath}' '${programFile('host')}' "$@"\n`);
  await chmod(join(bin, 'kindgcr'), 0o755);
  await writeDocker(bin, {
    containers: [
      { name: 'dev-control-plane', cluster: 'dev', role: 'control-plane' },
      { name: 'ci-control-plane', cluster: 'ci', role: 'control-plane' },
      { name: 'odd', cluster: 'not a\nname', role: 'worker' },
    ],
  });
});

/** Sources the script in a real shell, and completes `kindgcr WORDS`, the last of which is still being typed. */
async function complete(shell: 'bash' | 'zsh' | 'fish', words: readonly string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const scripts = {
    bash: `source <(kindgcr completion bash); COMP_WORDS=(kindgcr ${quoted}); COMP_CWORD=${words.length}
      compopt() { echo FILES; }; _kindgcr; printf '%s\\n' "\${COMPREPLY[@]}"`,
    zsh: `compdef() { :; }; _files() { print FILES; }; _describe() { print -l -- "\${(@)\${(P)2}%%:*}"; }
      source <(kindgcr completion zsh); words=(kindgcr ${quoted}); CURRENT=$#words; _kindgcr`,
    fish: `kindgcr completion fish | source; complete -C 'kindgcr ${words.join(' ')}' | string replace -r '\\t.*' ''`,
  };
  const flags = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] }[shell];
  const env = { HOME: bin, PATH: `${bin}:/usr/bin:/bin` };
  const { stdout, stderr } = await run(shell, [...flags, scripts[shell]], { env, cwd: bin });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

test.for(['bash', 'zsh', 'fish'] as const)(
  '%s completes commands, options, their values and clusters',
  async (shell, context) => {
    const missing = await debianPrograms({ [shell]: shell });
    if (missing !== undefined) return context.skip(missing);
    const commands = await complete(shell, ['un']);
    expect(commands).toContain('uninstall');
    expect(commands).not.toContain('__complete');
    expect(await complete(shell, ['install', '--re'])).toEqual(expect.arrayContaining(['--registries', '--restart']));
    expect(await complete(shell, ['install', '--restart', ''])).toEqual(
      expect.arrayContaining(['when-needed', 'always', 'never']),
    );
    expect((await complete(shell, ['status', '--name', ''])).sort()).toEqual(['ci', 'dev']);
    if (shell !== 'fish') expect(await complete(shell, ['install', '--keyfile', ''])).toEqual(['FILES']);
    else expect(await complete(shell, ['install', '--keyfile', ''])).toContain('kindgcr');
  },
);
