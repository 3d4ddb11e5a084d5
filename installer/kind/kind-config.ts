import * as v from 'valibot';
import { Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type YAMLMap, YAMLSeq } from 'yaml';
import { KindGcrError } from '../../core/errors.ts';

/** A folder of this machine that a node sees, read-only, as kind's config has it. */
export interface NodeMount {
  readonly hostPath: string;
  readonly containerPath: string;
}

/** A user's kind config. */
export interface KindConfig {
  /** The cluster's name, if the config has one. */
  readonly name: string | undefined;
  /** The mounts that its nodes already have. */
  readonly mounts: readonly NodeMount[];
  /** The config's text with these mounts in every node; comments and unknown keys are kept. */
  withMounts(mounts: readonly NodeMount[]): string;
}

const MountsSchema = v.object({
  nodes: v.array(
    v.object({
      extraMounts: v.optional(v.array(v.object({ hostPath: v.string(), containerPath: v.string() })), []),
    }),
  ),
});

const START = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n';

/**
 * Reads a kind config; without a text, kind's default. `origin` names it in errors. Throws
 * CONFIG_INVALID when it is not YAML or its nodes are not a list; kind validates the rest.
 */
export function parseKindConfig(text: string | undefined, origin: string): KindConfig {
  const whole = text?.trim() ? text : START;
  // kind reads only the first document, and supports "<<".
  const [first = new Document({})] = parseAllDocuments(whole, { merge: true });
  const [problem] = first.errors;
  if (problem !== undefined) throw invalid(origin, `is not YAML: ${problem.message.split('\n')[0]?.replace(/:$/, '')}`);
  const cluster = hasAliases(first) ? new Document(resolved(first, origin), { aliasDuplicateObjects: false }) : first;
  if (!isMap(cluster.contents)) throw invalid(origin, 'is not a kind config: it is not a mapping');
  const nodes = cluster.get('nodes');
  const hasNodes = isSeq(nodes) ? nodes.items.length > 0 : !isNothing(nodes);
  if (hasNodes && !(isSeq(nodes) && nodes.items.every(isMap))) throw invalid(origin, '"nodes" is not a list of nodes');
  return {
    mounts: mountsOf(cluster.toJS()),
    name: nameIn(first) ?? textOf(cluster.get('name', true)),
    withMounts(mounts) {
      if (mounts.length === 0) return whole;
      const copy = cluster.clone();
      // Without nodes, kind creates one control plane.
      if (!hasNodes) copy.set('nodes', copy.createNode([{ role: 'control-plane' }]));
      const list = copy.get('nodes');
      for (const node of isSeq(list) ? list.items : []) if (isMap(node)) addMounts(copy, node, mounts, origin);
      return copy.toString({ lineWidth: 0 });
    },
  };
}

function addMounts(document: Document, node: YAMLMap, mounts: readonly NodeMount[], origin: string): void {
  const present = node.get('extraMounts');
  if (!isNothing(present) && !isSeq(present)) throw invalid(origin, '"extraMounts" is not a list');
  const list = isSeq(present) ? present : new YAMLSeq();
  for (const mount of mounts) list.add(document.createNode({ ...mount, readOnly: true }));
  if (list !== present) node.set('extraMounts', list);
}

function mountsOf(config: unknown): readonly NodeMount[] {
  const read = v.safeParse(MountsSchema, config);
  return read.success ? read.output.nodes.flatMap(({ extraMounts }) => extraMounts) : [];
}

/** The cluster's name in the config, merged by `<<` or not. */
function nameIn(document: Document): string | undefined {
  const name = isMap(document.contents) ? document.contents.get('name', true) : undefined;
  return textOf(isAlias(name) ? name.resolve(document) : name);
}

/** A scalar as kind reads it where it wants text: `name: 1.20` is "1.20", `name: true` is "true"; nothing is undefined. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined;
  const text = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
  return text === '' ? undefined : text;
}

/** With aliases two nodes may share one piece of text, to which a mount would be added twice. */
function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** The config with its aliases resolved; comments are lost. */
function resolved(document: Document, origin: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid(origin, 'has an alias without an anchor', error);
  }
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (isScalar(value) && value.value === null) || isAlias(value);
}

function invalid(origin: string, why: string, cause?: unknown): KindGcrError {
  return new KindGcrError('CONFIG_INVALID', `${origin} ${why}`, {
    hint: "See kind's configuration format: https://kind.sigs.k8s.io/docs/user/configuration/",
    cause,
  });
}
