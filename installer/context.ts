import type { Logger } from '../core/log.ts';
import type { Exec } from '../core/system/exec.ts';
import type { Person } from '../core/system/user-folders.ts';

/** The world that a command acts in. */
export interface CommandContext {
  readonly person: Person;
  readonly exec: Exec;
  /** What the command prints on purpose. */
  readonly out: (text: string) => void;
  /** What it tells on the way: progress, warnings. */
  readonly log: Logger;
  /** Aborted when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** The folder of the running program, where its companions lie. */
  readonly programFolder: string;
}
