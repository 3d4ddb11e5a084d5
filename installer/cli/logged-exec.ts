import type { Logger } from '../../core/log.ts';
import type { Exec } from '../../core/system/exec.ts';

/** Runs programs and logs each at debug level with its exit code. Arguments hold no secrets; scripts are abbreviated. */
export function toldExec(exec: Exec, log: Logger): Exec {
  return async (file, args, options) => {
    const start = performance.now();
    const result = await exec(file, args, options);
    const shown = args.map((arg) => (arg.includes('\n') ? '…' : arg)).join(' ');
    log.debug(`${file} ${shown}`, {
      ended: result.ended === 'exited' ? result.exitCode : result.ended,
      ms: Math.round(performance.now() - start),
    });
    return result;
  };
}
