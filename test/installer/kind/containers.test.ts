import { expect, test } from 'vitest';
import type { ContainerEngine } from '../../../installer/kind/container-engine.ts';
import { kindContainers } from '../../../installer/kind/containers.ts';

const ALL = ['dev', 'dev2', 'de.', 'other'];

/** An engine whose filter takes a label's value for a pattern, or passes over it. */
const loose: ContainerEngine = {
  name: 'loose',
  async exec([command]) {
    const inspected = ALL.map((cluster) => ({
      Id: cluster,
      Name: `/${cluster}-worker`,
      State: { Running: true, StartedAt: '2031-05-06T12:00:00Z' },
      Config: { Labels: { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': 'worker' } },
    }));
    const stdout = command === 'ps' ? `${ALL.join('\n')}\n` : JSON.stringify(inspected);
    return { exitCode: 0, stdout, stderr: '', ended: 'exited' };
  },
};

test("what the labels say counts, not what the engine's filter lets through", async () => {
  expect((await kindContainers(loose, 'de.')).map(({ name }) => name)).toEqual(['de.-worker']);
});
