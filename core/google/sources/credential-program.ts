import * as v from 'valibot';
import { KindGcrError } from '../../errors.ts';
import { oneLine, withReason } from '../../one-line.ts';
import { type Exec, MAX_JSON_OUTPUT } from '../../system/exec.ts';
import { readUserFile } from '../../system/read-user-file.ts';
import type { Env } from '../../system/user-folders.ts';

/** A program that prints an identity provider's token (AIP-4117), and what it is asked for. */
export interface CredentialProgram {
  /** `credential_source.executable` of the credentials file. */
  readonly executable: unknown;
  readonly audience: string;
  readonly tokenType: string;
  /** The service account to impersonate, if any. */
  readonly impersonated: string | undefined;
}

const ALLOW = 'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES';

const ExecutableSchema = v.object({
  command: v.pipe(v.string(), v.regex(/\S/)),
  timeout_millis: v.optional(v.pipe(v.number(), v.minValue(5000), v.maxValue(120_000)), 30_000),
  output_file: v.optional(v.pipe(v.string(), v.minLength(1))),
});

const AnswerSchema = v.union([
  v.object({
    success: v.literal(true),
    id_token: v.optional(v.string()),
    saml_response: v.optional(v.string()),
    expiration_time: v.optional(v.number()),
  }),
  v.object({
    success: v.literal(false),
    code: v.optional(v.union([v.string(), v.number()])),
    message: v.optional(v.string(), 'no reason given'),
  }),
]);

/** Runs the program, or takes the token from its `output_file` until that expires. Throws KindGcrError. */
export async function tokenOfProgram(
  { executable, audience, tokenType, impersonated }: CredentialProgram,
  {
    exec,
    env,
    signal,
    path,
  }: { readonly exec: Exec; readonly env: Env; readonly signal: AbortSignal; readonly path: string },
): Promise<string> {
  const settings = v.safeParse(ExecutableSchema, executable);
  if (!settings.success) {
    throw new KindGcrError('CREDENTIAL_INVALID', `credential_source.executable in ${path} is invalid`, {
      hint: 'It needs a command; timeout_millis is optional, from 5000 to 120000.',
    });
  }
  const { command, timeout_millis: timeout, output_file: outputFile } = settings.output;
  const [program = '', ...args] = wordsOf(command);
  if (env[ALLOW] !== '1') {
    throw new KindGcrError(
      'CREDENTIAL_INVALID',
      `${path} takes its token from ${program}, which is not allowed to run`,
      {
        hint: `If you trust that file and that program, allow it: export ${ALLOW}=1`,
      },
    );
  }
  const kept = outputFile === undefined ? undefined : tokenOfFile(outputFile);
  if (kept !== undefined && 'token' in kept) return kept.token;
  const { ended, exitCode, stdout, stderr } = await exec(program, args, {
    timeout,
    maxOutput: MAX_JSON_OUTPUT,
    signal,
    env: {
      GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: audience,
      GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: tokenType,
      GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: '0',
      ...(impersonated === undefined ? {} : { GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: impersonated }),
      ...(outputFile === undefined ? {} : { GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: outputFile }),
    },
  });
  const hint = `Run it yourself to see what it prints, and check credential_source in ${path}`;
  if (ended === 'not-found') {
    const message = `${program}, which ${path} takes its token from, is missing or can't be run`;
    throw new KindGcrError('CREDENTIAL_NOT_FOUND', message, {
      hint: `Install it, or correct credential_source in ${path}`,
    });
  }
  const answer = ended === 'exited' ? tokenIn(stdout) : undefined;
  if (answer !== undefined && 'refusal' in answer)
    throw new KindGcrError('CREDENTIAL_INVALID', `${program} refused to give a token: ${answer.refusal}`, { hint });
  if (answer !== undefined && exitCode === 0) return answer.token;
  const how = {
    exited: exitCode === 0 ? 'printed no valid token' : `failed with exit code ${exitCode}`,
    'timed-out': `gave no token within ${timeout / 1000} s`,
    'too-much-output': 'printed more than a token',
    killed: 'was killed',
  }[ended];
  throw new KindGcrError('TOKEN_EXCHANGE_FAILED', withReason(`${program} ${how}`, exitCode === 0 ? '' : stderr), {
    hint,
  });
}

/** What the program has kept of an earlier run; undefined where there is none, or no file that can be read. */
function tokenOfFile(file: string): ReturnType<typeof tokenIn> {
  try {
    return tokenIn(readUserFile(file).toString('utf8'));
  } catch {
    return undefined; // the program runs instead
  }
}

/** What the program answers; undefined for no such answer, or an expired one. */
function tokenIn(text: string): { readonly token: string } | { readonly refusal: string } | undefined {
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), AnswerSchema), text);
  if (!answer.success) return undefined;
  if (!answer.output.success) {
    const { code, message } = answer.output;
    return { refusal: oneLine(code === undefined ? message : `${message} (${code})`) };
  }
  const { id_token: idToken, saml_response: saml, expiration_time: end } = answer.output;
  const token = idToken ?? saml ?? '';
  return token === '' || (end !== undefined && end * 1000 <= Date.now()) ? undefined : { token };
}

/** Words separated by spaces, some in double quotes, as Google's libraries split a command. */
function wordsOf(command: string): readonly string[] {
  return (command.match(/(?:[^\s"]+|"[^"]*")+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));
}
