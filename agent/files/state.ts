import { rename } from 'node:fs/promises';
import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { FailureSchema, SetAsideSchema } from '../../core/node/status-report.ts';
import { keepDigits } from '../../core/registry/json-numbers.ts';
import { TimestampSchema } from '../../core/registry/registry-login.ts';
import { readStored, writeStored } from './stored-json.ts';

const StateSchema = v.object({
  version: v.literal(1),
  /** Foreign entries of config.json that ours have replaced, with every digit kept. They are secrets. */
  displaced: v.record(v.string(), v.unknown()),
  /** config.json before our first entry; null while it has none of ours. It may hold secrets. */
  before: v.nullable(
    v.object({
      text: v.nullable(v.string()),
      /** Its bytes, where they aren't UTF-8. */
      base64: v.optional(v.string()),
      mode: v.number(),
    }),
  ),
  /** The last config.json that the kubelet could not read. */
  setAside: v.nullable(SetAsideSchema),
  /** Names the credential of the last token. */
  account: v.nullable(v.string()),
  lastSuccessAt: v.nullable(TimestampSchema),
  lastFailure: v.nullable(FailureSchema),
  /** A run of failed attempts; null after a success. `inputs` identifies the config and key that failed. */
  attempts: v.nullable(v.object({ failures: v.number(), nextAttemptAt: TimestampSchema, inputs: v.string() })),
  /** When credentials were last written to config.json. */
  lastWrite: v.nullable(
    v.object({
      boot: v.string(),
      /** Milliseconds of the machine's monotonic clock. */
      awake: v.number(),
      replacedEndsAt: v.nullable(TimestampSchema),
    }),
  ),
  restarts: v.object({
    count: v.number(),
    lastAt: v.nullable(TimestampSchema),
    lastReason: v.nullable(v.string()),
    /** The last attempt, successful or not, on the monotonic clock of `boot`. */
    lastTry: v.nullable(v.object({ boot: v.string(), awake: v.number() })),
    pending: v.nullable(v.string()),
  }),
  /** The owners whose logins config.json may hold; null when the host has not sent a list. */
  owners: v.optional(v.nullable(v.array(v.string())), null),
  /** Until when config.json is left alone, after the kubelet failed to start with ours. */
  leaveAloneUntil: v.nullable(TimestampSchema),
});

/** What the agent remembers between reconciles and over restarts. Losing it never costs credentials. */
export type State = v.InferOutput<typeof StateSchema>;

/** The initial state. */
const FRESH_STATE: State = {
  version: 1,
  displaced: {},
  before: null,
  setAside: null,
  account: null,
  lastSuccessAt: null,
  lastFailure: null,
  attempts: null,
  lastWrite: null,
  restarts: { count: 0, lastAt: null, lastReason: null, lastTry: null, pending: null },
  owners: null,
  leaveAloneUntil: null,
};

/** Reads the state. A broken file counts as missing: a node must not lose its credentials over it. */
export async function readState(path: string): Promise<State> {
  try {
    return (await readStored(path, StateSchema, '', keepDigits)) ?? FRESH_STATE;
  } catch (error) {
    if (error instanceof KindGcrError && error.code === 'CONFIG_INVALID') return FRESH_STATE;
    throw error;
  }
}

/** Reads the state, and moves a broken file aside for inspection. */
export async function loadState(path: string, log: Logger): Promise<State> {
  try {
    return (await readStored(path, StateSchema, '', keepDigits)) ?? FRESH_STATE;
  } catch (error) {
    if (!(error instanceof KindGcrError) || error.code !== 'CONFIG_INVALID') throw error;
    await rename(path, `${path}.broken`);
    log.warn('the state file was broken; starting with an empty one', {
      reason: error.message,
      kept: `${path}.broken`,
    });
    return FRESH_STATE;
  }
}

/** Writes the state, 0600. Throws FILE_FAILED. */
export async function writeState(path: string, state: State): Promise<void> {
  await writeStored(path, state);
}
