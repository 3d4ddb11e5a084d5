import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { KindGcrError } from '../../core/errors.ts';
import { TimestampSchema } from '../../core/registry/registry-login.ts';
import { makePrivateFolder } from '../../core/system/make-private-folder.ts';
import { replaceFile } from '../../core/system/replace-file.ts';
import { stateFolder, type User } from '../../core/system/user-folders.ts';

const LoginFailureSchema = v.object({
  at: TimestampSchema,
  code: v.string(),
  message: v.string(),
  hint: v.optional(v.string()),
});

/** Why `kindgcr watch` gets no token, and since when. No secret is in it. */
export type LoginFailure = v.InferOutput<typeof LoginFailureSchema>;

function failureFile(user: User): string {
  return join(stateFolder(user), 'login-failure.json');
}

/** What keeps `kindgcr watch` from getting a token now; undefined when nothing does, or when it isn't running. */
export async function readLoginFailure(user: User): Promise<LoginFailure | undefined> {
  const text = await readFile(failureFile(user), 'utf8').catch(() => '');
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), LoginFailureSchema), text);
  return read.success ? read.output : undefined;
}

/** Records a failure for `kindgcr status` and `kindgcr doctor`. Rejects with the system's error. */
export async function writeLoginFailure({ code, message, hint }: KindGcrError, at: Date, user: User): Promise<void> {
  await makePrivateFolder(stateFolder(user));
  const failure: LoginFailure = { at: at.toISOString(), code, message, ...(hint === undefined ? {} : { hint }) };
  await replaceFile(failureFile(user), `${JSON.stringify(failure)}\n`, { mode: 0o600 });
}

/** Removes the record: the login works again, or nothing is watching. Rejects with the system's error. */
export async function clearLoginFailure(user: User): Promise<void> {
  await rm(failureFile(user), { force: true });
}
