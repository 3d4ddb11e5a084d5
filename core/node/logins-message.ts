import * as v from 'valibot';
import { RegistryLoginSchema } from '../registry/registry-login.ts';

/** The shape of a handover. */
export const LoginsMessageSchema = v.pipe(
  v.object({
    version: v.literal(1),
    logins: v.array(RegistryLoginSchema),
    /** Every owner that the host supplies now: logins of others that it sent before are removed. Without it they stay. */
    owners: v.optional(v.array(v.string())),
  }),
  v.check(({ logins, owners }) => logins.length > 0 || owners !== undefined, 'neither logins nor owners'),
);

/** What `kindgcr-agent receive` reads from stdin: logins minted elsewhere, each with its end. */
export type LoginsMessage = v.InferOutput<typeof LoginsMessageSchema>;
