import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Misbehaviour, RunningTokenEndpoint } from '../google/token-endpoint.ts';
import type { Access, RegistryFrontDoor } from '../registry/registry-front-door.ts';

/** What a lab's services report about themselves. */
export interface LabFacts {
  readonly port: number;
  /** A proxy that maps Google's names to these services. */
  readonly proxyUrl: string;
  /** Where gcloud can be pointed for tokens; in the services' own network namespace. */
  readonly loopbackUrl: string;
  readonly tokenLife: number;
  readonly requests: number;
  readonly tokensIssued: number;
}

/** Lifetime in seconds of tokens from now on: all of them, or those of one account. */
export interface TokenLife {
  readonly seconds: number;
  readonly account?: string | undefined;
}

/**
 * Accepts queries and commands on a unix socket that only its owner can open: the HTTP path is the command's name and
 * the body is its one argument as JSON. `curl --unix-socket STATE/control.sock http://lab/issued`
 */
export async function startControl(
  socket: string,
  {
    google,
    door,
    port,
    proxyUrl,
  }: { google: RunningTokenEndpoint; door: RegistryFrontDoor; port: number; proxyUrl: string },
): Promise<{ close(): Promise<void> }> {
  const actions: Record<string, (argument: unknown) => unknown> = {
    facts: (): LabFacts => {
      const { loopbackUrl, tokenLife, requests, tokensIssued } = google;
      return { port, proxyUrl, loopbackUrl, tokenLife, requests, tokensIssued };
    },
    issued: () => google.issued,
    accesses: (): readonly Access[] => door.accesses,
    'tokens-in': (text) => google.foundIn(String(text)),
    alive: (token) => google.isValid(String(token)),
    'token-life': (life) => {
      const { seconds, account } = life as TokenLife;
      if (account === undefined) google.tokenLife = seconds;
      else google.lifeOf.set(account, seconds);
    },
    fail: (misbehaviour) => google.fail(misbehaviour as Misbehaviour),
    recover: () => google.recover(),
    revoke: (accountOrKeyId) => google.revoke(String(accountOrKeyId)),
    'revoke-tokens': () => google.revokeTokens(),
    'authorized-user': (account) => google.authorizedUser(account === undefined ? {} : { account: String(account) }),
    'service-account-key': (email) => google.serviceAccountKey(email === undefined ? {} : { email: String(email) }),
  };
  const server = createServer(async (request, response) => {
    const action = actions[(request.url ?? '').slice(1)];
    if (action === undefined) return void response.writeHead(404).end(`one of: ${Object.keys(actions).join(' ')}\n`);
    const body = await text(request);
    const answer = action(body === '' ? undefined : JSON.parse(body)) ?? null;
    response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`);
  });
  await rm(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const mask = process.umask(0o077);
    server.listen(socket, resolve);
    process.umask(mask);
  });
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
