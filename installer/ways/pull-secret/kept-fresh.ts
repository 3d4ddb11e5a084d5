import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { fileFailure, KindGcrError, systemErrorCode } from '../../../core/errors.ts';
import { TimestampSchema } from '../../../core/registry/registry-login.ts';
import { makePrivateFolder } from '../../../core/system/make-private-folder.ts';
import { replaceFile } from '../../../core/system/replace-file.ts';
import { settingsFolder, type User } from '../../../core/system/user-folders.ts';
import { whileLocked } from '../../host/user-file-lock.ts';

const KeptSecretSchema = v.object({
  /** `KUBECONFIG` at the time; missing for kubectl's default. */
  kubeconfig: v.optional(v.string()),
  context: v.string(),
  namespace: v.string(),
  name: v.string(),
  serviceAccounts: v.array(v.string()),
  /** Google's registries; none in a secret that was made without a Google credential. */
  registries: v.array(v.string()),
  /** The registries whose logins come from the user's Docker, or `all`. */
  fromDocker: v.optional(v.array(v.string())),
  expiresAt: TimestampSchema,
  /** When it should be renewed. */
  renewAt: TimestampSchema,
});

const FileSchema = v.object({ version: v.literal(1), secrets: v.array(KeptSecretSchema) });

/** An applied pull secret that is renewed by `kindgcr watch`. Holds no login. */
export type KeptSecret = v.InferOutput<typeof KeptSecretSchema>;

/** The file that lists them. */
function keptSecretsFile(user: User): string {
  return join(settingsFolder(user), 'pull-secrets.json');
}

/** Reads the list of applied secrets; no file is an empty list. Throws CONFIG_INVALID. */
export async function readKeptSecrets(user: User): Promise<readonly KeptSecret[]> {
  const path = keptSecretsFile(user);
  try {
    return v.parse(FileSchema, JSON.parse(await readFile(path, 'utf8'))).secrets;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw new KindGcrError('CONFIG_INVALID', `${path} does not list pull secrets`, {
      hint: `Remove it, then apply your secrets again: rm ${path}`,
      cause: error,
    });
  }
}

/** Adds secrets to the list; replaces those with the same place. Throws FILE_FAILED. */
export async function keepSecrets(secrets: readonly KeptSecret[], user: User): Promise<void> {
  await change(user, (kept) => [...kept.filter((one) => !secrets.some((other) => sameSecret(one, other))), ...secrets]);
}

/** Updates secrets that are still remembered: one may have been removed while it was renewed. Throws FILE_FAILED, BUSY. */
export async function updateSecrets(secrets: readonly KeptSecret[], user: User): Promise<void> {
  await change(user, (kept) => kept.map((one) => secrets.find((other) => sameSecret(one, other)) ?? one));
}

/** Removes secrets from the list. Throws FILE_FAILED. */
export async function forgetSecrets(isGone: (secret: KeptSecret) => boolean, user: User): Promise<void> {
  await change(user, (kept) => kept.filter((one) => !isGone(one)));
}

function sameSecret(one: KeptSecret, other: KeptSecret): boolean {
  const place = ({ kubeconfig, context, namespace, name }: KeptSecret) => [kubeconfig, context, namespace, name];
  return isDeepStrictEqual(place(one), place(other));
}

async function change(user: User, change: (kept: readonly KeptSecret[]) => readonly KeptSecret[]): Promise<void> {
  const path = keptSecretsFile(user);
  await whileLocked([path], user, () => rewrite(path, user, change));
}

async function rewrite(
  path: string,
  user: User,
  change: (kept: readonly KeptSecret[]) => readonly KeptSecret[],
): Promise<void> {
  const before = await readKeptSecrets(user);
  const secrets = change(before);
  if (isDeepStrictEqual(secrets, before)) return;
  try {
    if (secrets.length === 0) return await rm(path, { force: true });
    await makePrivateFolder(dirname(path));
    await replaceFile(path, `${JSON.stringify({ version: 1, secrets }, undefined, 2)}\n`, {
      mode: 0o600,
      ofUser: true,
    });
  } catch (error) {
    throw fileFailure(path, 'written', error, { hint: `ls -ld ${dirname(path)}` });
  }
}
