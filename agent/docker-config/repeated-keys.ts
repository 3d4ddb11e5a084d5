import { type Node, parseTree } from 'jsonc-parser';
import { sameName } from '../../core/registry/field-name.ts';

/** A docker config as Go's decoder sees it. */
export interface Decoded {
  readonly value: unknown;
  /** Values that a repeated key overrides, each as a separate docker config. The kubelet may refuse the file for them. */
  readonly dropped: readonly unknown[];
}

/** JSON.parse for a docker config, with repeated keys read as the kubelet reads them. Throws SyntaxError. */
export function decodeDockerConfig(text: string, reviver?: Parameters<typeof JSON.parse>[1]): Decoded {
  const value: unknown = JSON.parse(text, reviver); // decides what is valid JSON: the parser below is lenient
  const folded = foldRepeatedKeys(text);
  if (folded === undefined) return { value, dropped: [] };
  const inner = folded.dropped.map((config) => decodeDockerConfig(config)); // these may have repeated keys, too
  return {
    value: JSON.parse(folded.text, reviver),
    dropped: inner.flatMap((config) => [config.value, ...config.dropped]),
  };
}

/** What Go decodes into: a struct, a map, or a string. It skips everything else. */
type Shape = { readonly fields: Readonly<Record<string, Shape>> } | { readonly each: Shape } | 'string';

const ENTRY: Shape = { fields: { username: 'string', password: 'string', email: 'string', auth: 'string' } };
const CONFIG: Shape = { fields: { auths: { each: ENTRY }, HttpHeaders: { each: 'string' } } };

/** A text with each key that the kubelet knows only once, and docker configs of the overridden values. */
interface Folded {
  readonly text: string;
  readonly dropped: readonly string[];
}

/**
 * Folds repeated keys as Go's decoder does; in JSON.parse the last one wins. Two `auths` are merged into one map, of two
 * entries for a registry the last one counts, of two values of a field the last that is not null. Case is ignored where Go
 * ignores it. Expects valid JSON; undefined when no key is repeated.
 */
function foldRepeatedKeys(text: string): Folded | undefined {
  const root = parseTree(text);
  if (root === undefined || !repeats(root, CONFIG)) return undefined;
  const dropped: string[] = [];
  const raw = ({ offset, length }: Node) => text.slice(offset, offset + length);

  /** Folds the values of one key, in their order. */
  const fold = (values: readonly Node[], shape: Shape | undefined, path: readonly string[]): string => {
    const { kept, passed } = survivors(values, shape);
    for (const node of passed) {
      const seen = shape === 'string' && node.type === 'string' ? '""' : raw(node); // Go decodes only the last one
      dropped.push(path.reduceRight((inner, key) => `{${JSON.stringify(key)}:${inner}}`, seen));
    }
    const [only] = kept;
    if (only === undefined) return 'null';
    if (shape === undefined || only.type !== 'object') return raw(only);
    const members = [...byKey(kept.flatMap(membersOf), shape)].map(
      ([key, nodes]) => `${JSON.stringify(key)}:${fold(nodes, shapeOf(shape, key), [...path, key])}`,
    );
    return `{${members.join(',')}}`;
  };
  return { text: fold([root], CONFIG, []), dropped };
}

/** Which values of one key Go keeps. Only maps are merged, and a null clears them. */
function survivors(values: readonly Node[], shape: Shape | undefined): { kept: Node[]; passed: Node[] } {
  const isNull = ({ type }: Node) => type === 'null';
  if (isMap(shape)) {
    const since = values.slice(values.findLastIndex(isNull) + 1);
    const objects = since.filter(({ type }) => type === 'object');
    const kept = objects.length > 0 ? objects : values.slice(-1);
    return { kept, passed: values.filter((value) => !kept.includes(value)) };
  }
  const last = (shape === 'string' ? values.findLast((value) => !isNull(value)) : undefined) ?? values.at(-1);
  return {
    kept: last === undefined ? [] : [last],
    passed: shape === undefined ? [] : values.filter((value) => value !== last),
  };
}

/** The values of each key, under the first of its spellings. */
function byKey(members: readonly Member[], shape: Shape | undefined): Map<string, Node[]> {
  const nodes = new Map<string, Node[]>();
  for (const { key, value } of members) {
    const field = fieldOf(shape, key);
    const same = field === undefined ? key : ([...nodes.keys()].find((other) => sameName(other, field)) ?? key);
    const before = nodes.get(same);
    if (before === undefined) nodes.set(same, [value]);
    else before.push(value);
  }
  return nodes;
}

function repeats(node: Node, shape: Shape | undefined): boolean {
  if (shape === undefined) return false;
  const members = membersOf(node);
  if (byKey(members, shape).size < members.length) return true;
  return members.some(({ key, value }) => repeats(value, shapeOf(shape, key)));
}

interface Member {
  readonly key: string;
  readonly value: Node;
}

function membersOf({ type, children = [] }: Node): Member[] {
  if (type !== 'object') return [];
  return children.flatMap(({ children: [key, value] = [] }) =>
    key === undefined || value === undefined ? [] : [{ key: String(key.value), value }],
  );
}

function isMap(shape: Shape | undefined): shape is { readonly each: Shape } {
  return typeof shape === 'object' && 'each' in shape;
}

function fieldOf(shape: Shape | undefined, key: string): string | undefined {
  if (typeof shape !== 'object' || !('fields' in shape)) return undefined;
  return Object.keys(shape.fields).find((field) => sameName(key, field));
}

function shapeOf(shape: Shape | undefined, key: string): Shape | undefined {
  if (typeof shape !== 'object') return undefined;
  if ('each' in shape) return shape.each;
  const field = fieldOf(shape, key);
  return field === undefined ? undefined : shape.fields[field];
}
