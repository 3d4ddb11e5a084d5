import { errorMessage, KindGcrError, systemErrorCode } from '../../errors.ts';
import { askRegistry, type RegistryReply, type Web } from '../registry-request.ts';
import type { RegistryName } from './registry-name.ts';
import type { UsableLogin } from './usable-login.ts';

/** Milliseconds that a registry and its token service may take together. */
const TIME_LIMIT = 20_000;

/** TLS error codes for a certificate by an unknown authority. */
const UNKNOWN_AUTHORITY =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?))$/;

/**
 * Tries a login at its registry. A kubelet does not fall back to pulling anonymously, so a login that the registry refuses
 * would break its public images, too. Throws CREDENTIAL_INVALID when it is refused, TOKEN_EXCHANGE_FAILED when it could
 * not be tried.
 */
export async function checkLogin(registry: RegistryName, login: UsableLogin, { fetch, signal }: Web): Promise<void> {
  const { host, name } = registry;
  let reply: RegistryReply;
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT)]);
    reply = await askRegistry({ host, path: '/v2/' }, login, { fetch, signal: limited });
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFailure(host, error);
  }
  const { status, message } = reply;
  if (status === 200) return; // or it asks for no login
  const said = message.replaceAll(login.secret, '[hidden]');
  const why = `${status}${said === '' ? '' : `, ${said}`}`;
  if (status === 401 || status === 403) {
    throw new KindGcrError('CREDENTIAL_INVALID', `${name} refused the login of ${login.username} (${why})`, {
      hint: `Log in again: docker login ${name}`,
    });
  }
  throw new KindGcrError('TOKEN_EXCHANGE_FAILED', `${host} could not be asked about the login (${why})`, {
    hint: `See its answer: curl --head https://${host}/v2/`,
  });
}

/** Turns a failed connection to a registry into a KindGcrError; an unknown authority is named as such. */
export function connectionFailure(host: string, error: unknown): KindGcrError {
  if (error instanceof KindGcrError) return error; // a proxy's refusal, for example
  const innermost = causes(error).at(-1);
  const code = systemErrorCode(innermost) ?? '';
  if (UNKNOWN_AUTHORITY.test(code)) {
    return new KindGcrError(
      'TOKEN_EXCHANGE_FAILED',
      `the certificate of ${host} is by an authority that is not trusted here`,
      {
        hint: `Trust it: kindgcr trust ${host} --ca ca.crt`,
        cause: error,
      },
    );
  }
  const reason = errorMessage(innermost ?? error);
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `${host} can't be reached: ${reason}`, {
    hint: `See why: curl --head https://${host}/v2/`,
    cause: error,
  });
}

function causes(error: unknown): readonly Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
