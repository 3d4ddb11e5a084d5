import { createPrivateKey } from 'node:crypto';
import * as v from 'valibot';
import { KindGcrError } from '../../errors.ts';
import { type FileKind, parseCredentials, readCredentialsFile } from './credentials-file.ts';

const ServiceAccountKeySchema = v.object({
  type: v.literal('service_account'),
  client_email: v.pipe(v.string(), v.minLength(3)),
  private_key: v.pipe(v.string(), v.minLength(1)),
  private_key_id: v.optional(v.string()),
});

/** The parts of a service account key file that are needed to mint a token, spelled as in the file. */
export type ServiceAccountKey = v.InferOutput<typeof ServiceAccountKeySchema>;

const HOW_TO_GET_ONE =
  'Make a key: gcloud iam service-accounts keys create key.json --iam-account=NAME@PROJECT.iam.gserviceaccount.com';

const KIND: FileKind = { name: 'key file', otherwise: 'not a service account key', hint: HOW_TO_GET_ONE };

/** Reads a key file. Throws CREDENTIAL_NOT_FOUND if it can't be read, CREDENTIAL_INVALID if it is not such a key. */
export async function readServiceAccountKey(path: string): Promise<ServiceAccountKey> {
  return parseServiceAccountKey(readCredentialsFile(path, KIND), path);
}

/** Narrows a key file's text; `path` is for the message only. Throws CREDENTIAL_INVALID. */
export function parseServiceAccountKey(text: string, path: string): ServiceAccountKey {
  const json = parseCredentials(text, path, KIND);
  const key = v.safeParse(ServiceAccountKeySchema, json);
  if (!key.success) {
    throw new KindGcrError('CREDENTIAL_INVALID', `${path} is not a service account key${whatInstead(json)}`, {
      hint: HOW_TO_GET_ONE,
    });
  }
  try {
    createPrivateKey(key.output.private_key);
  } catch {
    throw new KindGcrError(
      'CREDENTIAL_INVALID',
      `the private key in ${path} can't be read; the file may be truncated`,
      {
        hint: HOW_TO_GET_ONE,
      },
    );
  }
  return key.output;
}

/** What the file seems to be: the most common mistake is another kind of Google credential. */
function whatInstead(json: unknown): string {
  if (typeof json !== 'object' || json === null) return '';
  const type = 'type' in json ? json.type : undefined;
  if (type === 'service_account') return ': client_email or private_key is missing';
  if (typeof type === 'string' && /^[a-z_]{1,40}$/.test(type)) return ` but "${type}"`;
  return '';
}
