import { isJsonObject } from '../docker-config.ts';
import { NEVER } from '../registry-login.ts';

/** How long a login is valid, and when to ask for it again. */
export interface Expiry {
  /** ISO 8601, UTC; NEVER where it isn't known. */
  readonly expiresAt: string;
  /** Where it comes from: `stated` by the secret itself, `usual` for such registries, or `unknown`. */
  readonly known: 'stated' | 'usual' | 'unknown';
}

const HOUR = 3_600_000;

const ECR =
  /^(?:\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.(?:aws|amazonwebservices\.com\.cn))|public\.ecr\.aws)$/;

/** AWS's tokens are valid for 12 hours and its helper renews them half-way, so at least this much is left. */
const ECR_LIFE_LEFT = 6 * HOUR;

/** Whether a host is one of AWS's registries (ECR). */
function isEcr(host: string): boolean {
  return ECR.test(host);
}

/** When a secret expires: as it states itself (a JWT, an ECR token), else as is usual at its registry. */
export function expiryOf(secret: string, { host, now }: { readonly host: string; readonly now: Date }): Expiry {
  const stated = jwtExpiry(secret) ?? (isEcr(host) ? ecrExpiry(secret) : undefined);
  if (stated !== undefined) return { expiresAt: stated.toISOString(), known: 'stated' };
  if (!isEcr(host)) return { expiresAt: NEVER, known: 'unknown' };
  return { expiresAt: new Date(now.getTime() + ECR_LIFE_LEFT).toISOString(), known: 'usual' };
}

/** The `exp` of a JSON web token. */
function jwtExpiry(secret: string): Date | undefined {
  const [, payload] = /^eyJ[\w-]+\.([\w-]+)\.[\w-]*$/.exec(secret) ?? [];
  return payload === undefined ? undefined : dateIn(Buffer.from(payload, 'base64url'), 'exp');
}

/** The `expiration` in a password of ECR, which is JSON in base64. */
function ecrExpiry(secret: string): Date | undefined {
  return dateIn(Buffer.from(secret, 'base64'), 'expiration');
}

function dateIn(json: Buffer, name: string): Date | undefined {
  try {
    const claims: unknown = JSON.parse(json.toString('utf8'));
    const seconds = isJsonObject(claims) ? claims[name] : undefined;
    const date = typeof seconds === 'number' ? new Date(seconds * 1000) : undefined;
    return date === undefined || Number.isNaN(date.getTime()) || date.toISOString() > NEVER ? undefined : date;
  } catch {
    return undefined;
  }
}
