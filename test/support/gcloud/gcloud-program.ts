// What the fake gcloud runs (see gcloud.ts). Every text, exit code and stream below was recorded from Google
// Cloud SDK 528.0.0 with a token endpoint on the loopback interface.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSecretFile } from '../files/secret-file.ts';
import type { GcloudState } from './gcloud.ts';

/** gcloud refreshes a token on load when less than this is left, whatever `--min-expiry` says: 5 minutes. */
const RENEWS_BELOW = 300_000;

const USAGE = `Usage: gcloud config config-helper [optional flags]
  optional flags may be  --force-auth-refresh | --help | --min-expiry

For detailed information on this command and its flags, run:
  gcloud config config-helper --help
`;

const HOW_TO_LOG_IN = `Please run:

  $ gcloud auth login

to obtain new credentials.

If you have already logged in with a different account, run:

  $ gcloud config set account ACCOUNT

to select an already authenticated account to use.
`;

interface CachedToken {
  readonly access_token: string;
  readonly token_expiry: string | null;
}

/** A message on stderr, with gcloud's prefix. */
class Refusal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

const [stateDir = '.', ...args] = process.argv.slice(2);
appendFileSync(join(stateDir, 'calls'), `${JSON.stringify(args)}\n`);
const state = JSON.parse(readFileSync(join(stateDir, 'state.json'), 'utf8')) as GcloudState;
if (state.delay) await new Promise((resolve) => setTimeout(resolve, state.delay));
if (state.instead) {
  process.stdout.write(state.instead.stdout ?? '');
  process.stderr.write(state.instead.stderr ?? '');
  process.exitCode = state.instead.exitCode ?? 0;
} else {
  try {
    const answer = await gcloud();
    process.stdout.write(state.notice === undefined ? answer : `${state.notice}\n${answer}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`ERROR: (gcloud.${args.slice(0, 2).join('.')}) ${error.message}`);
    process.exitCode = error.exitCode;
  }
}

async function gcloud(): Promise<string> {
  const command = args.filter((word) => !word.startsWith('-')).join(' ');
  if (args[0] === '--version') return 'Google Cloud SDK 528.0.0\nbq 2.1.18\ncore 2025.06.20\n';
  if (command === 'config config-helper') return configHelper();
  if (command === 'auth print-access-token') return `${(await token(0, false)).access_token}\n`;
  throw new Refusal(2, `Invalid choice: '${args[0] ?? ''}'.\n`);
}

async function configHelper(): Promise<string> {
  const { values } = parseArgs({
    args: args.slice(2),
    strict: false,
    options: {
      format: { type: 'string' },
      'min-expiry': { type: 'string' },
      'force-auth-refresh': { type: 'boolean' },
    },
  });
  const minExpiry = values['min-expiry'];
  if (minExpiry !== undefined && values['force-auth-refresh']) {
    const message =
      'argument --force-auth-refresh: At most one of --force-auth-refresh | --min-expiry can be specified.';
    throw new Refusal(2, `${message}\n${USAGE}`);
  }
  const least = minExpiry === undefined ? 0 : milliseconds(String(minExpiry));
  const credential = await token(least, values['force-auth-refresh'] === true);
  const answer = {
    configuration: {
      active_configuration: 'default',
      properties: { core: { account: state.account, disable_usage_reporting: 'True' } },
    },
    credential: {
      access_token: credential.access_token,
      id_token: state.idToken,
      token_expiry: credential.token_expiry,
    },
    sentinels: { config_sentinel: join(stateDir, 'config_sentinel') },
  };
  if (values.format !== 'json') throw new Error('the stand-in speaks JSON only');
  return `${JSON.stringify(answer, undefined, 2)}\n`;
}

/** The cached token if it is valid long enough, otherwise a new one. */
async function token(minExpiry: number, isForced: boolean): Promise<CachedToken> {
  if (state.login === undefined || state.tokenUrl === undefined) {
    throw new Refusal(1, `You do not currently have an active account selected.\n${HOW_TO_LOG_IN}`);
  }
  const cached = JSON.parse(readFileSync(join(stateDir, 'token.json'), 'utf8')) as Partial<CachedToken>;
  const left = new Date(cached.token_expiry ?? 0).getTime() - Date.now();
  if (!isForced && cached.access_token && cached.token_expiry && left >= Math.max(minExpiry, RENEWS_BELOW)) {
    return { access_token: cached.access_token, token_expiry: cached.token_expiry };
  }
  const fresh = await refresh(state.tokenUrl, state.login);
  await writeSecretFile(join(stateDir, 'token.json'), JSON.stringify(fresh));
  return fresh;
}

async function refresh(
  tokenUrl: string,
  { client_id, client_secret, refresh_token }: NonNullable<GcloudState['login']>,
) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id, client_secret, refresh_token });
  const headers = { 'user-agent': 'google-cloud-sdk gcloud/528.0.0 command/gcloud.config.config-helper' };
  const answer = await fetch(tokenUrl, { method: 'POST', body: form, headers })
    .then((response) => response.json() as Promise<Record<string, unknown>>)
    .catch(() => {
      const why = "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))";
      throw new Refusal(1, `There was a problem refreshing your current auth tokens: ${why}\n${HOW_TO_LOG_IN}`);
    });
  const { access_token, expires_in, error, error_description } = answer;
  if (typeof access_token !== 'string') {
    const said = error === undefined ? 'No access token in response.' : `${error}: ${error_description ?? 'None'}`;
    const python = JSON.stringify(answer).replaceAll('"', "'").replaceAll("':'", "': '").replaceAll("','", "', '");
    const problem = `There was a problem refreshing auth tokens for account ${state.account}`;
    throw new Refusal(1, `${problem}: ('${said}', ${python})\n${HOW_TO_LOG_IN}`);
  }
  const end = typeof expires_in === 'number' ? new Date(Date.now() + expires_in * 1000) : undefined;
  return { access_token, token_expiry: end ? `${end.toISOString().slice(0, 19)}Z` : null };
}

/** gcloud's durations: `600s`, `10m`, `1h`; at most an hour here. */
function milliseconds(duration: string): number {
  const [, number = '', unit = 's'] = /^(\d+)([smh]?)$/.exec(duration) ?? [];
  const problem = 'argument --min-expiry:';
  if (number === '') {
    const why = `Failed to parse duration: Duration unit '${duration}' must be preceded by a number`;
    throw new Refusal(2, `${problem} ${why}\n${USAGE}`);
  }
  const value = Number(number) * (unit === 'h' ? 3600_000 : unit === 'm' ? 60_000 : 1000);
  if (value > 3600_000) {
    throw new Refusal(2, `${problem} value must be less than or equal to 1h; received: ${duration}\n${USAGE}`);
  }
  return value;
}
