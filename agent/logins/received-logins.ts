import { addAbortSignal, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';
import type { AgentConfig } from '../../core/node/agent-config.ts';
import { type LoginsMessage, LoginsMessageSchema } from '../../core/node/logins-message.ts';
import { GOOGLE_OWNER } from '../../core/registry/registry-login.ts';
import { placeOf } from '../files/stored-json.ts';

/** Bytes; a message with a few logins takes some kilobytes. */
const LARGEST = 1024 * 1024;

const HINT = 'kindgcr sends these logins from the host. Run there: kindgcr refresh';

/** Reads all of stdin. Throws CREDENTIAL_INVALID when it is too long; rejects when the signal is aborted. */
export async function readLoginsMessage(input: Readable, signal?: AbortSignal): Promise<string> {
  if (signal !== undefined) addAbortSignal(signal, input); // Ctrl-C at a terminal
  const decoder = new StringDecoder('utf8');
  let text = '';
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > LARGEST) {
      throw new KindGcrError('CREDENTIAL_INVALID', `stdin is longer than ${LARGEST} bytes`, { hint: HINT });
    }
    text += decoder.write(Buffer.from(chunk));
  }
  return text + decoder.end();
}

/**
 * The message with those of its logins that are valid at `now`. Throws CREDENTIAL_NOT_FOUND for an empty input, and
 * CREDENTIAL_INVALID when it is malformed, when all logins have expired, or when this node issues such logins itself.
 * Never quotes the text.
 */
export function parseLoginsMessage(text: string, { source }: Pick<AgentConfig, 'source'>, now: Date): LoginsMessage {
  if (text.trim() === '') {
    throw new KindGcrError('CREDENTIAL_NOT_FOUND', 'expected logins on stdin, but it was empty', {
      hint: HINT,
    });
  }
  const message = parse(text);
  const { logins } = message;
  if (source === 'keyfile' && logins.some(({ owner }) => owner === GOOGLE_OWNER)) {
    throw new KindGcrError(
      'CREDENTIAL_INVALID',
      'this node gets Google tokens with its own key and accepts none from the host',
      {
        hint: 'To send them from the host instead: kindgcr install --source gcloud',
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
    `the credentials expired at ${last}, and it is already ${now.toISOString()} on this node`,
    {
      hint: 'Compare the clocks of the host and the node: date -u',
    },
  );
}

function parse(text: string): LoginsMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KindGcrError('CREDENTIAL_INVALID', 'stdin is not JSON', { hint: HINT });
  }
  const message = v.safeParse(LoginsMessageSchema, json);
  if (message.success) return message.output;
  const place = placeOf(message.issues[0]);
  throw new KindGcrError('CREDENTIAL_INVALID', `stdin is not a list of logins from the host${place}`, { hint: HINT });
}
