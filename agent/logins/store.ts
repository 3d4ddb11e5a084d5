import { rm } from 'node:fs/promises';
import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { type RegistryLogin, RegistryLoginSchema, TimestampSchema } from '../../core/registry/registry-login.ts';
import { readStored, writeStored } from '../files/stored-json.ts';
import { renewalTime, sameAgainTime } from './renewal-time.ts';

const StoredLoginSchema = v.object({
  login: RegistryLoginSchema,
  obtainedAt: TimestampSchema,
  /** When to renew it: the node requests a new one, or expects one from the host. */
  renewAt: TimestampSchema,
  /** Identifies the config and the key that it was issued with. */
  inputs: v.optional(v.string()),
});

const StoreSchema = v.object({ version: v.literal(1), logins: v.array(StoredLoginSchema) });

/** A login with its renewal times. */
export type StoredLogin = v.InferOutput<typeof StoredLoginSchema>;

/** Reads the logins. A broken file counts as empty, since logins can be fetched again. */
export async function readLogins(path: string): Promise<readonly StoredLogin[]> {
  try {
    return (await readStored(path, StoreSchema, ''))?.logins ?? [];
  } catch (error) {
    if (error instanceof KindGcrError) return [];
    throw error;
  }
}

/** Reads the logins, and removes a broken file so that it is logged only once. */
export async function loadLogins(path: string, log: Logger): Promise<readonly StoredLogin[]> {
  try {
    return (await readStored(path, StoreSchema, ''))?.logins ?? [];
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    if (error.code === 'CONFIG_INVALID') {
      await rm(path);
      log.warn('discarded the stored logins', { reason: error.message });
    }
    return [];
  }
}

/** Writes the logins, 0600. Throws FILE_FAILED. */
export async function writeLogins(path: string, logins: readonly StoredLogin[]): Promise<void> {
  await writeStored(path, { version: 1, logins });
}

/** The store with new logins added: they replace all earlier ones of the same owners. */
export function withNewLogins(
  stored: readonly StoredLogin[],
  fresh: readonly RegistryLogin[],
  { now, random }: { readonly now: Date; readonly random: () => number },
): StoredLogin[] {
  const owners = new Set(fresh.map(({ owner }) => owner));
  const known = (login: RegistryLogin) => stored.find((one) => one.login.secret === login.secret);
  return [
    ...stored.filter(({ login }) => !owners.has(login.owner)),
    ...fresh.map((login): StoredLogin => {
      const again = known(login);
      const end = new Date(login.expiresAt);
      if (again === undefined) {
        return { login, obtainedAt: now.toISOString(), renewAt: renewalTime(now, end, random()).toISOString() };
      }
      const obtainedAt = new Date(Math.min(new Date(again.obtainedAt).getTime(), now.getTime()));
      return { login, obtainedAt: obtainedAt.toISOString(), renewAt: sameAgainTime(now, end).toISOString() };
    }),
  ];
}
