import * as v from 'valibot';
import { KindGcrError } from '../../errors.ts';
import { type Exec, MAX_JSON_OUTPUT } from '../../system/exec.ts';
import type { User } from '../../system/user-folders.ts';
import { accessToken, type CredentialSource, undatedToken } from '../access-token.ts';
import { checkUniverse } from './credentials-file.ts';
import { GCLOUD_TIME_LIMIT, gcloudFailure } from './gcloud-failure.ts';

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

/** Options of the gcloud source. */
export interface GcloudOptions {
  readonly exec: Exec;
  /** The program to run: a name looked up on PATH, or a path. */
  readonly program?: string;
  /** The user, on whose PATH the program is looked up. */
  readonly user: User;
}

/** Tokens of gcloud's active account (`gcloud config config-helper`). */
export function gcloudSource({ exec, program = 'gcloud', user }: GcloudOptions): CredentialSource {
  return {
    description: 'gcloud',
    async getAccessToken({ signal, minLife = 600 } = {}) {
      const minExpiry = Math.min(Math.max(Math.ceil(minLife), 0), LONGEST_MIN_EXPIRY);
      const ask = () =>
        exec(program, ['config', 'config-helper', '--format=json', `--min-expiry=${minExpiry}s`], {
          timeout: GCLOUD_TIME_LIMIT,
          maxOutput: MAX_JSON_OUTPUT,
          signal,
          env: { CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
        });
      let result = await ask();
      // Two gclouds at once may lock each other out of the credential store; a second attempt succeeds.
      if (/database is locked/i.test(result.stderr)) result = await ask();
      if (result.ended !== 'exited' || result.exitCode !== 0) throw gcloudFailure(result, program, user);
      const answer = parseConfigHelper(result.stdout);
      checkUniverse(answer.configuration?.properties?.core, "gcloud's configuration");
      const { access_token: text, token_expiry: expiry } = answer.credential;
      // gcloud doesn't know the expiry of a token in auth/access_token_file.
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
  // Some installations print a warning before or after the JSON, which starts with a brace at the start of a line.
  const [start, end] = [stdout.search(/^\{/m), stdout.lastIndexOf('}') + 1];
  try {
    return v.parse(ConfigHelperSchema, JSON.parse(stdout.slice(start === -1 ? stdout.indexOf('{') : start, end)));
  } catch {
    throw new KindGcrError('TOKEN_EXCHANGE_FAILED', 'gcloud config config-helper printed no credential', {
      hint: 'See for yourself: gcloud config config-helper --format=json >/dev/null; then update it: gcloud components update',
    });
  }
}
