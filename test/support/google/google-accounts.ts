import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomInt,
} from 'node:crypto';

/** A service account key file with all the fields that Google writes. */
export interface ServiceAccountKeyFile {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly auth_provider_x509_cert_url: string;
  readonly client_x509_cert_url: string;
  readonly universe_domain: string;
}

/** A user's application default credentials, as `gcloud auth application-default login` writes them. */
export interface AuthorizedUserFile {
  readonly type: 'authorized_user';
  readonly account: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly universe_domain: string;
}

/** The accounts that Google knows: service accounts with their keys, users with their logins. */
export interface GoogleAccounts {
  /** Creates a key for a service account, and the account if it is new; each call creates another key. */
  serviceAccountKey(options?: { email?: string }): ServiceAccountKeyFile;
  /** Adds a key file that an earlier process created. */
  adopt(key: ServiceAccountKeyFile): void;
  /** Logs a user in; each call is another login. */
  authorizedUser(options?: { account?: string }): AuthorizedUserFile;
  /** Deletes an account, one of its keys (by `private_key_id`), or a user's logins. */
  revoke(accountOrKeyId: string): void;
  /** The public keys of a service account by key id; undefined if there is no such account. */
  publicKeys(email: string): ReadonlyMap<string, KeyObject> | undefined;
  /** The account of this login; undefined if there is none, or if it was revoked. */
  userOf(login: {
    readonly refreshToken: string;
    readonly clientId: string;
    readonly clientSecret: string;
  }): string | undefined;
  /** The account of a key file's text, if the key belongs to a known account; otherwise undefined. */
  accountOfKeyFile(text: string): string | undefined;
}

/** Google's accounts, all generated here. */
export function googleAccounts(): GoogleAccounts {
  const keys = new Map<string, Map<string, KeyObject>>();
  const users: AuthorizedUserFile[] = [];
  const adopt = (key: ServiceAccountKeyFile): void => {
    const ofAccount = keys.get(key.client_email) ?? new Map<string, KeyObject>();
    keys.set(key.client_email, ofAccount.set(key.private_key_id, createPublicKey(key.private_key)));
  };
  return {
    adopt,
    serviceAccountKey({ email = 'puller@kindgcr-test.iam.gserviceaccount.com' } = {}) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const key = keyFile(email, privateKey);
      adopt(key);
      return key;
    },
    authorizedUser({ account = 'developer@example.com' } = {}) {
      const user = {
        type: 'authorized_user',
        account,
        client_id: `${digits(12)}-${randomBytes(16).toString('hex')}.apps.googleusercontent.com`,
        client_secret: `GOCSPX-${randomBytes(21).toString('base64url')}`,
        refresh_token: `1//0${randomBytes(75).toString('base64url')}`,
        universe_domain: 'googleapis.com',
      } as const;
      users.push(user);
      return user;
    },
    revoke(accountOrKeyId) {
      keys.delete(accountOrKeyId);
      for (const ofAccount of keys.values()) ofAccount.delete(accountOrKeyId);
      for (const user of users.filter(({ account }) => account === accountOrKeyId))
        users.splice(users.indexOf(user), 1);
    },
    publicKeys: (email) => keys.get(email),
    userOf: ({ refreshToken, clientId, clientSecret }) =>
      users.find(
        (user) =>
          user.refresh_token === refreshToken && user.client_id === clientId && user.client_secret === clientSecret,
      )?.account,
    accountOfKeyFile(text) {
      const key = parseKeyFile(text);
      if (key === undefined) return undefined;
      const known = keys.get(key.client_email)?.get(key.private_key_id);
      return known?.equals(key.publicKey) ? key.client_email : undefined;
    },
  };
}

function keyFile(email: string, privateKey: KeyObject): ServiceAccountKeyFile {
  return {
    type: 'service_account',
    project_id: /@([^.]+)\.iam\./.exec(email)?.[1] ?? 'kindgcr-test',
    private_key_id: randomBytes(20).toString('hex'),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: email,
    client_id: digits(21),
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
    universe_domain: 'googleapis.com',
  };
}

function parseKeyFile(text: string) {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return undefined;
    const { client_email, private_key_id, private_key } = json as Record<string, unknown>;
    if (typeof client_email !== 'string' || typeof private_key_id !== 'string') return undefined;
    if (typeof private_key !== 'string') return undefined;
    return { client_email, private_key_id, publicKey: createPublicKey(createPrivateKey(private_key)) };
  } catch {
    return undefined;
  }
}

function digits(length: number): string {
  return Array.from({ length }, (_, at) => randomInt(at === 0 ? 1 : 0, 10)).join('');
}
