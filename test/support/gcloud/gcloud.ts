import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSecretFile } from '../files/secret-file.ts';
import type { AuthorizedUserFile } from '../google/google-accounts.ts';
import { writeStandIn } from '../run/stand-in.ts';

/** Where users log in with gcloud: a token endpoint of this process or, with `labServices`, of another. */
export interface GcloudLogin {
  readonly loopbackUrl: string;
  authorizedUser(options: { account: string }): AuthorizedUserFile | Promise<AuthorizedUserFile>;
}

/** Settings of the fake gcloud. */
export interface GcloudOptions {
  /** The token endpoint of the logged-in user. Without it no user is logged in. */
  readonly google?: GcloudLogin | undefined;
  readonly account?: string;
  /** Delay of the answer in milliseconds. */
  readonly delay?: number;
  /** A line on stdout before the answer, as wrapper scripts print. */
  readonly notice?: string;
  /** Prints this instead of gcloud's output. */
  readonly instead?: { readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number };
}

/** The fake gcloud, written and ready for PATH. */
export interface StandInGcloud {
  /** The folder to put on PATH; it holds an executable `gcloud` and its state. */
  readonly dir: string;
  readonly program: string;
  /** The arguments of each call so far. */
  calls(): Promise<string[][]>;
  /** Changes the settings: logged out, slow, broken, logged in again. Drops the cached token, keeps the list of calls. */
  become(options: GcloudOptions): Promise<void>;
}

/** What gcloud-program.ts reads from its own folder, 0600: it contains a login. */
export interface GcloudState extends Omit<GcloudOptions, 'google'> {
  readonly tokenUrl?: string;
  readonly login?: { readonly client_id: string; readonly client_secret: string; readonly refresh_token: string };
  readonly idToken: string;
}

/** Writes an executable `gcloud` into a folder that answers like version 528, see gcloud-program.ts. */
export async function writeGcloud(dir: string, options: GcloudOptions = {}): Promise<StandInGcloud> {
  const stateDir = join(dir, '.gcloud');
  const program = join(dir, 'gcloud');
  const become = async ({ google, account = 'developer@example.com', ...rest }: GcloudOptions) => {
    const state: GcloudState = {
      ...rest,
      account,
      idToken: ['{"alg":"RS256"}', '{"aud":"32555940559.apps.googleusercontent.com"}', randomBytes(256)]
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.'),
      ...(google === undefined
        ? {}
        : { tokenUrl: google.loopbackUrl, login: await google.authorizedUser({ account }) }),
    };
    await writeSecretFile(join(stateDir, 'state.json'), JSON.stringify(state));
    await writeSecretFile(join(stateDir, 'token.json'), '{}');
  };
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await writeFile(join(stateDir, 'calls'), '');
  await become(options);
  await writeStandIn(program, 'test/support/gcloud/gcloud-program.ts', stateDir);
  return {
    dir,
    program,
    become,
    async calls() {
      const lines = (await readFile(join(stateDir, 'calls'), 'utf8')).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as string[]);
    },
  };
}
