import { addAbortSignal, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import type { AgentConfig } from '../../core/node/agent-config.ts';
import { type LoginsMessage, LoginsMessageSchema } from '../../core/node/logins-message.ts';
import { placeOf } from '../files/stored-json.ts';
import { MINTED_OWNER } from './renew.ts';

/** Bytes; a handover of a few logins takes some kilobytes. */
const LARGEST = 1024 * 1024;

const HINT = 'This is what kindgcr on the host hands in; from there: kindgcr refresh';

/** Reads all of stdin. Throws CREDENTIAL_INVALID when it is more than a handover can be, and when the signal says so. */
export async function readLoginsMessage(input: Readable, signal?: AbortSignal): Promise<string> {
  if (signal !== undefined) addAbortSignal(signal, input); // a person at a terminal may think better of it
  const decoder = new StringDecoder('utf8');
  let text = '';
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > LARGEST) {
      throw new KindGcrError('CREDENTIAL_INVALID', `more than ${LARGEST} bytes came on stdin`, { hint: HINT });
    }
    text += decoder.write(Buffer.from(chunk));
  }
  return text + decoder.end();
}

/**
 * A handover with those of its logins that are alive at `now`. Throws CREDENTIAL_NOT_FOUND when nothing came, and CREDENTIAL_INVALID
 * when it is no handover, when all in it has ended, or when this node mints such logins itself. Never quotes the text.
 */
export function parseLoginsMessage(text: string, { source }: Pick<AgentConfig, 'source'>, now: Date): LoginsMessage {
  if (text.trim() === '') {
    throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'nothing came on stdin, where a handover is expected', {
      hint: HINT,
    });
  }
  const message = parse(text);
  const { logins } = message;
  if (source === 'keyfile' && logins.some(({ owner }) => owner === MINTED_OWNER)) {
    throw new KindGcrError(
      'CREDENTIAL_INVALID',
      'this node mints its own Google credentials and takes none from the host',
      {
        hint: 'To feed it from the host instead: kindgcr install --source gcloud',
      },
    );
  }
  const alive = logins.filter(({ expiresAt }) => new Date(expiresAt) > now);
  if (alive.length > 0 || logins.length === 0) return { ...message, logins: alive };
  const last = logins
    .map(({ expiresAt }) => expiresAt)
    .toSorted()
    .at(-1);
  throw new KindGcrError(
    'CREDENTIAL_INVALID',
    `the credentials had already ended at ${last}; here it is ${now.toISOString()}`,
    {
      hint: 'Compare the clocks of host and node: date -u',
    },
  );
}

function parse(text: string): LoginsMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KindGcrError('CREDENTIAL_INVALID', 'what came on stdin is not JSON', { hint: HINT });
  }
  const message = v.safeParse(LoginsMessageSchema, json);
  if (message.success) return message.output;
  const place = placeOf(message.issues[0]);
  throw new KindGcrError('CREDENTIAL_INVALID', `what came on stdin is not a handover${place}`, { hint: HINT });
}
