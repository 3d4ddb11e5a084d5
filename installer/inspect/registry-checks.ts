import { KindGcrError } from '../../core/errors.ts';
import { connectionFailure } from '../../core/registry/docker-login/check-login.ts';
import { isGoogleDockerHost } from '../../core/registry/google-hosts.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import type { RegistryReply } from '../../core/registry/registry-request.ts';
import type { CommandContext } from '../context.ts';
import { loginsFromDocker } from '../host/from-docker.ts';
import { clockFinding, connectionReason } from './credential-checks.ts';
import { bad, type Finding, ok, skipped } from './finding.ts';
import { askForManifest, type ImageName, imageName, serverTime } from './registry-answer.ts';

const SET_CLOCK = "Set this machine's clock: Google refuses signatures, and tokens seem to end at the wrong time.";

/** Milliseconds that a registry may take in all. */
const TIME_LIMIT = 20_000;

/** The image that the user asks about. Throws USAGE when it is not the name of one. */
export function askedImage(image: string | undefined): ImageName | undefined {
  if (image === undefined) return undefined;
  const name = imageName(image);
  if (name !== undefined) return name;
  throw new KindGcrError('USAGE', `"${image}" is not the name of an image`, {
    hint: 'Name it as in a pod: gcr.io/PROJECT/IMAGE:TAG, ghcr.io/OWNER/IMAGE',
  });
}

/** Does the registry answer, may the account pull the image, and do the clocks agree? */
export async function registryChecks(
  image: ImageName | undefined,
  googles: RegistryLogin | undefined,
  context: CommandContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(TIME_LIMIT)]);
  const { trustingFetch } = await import('../host/trusting-fetch.ts'); // with undici, which is heavy
  const web = { fetch: trustingFetch(context.user), signal };
  const host = image?.host ?? 'gcr.io';
  const isGoogles = isGoogleDockerHost(host);
  const { login, failure } = isGoogles ? { login: googles, failure: undefined } : await dockersLogin(host, context);
  if (failure !== undefined) return [bad('login', failure.code, failure.message, failure.hint)];
  try {
    const isAsked = image !== undefined && (!isGoogles || login !== undefined);
    const answer = isAsked ? await askForManifest(image, login, web) : undefined;
    const time = answer?.time ?? (await serverTime(isGoogles ? host : 'gcr.io', web));
    const clock =
      time === undefined
        ? skipped('clock', `${host} does not tell the time`)
        : clockFinding('clock', context.now().getTime(), time, SET_CLOCK);
    return [...imageFindings(image, answer, isGoogles), clock];
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (!isGoogles) {
      const { code, message, hint } = connectionFailure(host, error);
      return [bad('registry', code, message, hint)];
    }
    const hint = 'Behind a proxy set HTTPS_PROXY; behind one that opens TLS also NODE_EXTRA_CA_CERTS.';
    const reason = `${host} can't be reached: ${connectionReason(error)}`;
    return [bad('registry', 'TOKEN_EXCHANGE_FAILED', reason, hint), skipped('clock', 'nothing to compare it with')];
  }
}

/** The login that this user's Docker has for a registry, none where it has none, or why it can't be used. */
async function dockersLogin(
  host: string,
  context: CommandContext,
): Promise<{ readonly login: RegistryLogin | undefined; readonly failure: KindGcrError | undefined }> {
  const { logins, missing } = await loginsFromDocker([host], context, { attended: true });
  const failure = missing[0]?.failure;
  const isGrave = failure !== undefined && failure.code !== 'CREDENTIAL_NOT_FOUND'; // without one it is asked anonymously
  return { login: logins[0]?.login, failure: isGrave ? failure : undefined };
}

function imageFindings(
  image: ImageName | undefined,
  answer: RegistryReply | undefined,
  isGoogles: boolean,
): readonly Finding[] {
  if (image === undefined) return [skipped('image', 'name one to see whether it can be pulled: --image IMAGE')];
  if (answer === undefined) return [skipped('image', 'no token to ask with')];
  const name = `${image.host}/${image.repository}`;
  if (answer.status === 200) return [ok('image', `${name} can be pulled`)];
  if (answer.status === 404) {
    const hint = 'Check the spelling, project and tag. Registries may answer the same when the account has no access.';
    return [bad('image', 'CREDENTIAL_INVALID', `${name} has no "${image.reference}"`, hint)];
  }
  if (answer.status === 401 || answer.status === 403) {
    const hint = isGoogles
      ? 'Grant the account roles/artifactregistry.reader on the repository or its project.'
      : `Log in, then give the login to the nodes: docker login ${image.host}; kindgcr install --from-docker ${image.host}`;
    const who = answer.usedLogin ? 'the account may' : 'without a login one may';
    return [bad('image', 'CREDENTIAL_INVALID', `${who} not pull ${name} (${answer.status})`, hint)];
  }
  const hint = 'Try again in a minute.';
  return [bad('image', 'TOKEN_EXCHANGE_FAILED', `${image.host} answered ${answer.status} for ${name}`, hint)];
}
