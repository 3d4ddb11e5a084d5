import { oneLine } from './one-line.ts';

/** Every way the programs can fail. Scripts branch on the numbers: add, never renumber. */
export const EXIT_CODES = {
  /** Wrong flags or arguments. */
  USAGE: 2,
  /** No credential found: no gcloud, not logged in, no key file. */
  CREDENTIAL_NOT_FOUND: 3,
  /** A credential that can't work: not a key, revoked, permanently refused by Google. */
  CREDENTIAL_INVALID: 3,
  /** Google or gcloud returned no token; a retry may succeed. */
  TOKEN_EXCHANGE_FAILED: 4,
  /** No container engine, or it doesn't respond. */
  ENGINE_NOT_FOUND: 5,
  /** No kind on PATH. */
  KIND_NOT_FOUND: 5,
  /** No such cluster, or no running node in it. */
  NODE_NOT_FOUND: 6,
  /** A step inside a node failed. */
  NODE_FAILED: 7,
  /** An invalid config file. */
  CONFIG_INVALID: 8,
  /** A file or folder that can't be read or written. */
  FILE_FAILED: 9,
  /** Another process holds the lock that this one needs. */
  BUSY: 10,
  /** No service manager (systemd, launchd), or it refused. */
  SERVICE_FAILED: 11,
  /** kubectl is missing, or the cluster refused the request. */
  KUBERNETES_FAILED: 12,
  /** An image that can't be pulled, or can't be loaded into a node. */
  IMAGE_FAILED: 13,
  /** Interrupted by the user; the code that shells use for SIGINT. */
  INTERRUPTED: 130,
} as const;

/** The closed list of failure codes. */
export type ErrorCode = keyof typeof EXIT_CODES;

/** The parts of an error besides its message. */
export interface ErrorDetails {
  /** An imperative sentence, or a command to paste. */
  readonly hint: string;
  readonly cause?: unknown;
  /** Earliest time for a retry, if the server named one. */
  readonly retryAt?: Date | undefined;
}

/**
 * An expected failure, worded for the user. Anything else that is thrown is a bug. Sentence and hint may quote a server, a
 * node or another program: each is one redacted line without control characters.
 */
export class KindGcrError extends Error {
  override readonly name = 'KindGcrError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryAt: Date | undefined;

  /** By name: the host executable is two bundles, each with a copy of this class, and errors pass from one to the other. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Error[Symbol.hasInstance](value) && (value as Error).name === 'KindGcrError';
  }

  constructor(code: ErrorCode, message: string, { hint, cause, retryAt }: ErrorDetails) {
    super(oneLine(message), cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = oneLine(hint);
    this.retryAt = retryAt;
  }

  /** The process exit code for this failure. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** A program run for the user failed and has already explained itself; pass on its exit code. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  readonly exitCode: number;

  constructor(program: string, exitCode: number) {
    super(`${program} failed with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The code of a system error (`ENOENT`, `EACCES`, …), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** The error for a file or folder that can't be read or written; the hint is a command that shows why. */
export function fileFailure(
  path: string,
  done: 'read' | 'written',
  cause: unknown,
  { what = path, hint = `ls -ld ${path}` }: { readonly what?: string; readonly hint?: string | undefined } = {},
): KindGcrError {
  const code = systemErrorCode(cause) ?? errorMessage(cause);
  return new KindGcrError('FILE_FAILED', `${what} can't be ${done} (${code})`, { hint, cause });
}

/** The message of any thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
