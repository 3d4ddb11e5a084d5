import * as v from 'valibot';
import { KindGcrError } from '../../errors.ts';

/** The address of a service account at the end of the URL that mints its tokens. */
const IMPERSONATION_URL = /\/serviceAccounts\/([^/:]+@[^/:]+):generateAccessToken$/;

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
    // In the file each is a resource's name; its last part is the address.
    delegates: delegates.map((delegate) => delegate.replace(/^.*\//, '')),
  })),
);

/** A file of application default credentials, spelled as in the file, of any type but the impersonated one. */
type DirectCredentials = v.InferOutput<typeof DirectSchema>;

/** What a file of application default credentials holds. */
export type AdcCredentials = DirectCredentials | v.InferOutput<typeof ImpersonatedSchema>;

/** Narrows such a file's text; `path` is for the message only. Throws CREDENTIAL_INVALID, and never quotes the file. */
export function parseAdcFile(content: string, path: string): AdcCredentials {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    throw invalid(`${path} is not JSON, so it holds no application default credentials`);
  }
  const type: unknown = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  const credentials = v.safeParse(type === 'impersonated_service_account' ? ImpersonatedSchema : DirectSchema, json);
  if (credentials.success) return credentials.output;
  const isKnown =
    type === 'impersonated_service_account' || DirectSchema.options.some((one) => one.entries.type.literal === type);
  if (!isKnown) {
    const shown = typeof type === 'string' && /^[a-z_]{1,60}$/.test(type) ? `: its type is "${type}"` : '';
    throw invalid(`${path} holds no application default credentials that kindgcr knows${shown}`);
  }
  const field = v.getDotPath(credentials.issues[0]);
  throw invalid(`${path} is not whole: ${field ?? 'a field'} is missing or not what it should be`);
}

function invalid(message: string): KindGcrError {
  return new KindGcrError('CREDENTIAL_INVALID', message, {
    hint: 'Make the file anew: gcloud auth application-default login',
  });
}
