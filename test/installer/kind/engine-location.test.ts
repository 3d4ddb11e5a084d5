import { expect, test } from 'vitest';
import { engineIsElsewhere } from '../../../installer/kind/engine-location.ts';

test.each([
  ['unix:///var/run/docker.sock', false],
  ['npipe:////./pipe/docker_engine', false],
  ['tcp://127.0.0.1:2375', false],
  ['tcp://localhost:2375', false],
  ['', false],
  ['tcp://build.example:2376', true],
  ['ssh://me@localhost', true],
  ['ssh://me@build.example', true],
])('an engine at "%s" is on another machine: %s', async (endpoint, elsewhere) => {
  const exec = async () => ({ exitCode: 0, stdout: `${endpoint}\n`, stderr: '', ended: 'exited' as const });
  expect(await engineIsElsewhere({ name: 'docker', exec })).toBe(elsewhere);
});
