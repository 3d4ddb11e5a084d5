import { systemErrorCode } from '../errors.ts';

/** Streams that a program prints to. */
interface Output {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Keeps output that can't be written from crashing a program. A closed pipe (`… | head -1`) is not an error: the work
 * continues. For anything else, such as a full disk behind stdout, `lost` is called, once, with the system's code.
 */
export function onLostOutput({ stdout, stderr }: Output, lost: (code: string) => void): void {
  let isKnown = false;
  stderr.on('error', () => {}); // there is nowhere left to report it
  stdout.on('error', (error) => {
    if (isKnown) return;
    isKnown = true;
    const code = systemErrorCode(error) ?? 'unknown error';
    if (code !== 'EPIPE') lost(code);
  });
}
