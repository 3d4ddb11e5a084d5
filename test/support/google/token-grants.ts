import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { GoogleAccounts } from './google-accounts.ts';

/** The accepted audiences of a signed request; Google still accepts the older two. */
const AUDIENCES = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
];

/** Seconds that a request's `iat` may be in the future before it is rejected. */
const CLOCK_SKEW = 300;

/** Seconds: the longest lifetime of a signed request. */
const LONGEST_ASSERTION = 3600;

/** The account and scopes of a token. */
export interface TokenGrant {
  readonly account: string;
  readonly scopes: readonly string[];
}

/** An error response as of RFC 6749, section 5.2. */
export interface Refusal {
  readonly error: string;
  readonly error_description: string;
}

/** The result of a token request. */
export type Grant = TokenGrant | { readonly id_token: string } | Refusal;

/** Checks the form that a client posted to the token endpoint; `now` in seconds since 1970. */
export function grantOf(form: URLSearchParams, accounts: GoogleAccounts, now: number): Grant {
  const grantType = form.get('grant_type') ?? '';
  if (grantType === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
    return grantAssertion(form.get('assertion') ?? '', accounts, now);
  }
  if (grantType === 'refresh_token') return grantRefresh(form, accounts);
  return refusal('unsupported_grant_type', `Invalid grant_type: ${grantType}`);
}

/** RFC 7523: a JWT signed with a service account's key. */
function grantAssertion(assertion: string, accounts: GoogleAccounts, now: number): Grant {
  const jwt = parseJwt(assertion);
  if (jwt === undefined) return refusal('invalid_grant', 'Bad Request');
  const { header, claims, signed, signature } = jwt;
  const account = typeof claims.iss === 'string' ? claims.iss : '';
  const keys = accounts.publicKeys(account);
  if (keys === undefined) return refusal('invalid_grant', 'Invalid grant: account not found');
  const named = typeof header.kid === 'string' ? keys.get(header.kid) : undefined;
  const candidates = header.kid === undefined ? [...keys.values()] : named === undefined ? [] : [named];
  const isSigned = (key: KeyObject) => verify('RSA-SHA256', Buffer.from(signed), key, signature);
  if (header.alg !== 'RS256' || !candidates.some(isSigned)) {
    return refusal('invalid_grant', 'Invalid JWT Signature.');
  }
  if (typeof claims.aud !== 'string' || !AUDIENCES.includes(claims.aud)) {
    return refusal('invalid_grant', 'Invalid JWT: Failed audience check.');
  }
  const { iat, exp } = claims;
  const isTimely =
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    iat <= now + CLOCK_SKEW &&
    exp > now &&
    exp > iat &&
    exp - iat <= LONGEST_ASSERTION + CLOCK_SKEW;
  if (!isTimely) {
    return refusal(
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
        'Check your iat and exp values in the JWT claim.',
    );
  }
  if (typeof claims.target_audience === 'string') {
    return { id_token: idToken({ account, audience: claims.target_audience, now }) };
  }
  const scopes = words(claims.scope);
  if (scopes.length === 0) {
    return refusal('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
  }
  return { account, scopes };
}

/** RFC 6749, section 6: a user's login. */
function grantRefresh(form: URLSearchParams, accounts: GoogleAccounts): Grant {
  const account = accounts.userOf({
    refreshToken: form.get('refresh_token') ?? '',
    clientId: form.get('client_id') ?? '',
    clientSecret: form.get('client_secret') ?? '',
  });
  if (account === undefined) return refusal('invalid_grant', 'Token has been expired or revoked.');
  const asked = words(form.get('scope'));
  return { account, scopes: asked.length > 0 ? asked : ['https://www.googleapis.com/auth/cloud-platform'] };
}

function refusal(error: string, error_description: string): Refusal {
  return { error, error_description };
}

function words(value: unknown): string[] {
  return typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : [];
}

function parseJwt(assertion: string) {
  const [head = '', body = '', tail = '', ...more] = assertion.split('.');
  const header = parseObject(head);
  const claims = parseObject(body);
  if (header === undefined || claims === undefined || tail === '' || more.length > 0) return undefined;
  return { header, claims, signed: `${head}.${body}`, signature: Buffer.from(tail, 'base64url') };
}

function parseObject(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** gcloud requests one with each access token, and breaks when the answer is not a JWT. */
function idToken({ account, audience, now }: { account: string; audience: string; now: number }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(now);
  const head = part({ alg: 'RS256', kid: 'stand-in', typ: 'JWT' });
  const body = part({ iss: 'https://accounts.google.com', aud: audience, email: account, iat, exp: iat + 3600 });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return `${head}.${body}.${sign('RSA-SHA256', Buffer.from(`${head}.${body}`), privateKey).toString('base64url')}`;
}
