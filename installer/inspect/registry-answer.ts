import { isGoogleDockerHost } from '../../core/registry/google-hosts.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import { askRegistry, type RegistryReply, type Web } from '../../core/registry/registry-request.ts';

/** An image by its parts. */
export interface ImageName {
  readonly host: string;
  /** What stands between host and tag. */
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** Where Docker Hub answers. */
const HUB_HOST = 'registry-1.docker.io';

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The parts of an image as Docker reads its name: without a host it is one of Docker Hub's; undefined for no image at all. */
export function imageName(image: string): ImageName | undefined {
  const [, path = '', tag, digest] = /^(.+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image.trim()) ?? [];
  const [first = '', ...others] = path.split('/');
  const hasHost = others.length > 0 && /[.:]|^localhost$/.test(first);
  const host = hasHost ? first.toLowerCase() : 'docker.io';
  const repository = hasHost ? others.join('/') : others.length === 0 ? `library/${first}` : path;
  const isPart = (part: string) => /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(part);
  if (!repository.split('/').every(isPart)) return undefined;
  return { host, repository, reference: digest ?? tag ?? 'latest' };
}

/** Asks a registry for an image's manifest as Docker does, with a login or without. Rejects when it can't be reached. */
export async function askForManifest(
  { host, repository, reference }: ImageName,
  login: RegistryLogin | undefined,
  web: Web,
): Promise<RegistryReply> {
  const path = `/v2/${repository}/manifests/${reference}`;
  const ownServiceOnly = isGoogleDockerHost(host);
  const request = { host: host === 'docker.io' ? HUB_HOST : host, path, accept: MANIFESTS, ownServiceOnly };
  return await askRegistry(request, login, web);
}

/** The clock of a server, by its answer to a request without credentials. Rejects when it can't be reached. */
export async function serverTime(host: string, { fetch, signal }: Web): Promise<number | undefined> {
  const response = await fetch(`https://${host}/v2/`, { method: 'HEAD', redirect: 'manual', signal });
  await response.body?.cancel();
  return timeOf(response);
}

function timeOf(response: Pick<Response, 'headers'>): number | undefined {
  const time = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time;
}
