import * as v from 'valibot';
import { RegistryLoginSchema } from '../registry/registry-login.ts';

/** The schema of the logins that the host sends to a node. */
export const LoginsMessageSchema = v.pipe(
  v.object({
    version: v.literal(1),
    logins: v.array(RegistryLoginSchema),
    /** All owners that the host supplies: earlier logins of other owners are removed. Without it they stay. */
    owners: v.optional(v.array(v.string())),
  }),
  v.check(({ logins, owners }) => logins.length > 0 || owners !== undefined, 'neither logins nor owners'),
);

/** What `kindgcr-agent receive` reads from stdin: logins of the host, each with its expiry. */
export type LoginsMessage = v.InferOutput<typeof LoginsMessageSchema>;
