import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../core/log.ts';
import { nodeLayout } from '../core/node/layout.ts';
import { exec } from '../core/system/exec.ts';
import { kubeletService } from './kubelet/service.ts';
import { mintInChild } from './logins/mint-in-child.ts';
import type { World } from './world.ts';

/** What the process knows about itself. */
export interface ThisProcess {
  /** The command that runs this program: its file and its first arguments. */
  readonly command: readonly string[];
  /** Milliseconds of the machine's monotonic clock. */
  awake(): number;
}

/** The real world of a node whose root folder is `root`. */
export function nodeWorld(root: string, log: Logger, { command, awake }: ThisProcess): World {
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
    mint: mintInChild({ command, root, exec }),
  };
}
