import * as v from 'valibot';
import { KindGcrError } from '../../errors.ts';
import { redact } from '../../redact.ts';
import { type Exec, type ExecResult, MAX_JSON_OUTPUT } from '../../system/exec.ts';
import { type AccessToken, accessToken, type CredentialSource } from '../access-token.ts';

/** gcloud starts slowly (0.6 s warm, seconds from a cold disk) and may have to ask Google; this is when we stop waiting. */
const TIME_LIMIT = 60_000;

/** The most that gcloud takes for `--min-expiry`: a token lives no longer than that. */
const LONGEST_MIN_EXPIRY = 3600;

// A property that is missing, or of another shape, is not worth a token.
const property = v.fallback(v.optional(v.string()), undefined);
const section = <T extends v.ObjectEntries>(entries: T) => v.fallback(v.optional(v.object(entries)), undefined);

const ConfigHelperSchema = v.object({
  configuration: section({
    properties: section({
      core: section({ account: property }),
      auth: section({
        impersonate_service_account: property,
        access_token_file: property,
        credential_file_override: property,
      }),
    }),
  }),
  credential: v.object({ access_token: v.string(), token_expiry: v.nullish(v.string()) }),
});

/** What the gcloud source needs. */
export interface GcloudOptions {
  readonly exec: Exec;
  /** The program to run: a name looked up on PATH, or a path. */
  readonly program?: string;
}

/** Tokens of the account that gcloud is logged in with (`gcloud config config-helper`). Its settings are gcloud's own. */
export function gcloudSource({ exec, program = 'gcloud' }: GcloudOptions): CredentialSource {
  return {
    description: 'gcloud',
    async getAccessToken({ signal, minLife = 600 } = {}): Promise<AccessToken> {
      const minExpiry = Math.min(Math.max(Math.ceil(minLife), 0), LONGEST_MIN_EXPIRY);
      const ask = () =>
        exec(program, ['config', 'config-helper', '--format=json', `--min-expiry=${minExpiry}s`], {
          timeout: TIME_LIMIT,
          maxOutput: MAX_JSON_OUTPUT,
          signal,
          env: { CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
        });
      let result = await ask();
      // Two gclouds at once can trip over one another's credential store; the second try comes through.
      if (/database is locked/i.test(result.stderr)) result = await ask();
      if (result.ended !== 'exited' || result.exitCode !== 0) throw gcloudFailure(result, program);
      const answer = parseConfigHelper(result.stdout);
      const token = accessToken(answer.credential.access_token, answer.credential.token_expiry, 'gcloud');
      const account = accountOf(answer);
      return account === undefined ? token : { ...token, account };
    },
  };
}

/** The account that the token was issued to; unknown for a credential from outside gcloud's own store, whatever `core.account` is. */
function accountOf({ configuration }: v.InferOutput<typeof ConfigHelperSchema>): string | undefined {
  const { core, auth } = configuration?.properties ?? {};
  if (auth?.access_token_file || auth?.credential_file_override) return undefined;
  const account = auth?.impersonate_service_account?.split(',').at(-1)?.trim() || core?.account?.trim();
  return account !== undefined && /^[^\s@]+@[^\s@]+$/.test(account) ? account : undefined;
}

function parseConfigHelper(stdout: string): v.InferOutput<typeof ConfigHelperSchema> {
  // Some set-ups print a warning before the JSON or behind it: the answer begins with a brace at a line's start.
  const [start, end] = [stdout.search(/^\{/m), stdout.lastIndexOf('}') + 1];
  try {
    return v.parse(ConfigHelperSchema, JSON.parse(stdout.slice(start === -1 ? stdout.indexOf('{') : start, end)));
  } catch {
    throw new KindGcrError(
      'TOKEN_EXCHANGE_FAILED',
      'gcloud config config-helper answered with something else than a credential',
      {
        hint: 'See for yourself: gcloud config config-helper --format=json >/dev/null; then update it: gcloud components update',
      },
    );
  }
}

function gcloudFailure({ ended, stdout, stderr, exitCode }: ExecResult, program: string): KindGcrError {
  if (ended === 'not-found') {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', `gcloud is not installed, or not on PATH (looked for ${program})`, {
      hint: 'Install the Google Cloud CLI, point KINDGCR_GCLOUD at it, or use a key: kindgcr config set keyfile PATH',
    });
  }
  if (ended === 'timed-out') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `gcloud gave no token within ${TIME_LIMIT / 1000} s`, {
      hint: 'Run it by hand to see where it waits: gcloud auth print-access-token >/dev/null',
    });
  }
  if (ended === 'too-much-output') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', 'gcloud printed more than a credential', {
      hint: 'See what it prints: gcloud config config-helper --format=json | wc -c',
    });
  }
  if (ended === 'killed') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', 'gcloud was stopped before it answered', {
      hint: 'Try again. If you did not stop it, look at the free memory of this machine.',
    });
  }
  // The message goes to stdout or stderr, depending on the version.
  const said = `${stderr}\n${stdout}`;
  if (/do not currently have an active account selected|no credentialed accounts/i.test(said)) {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', 'nobody is logged in with gcloud', {
      hint: 'Log in: gcloud auth login',
    });
  }
  // The sentence around it is the same for errors that pass; `invalid_grant` alone is Google's final no.
  if (/invalid_grant|reauth/i.test(said)) {
    return new KindGcrError('CREDENTIAL_INVALID', `gcloud's login is no longer accepted${firstError(said)}`, {
      hint: 'Log in again: gcloud auth login',
    });
  }
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `gcloud failed with exit code ${exitCode}${firstError(said)}`, {
    hint: 'See the whole message: gcloud config config-helper --format=json >/dev/null',
  });
}

function firstError(said: string): string {
  const line = said.split('\n').find((text) => /^ERROR|error/i.test(text)) ?? '';
  const message = redact(line.replace(/^ERROR:\s*(\([\w.-]+\)\s*)?/, '').trim()).slice(0, 300);
  return message === '' ? '' : `: ${message}`;
}
