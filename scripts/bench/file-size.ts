import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A file's size in bytes, as it is and after gzip. */
export async function fileSize(path: string): Promise<{ readonly raw: number; readonly gzip: number }> {
  let gzip = 0;
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      gzip += chunk.length;
      done();
    },
  });
  await pipeline(createReadStream(path), createGzip(), count);
  return { raw: (await stat(path)).size, gzip };
}
