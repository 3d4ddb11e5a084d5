import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What processes showed to everybody who may look into /proc. */
export interface ProcessWatch {
  /** Each command line and each environment that was seen. */
  readonly seen: ReadonlySet<string>;
  stop(): void;
}

/** Milliseconds between two looks; a process that is shorter still is looked for by chance. */
const PAUSE = 4;

/** Looks again and again at all processes of the machine that `isOurs` says yes to, by pid namespace and environment. */
export function watchProcesses(isOurs: (process: { pidNamespace: string; environ: string }) => boolean): ProcessWatch {
  const seen = new Set<string>();
  const known = new Map<string, string>();
  const look = () => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        const cmdline = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        if (known.get(pid) === cmdline) continue;
        const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
        const pidNamespace = readlinkSync(`/proc/${pid}/ns/pid`);
        known.set(pid, cmdline);
        if (isOurs({ pidNamespace, environ })) seen.add(cmdline).add(environ);
      } catch {
        // It exited meanwhile.
      }
    }
  };
  const timer = setInterval(look, PAUSE);
  return { seen, stop: () => clearInterval(timer) };
}
