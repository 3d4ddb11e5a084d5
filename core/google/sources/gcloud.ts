import * as v from 'valibot';
import { KindGcrError } from '../../errors.ts';
import { errorLine } from '../../one-line.ts';
import { type Exec, type ExecResult, MAX_JSON_OUTPUT } from '../../system/exec.ts';
import { isOnPath } from '../../system/programs-on-path.ts';
import type { Person } from '../../system/user-folders.ts';
import { accessToken, type CredentialSource, undatedToken } from '../access-token.ts';
import { checkUniverse } from './credentials-file.ts';

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
      core: section({ account: property, universe_domain: property }),
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
  /** Whose PATH the program is looked up on. */
  readonly person: Person;
}

/** Tokens of the account that gcloud is logged in with (`gcloud config config-helper`). Its settings are gcloud's own. */
export function gcloudSource({ exec, program = 'gcloud', person }: GcloudOptions): CredentialSource {
  return {
    description: 'gcloud',
    async getAccessToken({ signal, minLife = 600 } = {}) {
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
      if (result.ended !== 'exited' || result.exitCode !== 0) throw gcloudFailure(result, program, person);
      const answer = parseConfigHelper(result.stdout);
      checkUniverse(answer.configuration?.properties?.core, "gcloud's configuration");
      const { access_token: text, token_expiry: expiry } = answer.credential;
      // gcloud doesn't know the expiry of a token that it was given itself (auth/access_token_file).
      const token = expiry ? accessToken(text, expiry, 'gcloud') : undatedToken(text, 'gcloud');
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

function gcloudFailure({ ended, stdout, stderr, exitCode }: ExecResult, program: string, person: Person): KindGcrError {
  // The message goes to stdout or stderr, depending on the version.
  const said = `${stderr}\n${stdout}`;
  // A script whose interpreter is missing fails to start as if it were missing itself.
  if ((ended === 'not-found' && isOnPath([program], person)) || NO_PYTHON.test(said)) {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', `gcloud can't start: it finds no Python that it can use`, {
      hint: 'Install Python 3, or tell gcloud where it is: export CLOUDSDK_PYTHON=/usr/bin/python3; see: gcloud version',
    });
  }
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
  if (/do not currently have an active account selected|no credentialed accounts/i.test(said)) {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', 'gcloud has no account that is logged in', {
      hint: 'Log in: gcloud auth login',
    });
  }
  const [, account] = /account \[([^\]\s]{1,200})\] does not have any valid credentials/i.exec(said) ?? [];
  if (account !== undefined) {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', `gcloud has no credentials for its account ${account}`, {
      hint: `Log in: gcloud auth login ${account}; or choose another account: gcloud config set account ACCOUNT`,
    });
  }
  const line = (errorLine(stderr) || errorLine(stdout)).replace(/^\([\w.-]+\)\s*/, '');
  const reason = line === '' ? '' : `: ${line}`;
  if (/failed to impersonate|PERMISSION_DENIED/i.test(said)) {
    return new KindGcrError('CREDENTIAL_INVALID', `gcloud was refused a token${reason}`, {
      hint: 'See as whom it asks: gcloud config list; and grant that account roles/iam.serviceAccountTokenCreator.',
    });
  }
  // The sentence around it is the same for errors that pass; these words alone are Google's final no.
  if (/invalid_(grant|rapt|client)|rapt_required|unauthorized_client|reauth/i.test(said)) {
    return new KindGcrError('CREDENTIAL_INVALID', `gcloud's login is no longer accepted${reason}`, {
      hint: 'Log in again: gcloud auth login',
    });
  }
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `gcloud failed with exit code ${exitCode}${reason}`, {
    hint: 'See the whole message: gcloud config config-helper --format=json >/dev/null',
  });
}

/** What gcloud's launcher, the shell or env print where there is no Python, or one that is too old. */
const NO_PYTHON =
  /must have python installed|python[\d.]*['’]?: (command )?not found|python[\d.]*['’]?: no such file|requires? python|python[\d. ]+ is not (supported|compatible)/i;
