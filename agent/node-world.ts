import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../core/log.ts';
import { nodeLayout } from '../core/node/layout.ts';
import { exec } from '../core/system/exec.ts';
import { kubeletService } from './kubelet/service.ts';
import type { Mint, World } from './world.ts';

/** What a node's world takes from the process. */
export interface ThisProcess {
  /** Milliseconds of the machine's monotonic clock. */
  awake(): number;
  readonly mint: Mint;
}

/** The real world of a node whose root folder is `root`. */
export function nodeWorld(root: string, log: Logger, { awake, mint }: ThisProcess): World {
  const layout = nodeLayout(root);
  return {
    layout,
    log,
    now: () => new Date(),
    awake: {
      boot: () =>
        readFile(join(layout.proc, 'sys/kernel/random/boot_id'), 'utf8').then(
          (id) => id.trim(),
          () => 'unknown',
        ),
      now: awake,
    },
    random: Math.random,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal === undefined ? {} : { signal }),
    kubelet: kubeletService(layout, exec),
    mint,
  };
}
