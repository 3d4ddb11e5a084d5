import * as v from 'valibot';
import type { AccessToken } from '../google/access-token.ts';
import { KUBELET_KEYS, TOKEN_USERNAME } from './google-hosts.ts';

/** ISO 8601 in UTC, as `Date.toISOString` writes it. */
export const TimestampSchema = v.pipe(v.string(), v.isoTimestamp());

/** The schema of a login that one program sends to another. */
export const RegistryLoginSchema = v.object({
  /** Keys of a docker config's `auths`: hosts, with port and path, or globs of hosts; `https://index.docker.io/v1/` for Docker Hub. */
  registries: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[\w*?.:/-]+$/))), v.minLength(1), v.readonly()),
  username: v.pipe(v.string(), v.regex(/^[^:]+$/, 'a username is not empty and has no colon')),
  secret: v.pipe(v.string(), v.minLength(1)),
  expiresAt: TimestampSchema,
  /** Its source, which says which logins belong together: `google`, or `docker:HOST` for each of Docker's. */
  owner: v.pipe(v.string(), v.minLength(1)),
  /** The account, for the status. */
  account: v.optional(v.string()),
  /** Whether the secret can only pull images. Unknown where it is missing. */
  pullOnly: v.optional(v.boolean()),
});

/** A username and secret for a set of registries, valid until `expiresAt` (ISO 8601, UTC). */
export type RegistryLogin = v.InferOutput<typeof RegistryLoginSchema>;

/**
 * Docker Hub's one key. The kubelet turns it into `index.docker.io`, where it looks for images without a host; without the
 * last slash it would never match.
 */
export const HUB_KEY = 'https://index.docker.io/v1/';

/** `expiresAt` of a login that does not expire: the latest possible timestamp. */
export const NEVER = '9999-12-31T23:59:59.999Z';

/** The owner of logins to Google's registries. */
export const GOOGLE_OWNER = 'google';

/** An access token as a login to every Google registry. */
export function googleLogin({ token, expiresAt }: AccessToken): RegistryLogin {
  return {
    registries: KUBELET_KEYS,
    username: TOKEN_USERNAME,
    secret: token,
    expiresAt: expiresAt.toISOString(),
    owner: GOOGLE_OWNER,
  };
}
