import type { Logger } from '../core/log.ts';
import type { Exec } from '../core/system/exec.ts';
import type { FollowLines } from '../core/system/follow-lines.ts';
import type { Foreground } from '../core/system/foreground.ts';
import type { Person } from '../core/system/user-folders.ts';
import type { Terminal } from './cli/terminal.ts';

/** The world that a command acts in. */
export interface CommandContext {
  readonly person: Person;
  /** Runs a program to its end. */
  readonly exec: Exec;
  /** Runs a program that speaks to the person itself. */
  readonly foreground: Foreground;
  /** Runs a program that goes on talking. */
  readonly followLines: FollowLines;
  /** All that is piped in. */
  readonly stdin: () => Promise<string>;
  /** What the command prints on purpose. */
  readonly out: (text: string) => void;
  /** What it tells on the way: progress, warnings. */
  readonly log: Logger;
  /** Where a command that goes on running tells what it does: lines with a time, where nobody sits before a terminal. */
  readonly lastingLog: () => Promise<Logger>;
  /** How to speak to the person. */
  readonly terminal: Terminal;
  /** Aborted when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** Does work that a second Ctrl-C leaves half done; the person is then told so, with what to do, in `leftover`'s words. */
  whileHalfDone<T>(leftover: string, work: () => Promise<T>): Promise<T>;
  readonly now: () => Date;
  /** What starts this very program again: its path, or that of node and its script. */
  readonly command: readonly string[];
  /** The folder of the running program, where its companions lie. */
  readonly programFolder: string;
  /** Where the agents' executables may lie, best first. */
  readonly agentFolders: readonly string[];
}
