import * as v from 'valibot';
import type { FollowLines } from '../../core/system/follow-lines.ts';
import { CLUSTER_LABEL } from '../kind/containers.ts';

/** What a container went through, when that is a reason to look at the nodes again. */
const NEWS: readonly string[] = ['start', 'restart', 'unpause'];

/** Docker says `Action`, podman and nerdctl `Status`; docker's labels are in `Actor`, podman's beside it. */
const EventSchema = v.object({
  Action: v.optional(v.string()),
  Status: v.optional(v.string()),
  status: v.optional(v.string()),
  Actor: v.optional(v.object({ Attributes: v.optional(v.record(v.string(), v.unknown())) })),
  Attributes: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
});

/** Yields whenever a container of kind's starts, beginning with those since `since`, until the engine ends the stream or the signal does. */
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

/** The command that tells an engine's events, one JSON object a line. nerdctl knows no filter by label, and no past. */
function eventsCommand(engine: string, since: Date): readonly string[] {
  const format = ['--format', engine === 'podman' ? 'json' : '{{json .}}'];
  if (!/^(docker|podman)$/.test(engine)) return ['events', ...format];
  const past = ['--since', String(Math.floor(since.getTime() / 1000))];
  return ['events', '--filter', 'type=container', '--filter', `label=${CLUSTER_LABEL}`, ...past, ...format];
}

/** Whether a line of `events` tells that a kind node may have started. What can't be read is no news. */
function isNews(line: string): boolean {
  const event = v.safeParse(v.pipe(v.string(), v.parseJson(), EventSchema), line);
  if (!event.success) return false;
  const { Action, Status, status, Actor, Attributes } = event.output;
  if (!NEWS.includes((Action ?? Status ?? status ?? '').toLowerCase())) return false;
  const labels = Actor?.Attributes ?? Attributes ?? undefined;
  return labels === undefined || CLUSTER_LABEL in labels;
}
