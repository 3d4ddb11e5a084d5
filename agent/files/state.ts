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
  /** Entries of other hands in config.json that ours stand in for, to the digit. They are secrets. */
  displaced: v.record(v.string(), v.unknown()),
  /** config.json as it was before our entries came in; null while none are in it. It may hold secrets. */
  before: v.nullable(
    v.object({
      text: v.nullable(v.string()),
      /** Its bytes, where they are no UTF-8. */
      base64: v.optional(v.string()),
      mode: v.number(),
    }),
  ),
  /** The last config.json that could not be used as it was. */
  setAside: v.nullable(SetAsideSchema),
  /** Names the credential that the last token came from. */
  account: v.nullable(v.string()),
  lastSuccessAt: v.nullable(TimestampSchema),
  lastFailure: v.nullable(FailureSchema),
  /** A run of failed attempts; null after a success. `inputs` tells what config and key looked like then. */
  attempts: v.nullable(v.object({ failures: v.number(), nextAttemptAt: TimestampSchema, inputs: v.string() })),
  /** The last time that credentials went into config.json. */
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
    /** The last try, successful or not, on the monotonic clock of `boot`. */
    lastTry: v.nullable(v.object({ boot: v.string(), awake: v.number() })),
    pending: v.nullable(v.string()),
  }),
  /** The owners of all logins that config.json may have of ours; null where no host has said so. */
  owners: v.optional(v.nullable(v.array(v.string())), null),
  /** Until when config.json is left alone, after a kubelet that would not start with ours. */
  leaveAloneUntil: v.nullable(TimestampSchema),
});

/** What the agent remembers from pass to pass and over its own restarts. Losing it costs comfort, never credentials. */
export type State = v.InferOutput<typeof StateSchema>;

/** The state of an agent that has done nothing yet. */
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

/** Reads the state; a broken one counts as none, since a node must not lose its credentials over it. */
export async function readState(path: string): Promise<State> {
  try {
    return (await readStored(path, StateSchema, '', keepDigits)) ?? FRESH_STATE;
  } catch (error) {
    if (error instanceof KindGcrError && error.code === 'CONFIG_INVALID') return FRESH_STATE;
    throw error;
  }
}

/** Reads the state and moves a broken one aside, where a person can look at it. */
export async function takeUpState(path: string, log: Logger): Promise<State> {
  try {
    return (await readStored(path, StateSchema, '', keepDigits)) ?? FRESH_STATE;
  } catch (error) {
    if (!(error instanceof KindGcrError) || error.code !== 'CONFIG_INVALID') throw error;
    await rename(path, `${path}.broken`);
    log.warn('the agent starts with an empty memory', { reason: error.message, kept: `${path}.broken` });
    return FRESH_STATE;
  }
}

/** Writes the state, 0600. Throws FILE_FAILED. */
export async function writeState(path: string, state: State): Promise<void> {
  await writeStored(path, state);
}
