import { KindGcrError } from '../../core/errors.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import type { CommandContext } from '../context.ts';
import { clockFinding, connectionReason } from './credential-checks.ts';
import { bad, type Finding, ok, skipped } from './finding.ts';
import { askForManifest, googleImage, type ImageName, type RegistryAnswer, serverTime } from './registry-answer.ts';

const SET_CLOCK = "Set this machine's clock: Google refuses signatures, and tokens seem to end at the wrong time.";

/** Milliseconds that a registry may take in all. */
const TIME_LIMIT = 20_000;

/** The image that the person asks about. Throws USAGE when it is in no private Google registry. */
export function askedImage(image: string | undefined): ImageName | undefined {
  if (image === undefined) return undefined;
  const name = googleImage(image);
  if (name !== undefined) return name;
  throw new KindGcrError('USAGE', `"${image}" is not an image in a private Google Docker registry`, {
    hint: 'Name it whole: gcr.io/PROJECT/IMAGE:TAG or LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE:TAG',
  });
}

/** Does the registry answer, may the account pull the image, and do the clocks agree? */
export async function registryChecks(
  image: ImageName | undefined,
  login: RegistryLogin | undefined,
  context: CommandContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(TIME_LIMIT)]);
  const { proxyFetch } = await import('../../core/system/proxy-fetch.ts'); // undici is heavy, and only this check needs it
  const web = { fetch: proxyFetch(context.person.env), signal };
  const host = image?.host ?? 'gcr.io';
  try {
    const answer = image !== undefined && login !== undefined ? await askForManifest(image, login, web) : undefined;
    const time = answer?.time ?? (await serverTime(host, web));
    const clock =
      time === undefined
        ? skipped('clock', `${host} does not tell the time`)
        : clockFinding('clock', context.now().getTime(), time, SET_CLOCK);
    return [...imageFindings(image, answer), clock];
  } catch (error) {
    if (context.signal.aborted) throw error;
    const hint = 'Behind a proxy set HTTPS_PROXY; behind one that opens TLS also NODE_EXTRA_CA_CERTS.';
    const reason = `${host} can't be reached: ${connectionReason(error)}`;
    return [bad('registry', 'TOKEN_EXCHANGE_FAILED', reason, hint), skipped('clock', 'nothing to compare it with')];
  }
}

function imageFindings(image: ImageName | undefined, answer: RegistryAnswer | undefined): readonly Finding[] {
  if (image === undefined) return [skipped('image', 'name one to see whether it can be pulled: --image IMAGE')];
  if (answer === undefined) return [skipped('image', 'no token to ask with')];
  const name = `${image.host}/${image.repository}`;
  if (answer.status === 200) return [ok('image', `${name} can be pulled`)];
  if (answer.status === 404) {
    const hint = 'Check the spelling, project and tag; who may not see a repository may be told the same.';
    return [bad('image', 'CREDENTIAL_INVALID', `${name} has no "${image.reference}"`, hint)];
  }
  if (answer.status === 401 || answer.status === 403) {
    const hint = 'Grant the account roles/artifactregistry.reader on the repository or its project.';
    return [bad('image', 'CREDENTIAL_INVALID', `the account may not pull ${name} (${answer.status})`, hint)];
  }
  const hint = 'Try again in a minute.';
  return [bad('image', 'TOKEN_EXCHANGE_FAILED', `${image.host} answered ${answer.status} for ${name}`, hint)];
}
