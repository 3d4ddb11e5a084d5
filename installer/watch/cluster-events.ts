import * as v from 'valibot';
import type { FollowLines } from '../../core/system/follow-lines.ts';
import { CLUSTER_LABEL } from '../kind/container-engine.ts';

/** Container events after which the nodes have to be looked at. */
const NEWS: readonly string[] = ['start', 'restart', 'unpause'];

/** Docker has `Action`, podman and nerdctl `Status`; docker's labels are in `Actor`, podman's at the top level. */
const EventSchema = v.object({
  Action: v.optional(v.string()),
  Status: v.optional(v.string()),
  status: v.optional(v.string()),
  Actor: v.optional(v.object({ Attributes: v.optional(v.record(v.string(), v.unknown())) })),
  Attributes: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
});

/** Yields whenever one of kind's containers starts, from `since` on, until the engine or the signal ends the stream. */
export async function* clusterEvents(
  engine: { readonly name: string },
  {
    followLines,
    signal,
    since,
  }: { readonly followLines: FollowLines; readonly signal: AbortSignal; readonly since: Date },
): AsyncIterable<void> {
  for await (const line of followLines(engine.name, eventsCommand(engine.name, since), signal)) {
    if (isNews(line)) yield;
  }
}

/** The command that streams an engine's events, one JSON object per line. nerdctl has no label filter and no `--since`. */
function eventsCommand(engine: string, since: Date): readonly string[] {
  const format = ['--format', engine === 'podman' ? 'json' : '{{json .}}'];
  if (!/^(docker|podman)$/.test(engine)) return ['events', ...format];
  const past = ['--since', String(Math.floor(since.getTime() / 1000))];
  return ['events', '--filter', 'type=container', '--filter', `label=${CLUSTER_LABEL}`, ...past, ...format];
}

/** Whether an event says that a kind node may have started. A line that can't be parsed does not. */
function isNews(line: string): boolean {
  const event = v.safeParse(v.pipe(v.string(), v.parseJson(), EventSchema), line);
  if (!event.success) return false;
  const { Action, Status, status, Actor, Attributes } = event.output;
  if (!NEWS.includes((Action ?? Status ?? status ?? '').toLowerCase())) return false;
  const labels = Actor?.Attributes ?? Attributes ?? undefined;
  return labels === undefined || CLUSTER_LABEL in labels;
}
