import type { Logger } from '../core/log.ts';
import type { Exec } from '../core/system/exec.ts';
import type { FollowLines } from '../core/system/follow-lines.ts';
import type { Foreground } from '../core/system/foreground.ts';
import type { User } from '../core/system/user-folders.ts';
import type { Terminal } from './cli/terminal.ts';

/** What a command needs from the outside. */
export interface CommandContext {
  readonly user: User;
  /** Runs a program and waits for it to exit. */
  readonly exec: Exec;
  /** Runs a program on the user's terminal. */
  readonly foreground: Foreground;
  /** Runs a program and yields its output line by line. */
  readonly followLines: FollowLines;
  /** Reads all of stdin. */
  readonly stdin: () => Promise<string>;
  /** Prints to stdout. */
  readonly out: (text: string) => void;
  /** Logs progress and warnings. */
  readonly log: Logger;
  /** The log of a long-running command: with timestamps when stdout is no terminal. */
  readonly lastingLog: () => Promise<Logger>;
  /** The user's terminal. */
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Does work that a second Ctrl-C would leave half done; `leftover` is then printed and says what to do. */
  whileHalfDone<T>(leftover: string, work: () => Promise<T>): Promise<T>;
  readonly now: () => Date;
  /** The command that starts this program again: its path, or node and the script. */
  readonly command: readonly string[];
  /** The folder of the running program. */
  readonly programFolder: string;
  /** Folders that may contain the agent's executables, in order of preference. */
  readonly agentFolders: readonly string[];
}
