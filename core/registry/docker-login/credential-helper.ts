import { KindGcrError } from '../../errors.ts';
import { errorLine } from '../../one-line.ts';
import { type Exec, type ExecResult, MAX_JSON_OUTPUT } from '../../system/exec.ts';
import { isJsonObject } from '../docker-config.ts';
import { field } from './login-files.ts';

/** What a credential helper has for a registry. */
export interface HelperAnswer {
  readonly username: string;
  readonly secret: string;
}

/** How a helper is asked. */
export interface HelperOptions {
  readonly exec: Exec;
  readonly signal: AbortSignal;
  /** Whether there is a user at the terminal whom the helper may ask to unlock a keychain. */
  readonly attended: boolean;
}

/** Milliseconds that a helper may take in the background, and with a user who may have to unlock a keychain. */
const TIME_LIMIT = 10_000;
const ATTENDED_TIME_LIMIT = 60_000;

/** Docker's own sentence for "no such login". */
const NOT_FOUND = 'credentials not found in native keychain';

/** In the background there must be no prompt: no terminal for pinentry, no display for a window. */
const UNATTENDED_ENV = { GPG_TTY: '', DISPLAY: '', WAYLAND_DISPLAY: '' };

/**
 * Asks one of Docker's credential helpers (`docker-credential-NAME get`) for a login; undefined when it has none. Without
 * a user it runs in its own session, so that it can't prompt. Throws CREDENTIAL_NOT_FOUND when there is no such
 * program, TOKEN_EXCHANGE_FAILED when it fails, hangs or answers with something else.
 */
export async function askHelper(
  helper: string,
  serverURL: string,
  { exec, signal, attended }: HelperOptions,
): Promise<HelperAnswer | undefined> {
  const program = `docker-credential-${helper}`;
  if (!/^[\w.+-]+$/.test(helper)) {
    throw new KindGcrError('CONFIG_INVALID', `${JSON.stringify(helper)} is not the name of a credential helper`, {
      hint: 'Look at credHelpers and credsStore in the docker config.',
    });
  }
  const result = await exec(program, ['get'], {
    input: serverURL,
    signal,
    timeout: attended ? ATTENDED_TIME_LIMIT : TIME_LIMIT,
    maxOutput: MAX_JSON_OUTPUT,
    shielded: !attended,
    ...(attended ? {} : { env: UNATTENDED_ENV }),
  });
  if (result.ended === 'exited' && result.exitCode === 0) return parseAnswer(result.stdout, program, serverURL);
  if (result.ended === 'exited' && result.stdout.trim() === NOT_FOUND) return undefined;
  signal.throwIfAborted();
  throw helperFailure(result, program, serverURL, attended);
}

function parseAnswer(stdout: string, program: string, serverURL: string): HelperAnswer {
  const answer = firstObject(stdout);
  const username = isJsonObject(answer) ? (field(answer, 'Username') ?? '') : undefined;
  const secret = isJsonObject(answer) ? (field(answer, 'Secret') ?? '') : undefined;
  if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${program} answered with something else than a login`, {
    hint: seeForYourself(program, serverURL),
  });
}

/** The first JSON object of a text: Docker's client ignores whatever follows. */
function firstObject(text: string): unknown {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    if (token === '}' && depth <= 0) return parse(text.slice(0, index + 1));
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function helperFailure(
  { ended, exitCode, stdout, stderr }: ExecResult,
  program: string,
  serverURL: string,
  attended: boolean,
): KindGcrError {
  if (ended === 'not-found') {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', `${program} is not installed, or not on PATH`, {
      hint: 'Your docker config names it in credHelpers or credsStore.',
    });
  }
  const hint = seeForYourself(program, serverURL);
  if (ended === 'timed-out') {
    const seconds = (attended ? ATTENDED_TIME_LIMIT : TIME_LIMIT) / 1000;
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${program} gave no login within ${seconds} s`, { hint });
  }
  if (ended === 'too-much-output') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${program} answered with something else than a login`, { hint });
  }
  if (ended === 'killed') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${program} was stopped before it answered`, { hint });
  }
  // By the protocol the error message is on stdout. Text that looks like an answer may hold the secret.
  const reason = errorLine(stdout.includes('{') ? stderr : `${stderr}\n${stdout}`);
  const why = reason === '' ? '' : `: ${reason}`;
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${program} failed with exit code ${exitCode}${why}`, { hint });
}

function seeForYourself(program: string, serverURL: string): string {
  return `Run it by hand: echo ${serverURL} | ${program} get >/dev/null && echo ok`;
}
