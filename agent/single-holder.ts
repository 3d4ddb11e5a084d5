import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { KindGcrError, systemErrorCode } from '../core/errors.ts';

/** Milliseconds between two looks at a lock that somebody holds. */
const LOOK_AGAIN = 50;

/** What only one process of a node may do at a time: one pass, and being the daemon. */
export type Purpose = 'pass' | 'daemon';

/**
 * Takes a lock of the node whose root folder is `root` and returns what releases it; undefined when another process holds
 * it and does not let go within `patience` milliseconds. It is a socket in Linux's abstract namespace: the kernel takes it
 * away with its holder, however that ends, it leaves no file behind, and no clock has a say in it.
 */
async function takeLock(
  root: string,
  purpose: Purpose,
  patience: number,
  signal?: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const name = `\0kindgcr-agent/${createHash('sha256').update(root).digest('hex').slice(0, 16)}/${purpose}`;
  const start = performance.now();
  for (;;) {
    const release = await listenOn(name);
    if (release !== undefined) return release;
    if (performance.now() - start >= patience) return undefined;
    await sleep(LOOK_AGAIN, undefined, signal && { signal });
  }
}

/** Does some work while holding a lock. Throws BUSY when the lock can't be had within `patience` milliseconds. */
export async function whileHolding<T>(
  root: string,
  purpose: Purpose,
  patience: number,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const release = await takeLock(root, purpose, patience, signal);
  if (release === undefined) throw busy(purpose);
  try {
    return await work();
  } finally {
    await release();
  }
}

function busy(purpose: Purpose): KindGcrError {
  return purpose === 'daemon'
    ? new KindGcrError('BUSY', 'a kindgcr-agent is already running on this node', {
        hint: 'Stop it first: systemctl stop kindgcr-agent.service',
      })
    : new KindGcrError('BUSY', 'another kindgcr-agent is at work on this node and did not finish', {
        hint: 'Try again in a minute; see what it does: journalctl -u kindgcr-agent.service -n 20',
      });
}

function listenOn(path: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (systemErrorCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen({ path }, () => resolve(() => new Promise((released) => server.close(() => released()))));
  });
}
