import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { AuthorizedUserFile, ServiceAccountKeyFile } from '../google/google-accounts.ts';
import type { IssuedToken } from '../google/issued-tokens.ts';
import type { Misbehaviour } from '../google/token-endpoint.ts';
import type { Access } from '../registry/registry-front-door.ts';
import type { LabFacts, TokenLife } from './lab-control.ts';

/** The services that serve.ts runs, seen from another process. */
export interface LabServices {
  /** Where gcloud can be pointed for tokens; in the services' own network namespace. */
  readonly loopbackUrl: string;
  /** Paths for a client: the CA's certificate and a service account key. */
  readonly caCert: string;
  readonly keyFile: string;
  facts(): Promise<LabFacts>;
  /** All tokens ever issued, without their secrets. */
  issued(): Promise<IssuedToken[]>;
  isValid(token: string): Promise<boolean>;
  /** The numbers of the issued tokens that a text contains, also in base64. */
  tokensIn(text: string): Promise<number[]>;
  /** The requests that the registries received. */
  accesses(): Promise<Access[]>;
  /** Lifetime in seconds of tokens from now on; of one account or of all. */
  setTokenLife(seconds: number, account?: string): Promise<void>;
  fail(misbehaviour: Misbehaviour): Promise<void>;
  recover(): Promise<void>;
  revoke(accountOrKeyId: string): Promise<void>;
  revokeTokens(): Promise<void>;
  authorizedUser(options?: { account?: string }): Promise<AuthorizedUserFile>;
  serviceAccountKey(options?: { email?: string }): Promise<ServiceAccountKeyFile>;
}

/** Connects to the services whose state is in `dir`. Throws when they are not running. */
export async function labServices(dir: string): Promise<LabServices> {
  const socketPath = join(dir, 'control.sock');
  const ask = async (action: string, argument?: unknown): Promise<unknown> => {
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const question = request({ socketPath, path: `/${action}`, method: 'POST' }, async (response) => {
        resolve({ status: response.statusCode ?? 0, body: await text(response) });
      });
      question.once('error', (cause) => reject(new Error(`no services answer at ${socketPath}`, { cause })));
      question.end(argument === undefined ? '' : JSON.stringify(argument));
    });
    if (answer.status !== 200) throw new Error(`${action}: ${answer.body}`);
    // Dates are the only values that JSON lacks here, and these are the only fields with dates.
    return JSON.parse(answer.body, (name, value) =>
      name === 'time' || name === 'issuedAt' || name === 'expiresAt' ? new Date(value) : value,
    );
  };
  const order = async (action: string, argument?: unknown) => void (await ask(action, argument));
  const facts = async () => (await ask('facts')) as LabFacts;
  const { loopbackUrl } = await facts();
  return {
    loopbackUrl,
    caCert: join(dir, 'ca.crt'),
    keyFile: join(dir, 'key.json'),
    facts,
    issued: async () => (await ask('issued')) as IssuedToken[],
    isValid: async (token) => (await ask('alive', token)) === true,
    tokensIn: async (text) => (await ask('tokens-in', text)) as number[],
    accesses: async () => (await ask('accesses')) as Access[],
    setTokenLife: (seconds, account) => order('token-life', { seconds, account } satisfies TokenLife),
    fail: (misbehaviour) => order('fail', misbehaviour),
    recover: () => order('recover'),
    revoke: (accountOrKeyId) => order('revoke', accountOrKeyId),
    revokeTokens: () => order('revoke-tokens'),
    authorizedUser: async ({ account } = {}) => (await ask('authorized-user', account)) as AuthorizedUserFile,
    serviceAccountKey: async ({ email } = {}) => (await ask('service-account-key', email)) as ServiceAccountKeyFile,
  };
}
