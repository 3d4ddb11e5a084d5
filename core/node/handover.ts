import * as v from 'valibot';
import { RegistryLoginSchema } from '../registry/registry-login.ts';

/** The shape of a handover. */
export const HandoverSchema = v.object({
  version: v.literal(1),
  logins: v.pipe(v.array(RegistryLoginSchema), v.minLength(1)),
});

/** What `kindgcr-agent receive` reads from stdin: logins minted elsewhere, each with its end. */
export type Handover = v.InferOutput<typeof HandoverSchema>;
