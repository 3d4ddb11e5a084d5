import * as v from 'valibot';
import { KindGcrError } from '../../errors.ts';
import { checkUniverse, type FileKind, parseCredentials, readCredentialsFile } from './credentials-file.ts';

/** The URL that issues a service account's tokens, with its address. */
export const IMPERSONATION_URL = /\/serviceAccounts\/([^/:]+@[^/:]+):generateAccessToken$/;

const text = v.pipe(v.string(), v.minLength(1));

const DirectSchema = v.variant('type', [
  v.looseObject({ type: v.literal('service_account') }),
  v.object({
    type: v.literal('authorized_user'),
    client_id: text,
    client_secret: text,
    refresh_token: text,
    account: v.optional(v.string()),
  }),
  v.looseObject({
    type: v.literal('external_account'),
    audience: text,
    subject_token_type: text,
    token_url: v.optional(text),
    service_account_impersonation_url: v.optional(text),
    credential_source: v.looseObject({}),
  }),
  v.looseObject({
    type: v.literal('external_account_authorized_user'),
    audience: text,
    client_id: text,
    client_secret: text,
    refresh_token: text,
  }),
]);

const ImpersonatedSchema = v.pipe(
  v.object({
    type: v.literal('impersonated_service_account'),
    service_account_impersonation_url: v.pipe(v.string(), v.regex(IMPERSONATION_URL)),
    delegates: v.optional(v.array(v.string()), []),
    source_credentials: DirectSchema,
  }),
  v.transform(({ service_account_impersonation_url: url, delegates, ...others }) => ({
    ...others,
    account: decodeURIComponent(IMPERSONATION_URL.exec(url)?.[1] ?? ''),
    // In the file each is a resource name; its last part is the address.
    delegates: delegates.map((delegate) => delegate.replace(/^.*\//, '')),
  })),
);

/** Application default credentials of any type but the impersonated one, spelled as in the file. */
type DirectCredentials = v.InferOutput<typeof DirectSchema>;

/** The content of an application default credentials file. */
export type AdcCredentials = DirectCredentials | v.InferOutput<typeof ImpersonatedSchema>;

const KIND: FileKind = {
  name: 'credentials file',
  otherwise: 'not an application default credentials file',
  hint: 'Log in: gcloud auth application-default login; or name another file: GOOGLE_APPLICATION_CREDENTIALS=PATH',
};

/** Reads such a file. Throws CREDENTIAL_NOT_FOUND if it can't be read, CREDENTIAL_INVALID if it is not such a file. */
export async function readAdcFile(path: string): Promise<AdcCredentials> {
  const json = parseCredentials(readCredentialsFile(path, KIND), path, KIND);
  const type: unknown = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  const credentials = v.safeParse(type === 'impersonated_service_account' ? ImpersonatedSchema : DirectSchema, json);
  if (credentials.success) {
    if ('source_credentials' in credentials.output) checkUniverse(credentials.output.source_credentials, path);
    return credentials.output;
  }
  const isKnown =
    type === 'impersonated_service_account' || DirectSchema.options.some((one) => one.entries.type.literal === type);
  if (!isKnown) {
    const shown = typeof type === 'string' && /^[a-z_]{1,60}$/.test(type) ? `: its type is "${type}"` : '';
    throw invalid(`${path} is not an application default credentials file that kindgcr supports${shown}`);
  }
  const field = v.getDotPath(credentials.issues[0]);
  throw invalid(`${path} is incomplete: ${field ?? 'a field'} is missing or invalid`);
}

function invalid(message: string): KindGcrError {
  return new KindGcrError('CREDENTIAL_INVALID', message, {
    hint: 'Create the file again: gcloud auth application-default login',
  });
}
