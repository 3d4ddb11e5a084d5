import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import type { ContainerEngine } from './container-engine.ts';

/** kind's labels on its containers; the same on every engine. */
export const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';

const InspectedSchema = v.array(
  v.object({
    Id: v.string(),
    Name: v.string(),
    State: v.object({ Running: v.boolean(), StartedAt: v.optional(v.string(), '') }),
    Config: v.object({ Labels: v.nullish(v.record(v.string(), v.string())) }),
  }),
);

/** A container that kind has made: a node, or the load balancer of an HA cluster. */
export interface KindContainer {
  readonly name: string;
  readonly cluster: string;
  /** Whether a kubelet runs in it: a control plane or a worker. */
  readonly isNode: boolean;
  readonly running: boolean;
  /** When it was started last. */
  readonly startedAt: Date;
  /** Another one when the container is made anew or started again. */
  readonly life: string;
}

/** Milliseconds that an engine may take for its list. */
const ANSWER_TIME = 30_000;

/** All containers of kind's on this engine, or of one cluster. Throws ENGINE_NOT_FOUND when the engine does not answer. */
export async function kindContainers(engine: ContainerEngine, cluster?: string): Promise<readonly KindContainer[]> {
  const label = cluster === undefined ? CLUSTER_LABEL : `${CLUSTER_LABEL}=${cluster}`;
  const ids = (await ask(engine, ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`]))
    .split('\n')
    .filter((line) => line !== '');
  const found = (await inspect(engine, ids)).map(({ Id, Name, State, Config }): KindContainer => {
    const startedAt = new Date(State.StartedAt);
    return {
      name: Name.replace(/^\//, ''),
      cluster: Config.Labels?.[CLUSTER_LABEL] ?? '',
      isNode: ['control-plane', 'worker'].includes(Config.Labels?.[ROLE_LABEL] ?? ''),
      running: State.Running,
      startedAt: Number.isNaN(startedAt.getTime()) ? new Date(0) : startedAt,
      life: `${Id} ${State.StartedAt}`,
    };
  });
  return cluster === undefined ? found : found.filter((one) => one.cluster === cluster);
}

async function inspect(
  engine: ContainerEngine,
  ids: readonly string[],
): Promise<v.InferOutput<typeof InspectedSchema>> {
  if (ids.length === 0) return [];
  const result = await engine.run(['inspect', ...ids], { timeout: ANSWER_TIME });
  // One that has gone since the list was made fails the whole call, and the others are printed nevertheless.
  const parsed = v.safeParse(InspectedSchema, parseJson(result.stdout));
  if (parsed.success) return parsed.output;
  throw noAnswer(engine, 'inspect', result.stderr);
}

async function ask(engine: ContainerEngine, args: readonly string[]): Promise<string> {
  const result = await engine.run(args, { timeout: ANSWER_TIME });
  if (result.exitCode === 0) return result.stdout;
  throw noAnswer(engine, args[0] ?? '', result.stderr);
}

function noAnswer({ name }: ContainerEngine, command: string, stderr: string): KindGcrError {
  const said = stderr.trim().split('\n')[0] ?? '';
  return new KindGcrError('ENGINE_NOT_FOUND', `${name} ${command} failed${said === '' ? '' : `: ${said}`}`, {
    hint: `Try it by hand: ${name} ps --all`,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
