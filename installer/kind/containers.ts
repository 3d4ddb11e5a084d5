import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import { withReason } from '../../core/one-line.ts';
import { CLUSTER_LABEL, type ContainerEngine, LIST_CONTAINERS } from './container-engine.ts';
import type { NodeMount } from './kind-config.ts';

/** kind's label with a container's role; the same on every engine. */
const ROLE_LABEL = 'io.x-k8s.kind.role';

/** The roles of nodes that run a kubelet. The load balancer of an HA cluster runs none. */
const NODE_ROLES: readonly string[] = ['control-plane', 'worker'];

/** Names that container engines allow, which are safe to print and to pass on. */
const CONTAINER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

const InspectedSchema = v.array(
  v.object({
    Id: v.string(),
    Name: v.string(),
    State: v.object({ Running: v.boolean(), StartedAt: v.optional(v.string(), '') }),
    Config: v.object({ Labels: v.nullish(v.record(v.string(), v.string())) }),
    Mounts: v.nullish(v.array(v.object({ Source: v.nullish(v.string(), ''), Destination: v.string() }))),
  }),
);

/** A container of kind's: a node, or the load balancer of an HA cluster. */
export interface KindContainer {
  readonly name: string;
  readonly cluster: string;
  /** Whether a kubelet runs in it: a control plane or a worker. */
  readonly isNode: boolean;
  readonly running: boolean;
  /** When it was started last. */
  readonly startedAt: Date;
  /** Its bind mounts. */
  readonly mounts?: readonly NodeMount[];
  /** Changes when the container is recreated or restarted. */
  readonly life: string;
}

/** Milliseconds that an engine may take to list containers. */
const ANSWER = { timeout: 30_000 } as const;

/** All of kind's containers on this engine, or those of one cluster. Throws ENGINE_NOT_FOUND when the engine does not answer. */
export async function kindContainers(engine: ContainerEngine, cluster?: string): Promise<readonly KindContainer[]> {
  const listed = await engine.exec(LIST_CONTAINERS, ANSWER);
  if (listed.exitCode !== 0) throw noAnswer(engine, 'list containers', listed.stderr);
  const ids = listed.stdout.split('\n').filter((line) => line !== '');
  const found = (await inspect(engine, ids)).map(({ Id, Name, State, Config, Mounts }): KindContainer => {
    const name = Name.replace(/^\//, '');
    const startedAt = new Date(State.StartedAt);
    return {
      name,
      cluster: Config.Labels?.[CLUSTER_LABEL] ?? '',
      isNode: CONTAINER_NAME.test(name) && NODE_ROLES.includes(Config.Labels?.[ROLE_LABEL] ?? ''),
      running: State.Running,
      startedAt: Number.isNaN(startedAt.getTime()) ? new Date(0) : startedAt,
      mounts: (Mounts ?? []).map(({ Source, Destination }) => ({ hostPath: Source, containerPath: Destination })),
      life: `${Id} ${State.StartedAt}`,
    };
  });
  // Engines match filters differently; the labels themselves decide.
  return cluster === undefined ? found : found.filter((one) => one.cluster === cluster);
}

async function inspect(
  engine: ContainerEngine,
  ids: readonly string[],
): Promise<v.InferOutput<typeof InspectedSchema>> {
  if (ids.length === 0) return [];
  const { exitCode, stdout, stderr } = await engine.exec(['inspect', ...ids], ANSWER);
  // A container that was removed meanwhile makes the call fail, but the others are still printed.
  const onlyGone = /no such (object|container)/i.test(stderr);
  if (exitCode !== 0 && !onlyGone) throw noAnswer(engine, 'inspect containers', stderr);
  const containers = v.safeParse(v.pipe(v.string(), v.parseJson(), InspectedSchema), stdout);
  if (containers.success) return containers.output;
  throw noAnswer(engine, 'describe containers in a known format', '');
}

function noAnswer({ name }: ContainerEngine, what: string, stderr: string): KindGcrError {
  return new KindGcrError('ENGINE_NOT_FOUND', withReason(`${name} could not ${what}`, stderr), {
    hint: `Try it yourself: ${name} ps --all`,
  });
}
