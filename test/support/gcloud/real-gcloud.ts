import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { writeSecretFile } from '../files/secret-file.ts';
import type { ServiceAccountKeyFile } from '../google/google-accounts.ts';
import { run } from '../run/run.ts';

/** Where service accounts come from: a token endpoint of this process or, with `labServices`, of another. */
export interface ServiceAccountLogin {
  readonly loopbackUrl: string;
  serviceAccountKey(options: { email: string }): ServiceAccountKeyFile | Promise<ServiceAccountKeyFile>;
}

/** The real gcloud, logged in with a temporary service account at a token endpoint of the test. */
export interface RealGcloud {
  readonly program: string;
  readonly account: string;
  /** The environment with which a program finds this gcloud and no other. */
  readonly env: { readonly PATH: string; readonly CLOUDSDK_CONFIG: string };
}

/** Logs the real gcloud in, with all its state under `dir`; where that can't be done, returns the reason. */
export async function realGcloud(
  google: ServiceAccountLogin,
  dir: string,
  path = process.env.PATH ?? '',
): Promise<RealGcloud | { readonly reason: string }> {
  const program = await onPath('gcloud', path);
  if (program === undefined) return { reason: 'gcloud is not installed' };
  const config = join(dir, 'gcloud-config');
  const env = { PATH: path, CLOUDSDK_CONFIG: config };
  await mkdir(join(config, 'configurations'), { recursive: true, mode: 0o700 });
  await writeFile(
    join(config, 'configurations', 'config_default'),
    '[core]\ndisable_usage_reporting = true\ndisable_prompts = true\n[component_manager]\ndisable_update_check = true\n',
  );
  // gcloud uses the token endpoint named in the key, so a caller only needs to know the folder.
  const account = 'gcloud@kindgcr-test.iam.gserviceaccount.com';
  const key = { ...(await google.serviceAccountKey({ email: account })), token_uri: google.loopbackUrl };
  const keyFile = join(dir, 'gcloud-key.json');
  await writeSecretFile(keyFile, JSON.stringify(key));
  const args = ['auth', 'activate-service-account', `--key-file=${keyFile}`];
  const { exitCode, stderr } = await run(program, args, { env, timeout: 120_000 });
  if (exitCode !== 0) return { reason: `gcloud could not log in: ${stderr.split('\n')[0]}` };
  return { program, account, env };
}

async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const dir of path.split(delimiter).filter((entry) => entry !== '')) {
    const program = join(dir, name);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return undefined;
}
