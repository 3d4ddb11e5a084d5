import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseKindConfig } from '../../../installer/kind/kind-config.ts';

const OURS = { hostPath: '/home/me/files', containerPath: '/in/node' };
const MOUNT = { ...OURS, readOnly: true };
const withOurs = (text?: string) => parseKindConfig(text, 'kind config k.yaml').withMounts([OURS]);

test.each([
  ['no config at all', undefined],
  ['an empty one', '\n'],
  ['one that names no node', 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n'],
  ['one with an empty list of nodes', 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: []\n'],
])('%s: the one control plane that kind makes by itself gets the mount', (_, text) => {
  expect(parse(withOurs(text))).toEqual({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [{ role: 'control-plane', extraMounts: [MOUNT] }],
  });
});

test('every node of an HA cluster gets the mount beside its own; comments and unknown keys are kept', () => {
  const text = `# the team's cluster
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
someday: { kind: knows } # not yet
nodes:
  - role: control-plane
  - role: control-plane
  - role: control-plane
  # does the work
  - role: worker
    extraMounts:
      - hostPath: ./data # mine
        containerPath: /data
containerdConfigPatches:
  - |-
    [plugins."io.containerd.grpc.v1.cri".registry.mirrors."a.very.long.name.that.no.line.width.should.ever.fold.example"]
`;
  const merged = withOurs(text);
  const before = parse(text);
  expect(parse(merged)).toEqual({
    ...before,
    nodes: [
      ...[1, 2, 3].map(() => ({ role: 'control-plane', extraMounts: [MOUNT] })),
      { role: 'worker', extraMounts: [{ hostPath: './data', containerPath: '/data' }, MOUNT] },
    ],
  });
  for (const comment of ["# the team's cluster", '# not yet', '# does the work', '# mine'])
    expect(merged).toContain(comment);
});

test('nodes that are one and the same by an alias, or share their mounts, get the mount once each', () => {
  const merged = parse(
    withOurs(`x: &worker { role: worker, extraMounts: &mounts [{ hostPath: /a, containerPath: /b }] }
nodes:
  - *worker
  - *worker
  - { <<: *worker, image: other }
  - { role: worker, extraMounts: *mounts }
`),
  );
  const node = { role: 'worker', extraMounts: [{ hostPath: '/a', containerPath: '/b' }, MOUNT] };
  expect(merged.nodes).toEqual([node, node, { ...node, image: 'other' }, node]);
});

test('the name that the config gives the cluster', () => {
  expect(parseKindConfig('name: dev\n', 'it').name).toBe('dev');
  expect(parseKindConfig('name: ""\n', 'it').name).toBeUndefined();
  expect(parseKindConfig(undefined, 'it').name).toBeUndefined();
});

test('reading a config with mounts in mind leaves the config itself as it was', () => {
  const config = parseKindConfig('nodes: [ {role: worker} ]\n', 'it');
  expect(config.withMounts([OURS])).toBe(config.withMounts([OURS]));
  expect(config.withMounts([])).toBe('nodes: [ {role: worker} ]\n');
});

test.each([
  ['a: [', /^kind config k.yaml is not YAML: .* at line 1, column \d+$/],
  ['- role: worker', /^kind config k.yaml is not a kind config: it is not a mapping$/],
  ['nodes: 3', /"nodes" is not a list of nodes$/],
  ['nodes: [worker]', /"nodes" is not a list of nodes$/],
  ['nodes: [{ role: worker, extraMounts: all }]', /"extraMounts" is not a list$/],
  ['nodes: *nowhere', /has an alias without an anchor$/],
])('%s: refused in one sentence, with a hint', (text, message) => {
  expect(() => withOurs(text)).toThrow(message);
  expect(() => withOurs(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.any(String) }));
});

test.each([
  ['123', '123'],
  ['1.20', '1.20'],
  ['2026-11-24', '2026-11-24'],
  ['true', 'true'],
  ['0x1F', '0x1F'],
  ['"1.0"', '1.0'],
  ['null', undefined],
  ['~', undefined],
  ['', undefined],
  ["''", undefined],
])('name: %s is read as kind reads it', (written, name) => {
  expect(parseKindConfig(`kind: Cluster\nname: ${written}\n`, 'k.yaml').name).toBe(name);
  const aliased = `kind: Cluster\nx: &n ${written}\nname: *n\n`;
  expect(parseKindConfig(aliased, 'k.yaml').name).toBe(name);
});
