import { text } from 'node:stream/consumers';
import { errorMessage, KindGcrError } from '../../core/errors.ts';
import { googleDockerHost } from '../../core/registry/google-hosts.ts';
import { readAgentConfig } from '../files/agent-config.ts';
import { readLogins } from '../logins/store.ts';
import type { World } from '../world.ts';
import { answer, loginFor, MARGIN, registryOf } from './answer.ts';
import { parseRequest } from './protocol.ts';

/** Milliseconds to wait for a renewal by another process; the kubelet gives up after a minute. */
const LOCK_PATIENCE = 30_000;

/** What a request needs besides the world. */
export interface ServeOptions {
  readonly signal: AbortSignal;
}

/**
 * Answers one request of the kubelet from the stored logins, renewing them first when they are about to expire and the node
 * has a key. Returns what to print. Throws when a login is expected but there is none: the kubelet then logs why, and pulls
 * without.
 */
export async function serveCredentials(
  world: World,
  input: AsyncIterable<Uint8Array>,
  options: ServeOptions,
): Promise<string> {
  const request = parseRequest(await text(input));
  const registry = registryOf(request.image);
  const find = async () => {
    const stored = await readLogins(world.layout.logins);
    return loginFor(
      stored.map(({ login }) => login),
      request.image,
      world.now(),
    );
  };
  let found = await find();
  const isEnding = found === undefined || Date.parse(found.login.expiresAt) - world.now().getTime() < MARGIN;
  if (isEnding && googleDockerHost(registry) !== undefined) {
    const failure = await renewed(world, options);
    found = await find();
    if (found === undefined) throw failure ?? nothing(world.layout.logins);
    if (failure !== undefined) world.log.warn(errorMessage(failure));
  }
  return `${JSON.stringify(answer(request, found, world.now()))}\n`;
}

/** Renews the login of a node that has its own key; returns the failure, if any. */
async function renewed(world: World, { signal }: ServeOptions): Promise<unknown> {
  const { source } = await readAgentConfig(world.layout.agentConfig);
  if (source !== 'keyfile') return undefined;
  // Loaded only when needed: most requests are answered without.
  const [{ reconcile }, { whileLocked }] = await Promise.all([
    import('../reconcile/reconcile.ts'),
    import('../node-lock.ts'),
  ]);
  const work = () => reconcile(world, { insist: true, restart: false, signal });
  return await whileLocked(world.layout, 'reconcile', { patience: LOCK_PATIENCE, signal }, work).then(
    ({ failures }) => failures[0],
    (failure: unknown) => failure,
  );
}

function nothing(path: string): KindGcrError {
  return new KindGcrError('CREDENTIAL_NOT_FOUND', `${path} holds no valid credentials from the host`, {
    hint: 'Run on the host: kindgcr refresh',
  });
}
