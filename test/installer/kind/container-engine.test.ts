import { expect, test } from 'vitest';
import type { Exec } from '../../../core/system/exec.ts';
import { findEngine } from '../../../installer/kind/container-engine.ts';

/** What each command line of a machine prints; others exit 1, programs that are not named are not installed. */
function machine(
  programs: Record<string, Record<string, { stdout?: string; stderr?: string; exitCode?: number }>>,
): Exec {
  return async (file, [command = '']) => {
    const program = programs[file];
    if (program === undefined) return { exitCode: undefined, stdout: '', stderr: '', ended: 'not-found' };
    return { exitCode: 1, stdout: '', stderr: '', ...program[command], ended: 'exited' };
  };
}

const DENIED = {
  '-v': { stdout: 'Docker version 28.2.2, build e6534b4\n', exitCode: 0 },
  ps: { stderr: 'permission denied while trying to connect to the Docker daemon socket\n' },
};
const WORKS = { ps: { exitCode: 0 } };

test('an engine that is installed and refuses is an error with its own reason, though another one would answer', async () => {
  const failing = findEngine(machine({ docker: DENIED, podman: WORKS }), {});
  await expect(failing).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringContaining('permission denied'),
    hint: expect.stringContaining('KIND_EXPERIMENTAL_PROVIDER'),
  });
});

test('KIND_EXPERIMENTAL_PROVIDER chooses the other one', async () => {
  const env = { KIND_EXPERIMENTAL_PROVIDER: 'podman' };
  expect((await findEngine(machine({ docker: DENIED, podman: WORKS }), env)).name).toBe('podman');
});

test.each([
  ['that is podman and answers', { ps: { stderr: 'Emulate Docker CLI using podman.\n', exitCode: 0 } }],
  ['that is podman and does not answer', { '-v': { stdout: 'podman version 5.4.2\n', exitCode: 0 }, ps: {} }],
  ['that is broken', { '-v': { exitCode: 127 }, ps: { exitCode: 127 } }],
])('a docker %s is skipped, as in kind', async (_, docker) => {
  expect((await findEngine(machine({ docker, podman: WORKS }), {})).name).toBe('podman');
});
