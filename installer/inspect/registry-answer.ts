import { googleDockerHost } from '../../core/registry/google-hosts.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import type { Fetch } from '../../core/system/proxy-fetch.ts';

/** An image by its parts. */
export interface ImageName {
  readonly host: string;
  /** What stands between host and tag. */
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** What a registry said to a request for an image's manifest. */
export interface RegistryAnswer {
  /** HTTP. */
  readonly status: number;
  /** The registry's clock in milliseconds since 1970, where it told. */
  readonly time: number | undefined;
}

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The parts of an image in a private Google registry; undefined for any other. */
export function googleImage(image: string): ImageName | undefined {
  const [, host = '', repository, tag, digest] =
    /^([^/]+)\/([a-z0-9._/-]+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image.trim()) ?? [];
  const google = googleDockerHost(host);
  if (google === undefined || google !== host.toLowerCase() || repository === undefined) return undefined;
  return { host: google, repository, reference: digest ?? tag ?? 'latest' };
}

/** Asks a registry for an image's manifest as Docker does, with a login or without. Rejects when it can't be reached. */
export async function askForManifest(
  { host, repository, reference }: ImageName,
  login: RegistryLogin,
  { fetch, signal }: { readonly fetch: Fetch; readonly signal: AbortSignal },
): Promise<RegistryAnswer> {
  const basic = `Basic ${Buffer.from(`${login.username}:${login.secret}`).toString('base64')}`;
  const ask = (authorization: string) =>
    fetch(`https://${host}/v2/${repository}/manifests/${reference}`, {
      headers: { accept: MANIFESTS, authorization },
      redirect: 'error', // the login is for this host alone
      signal,
    });
  const first = await ask(basic);
  await first.body?.cancel();
  const realm = first.status === 401 ? tokenRealm(first.headers.get('www-authenticate'), host) : undefined;
  if (realm === undefined) return { status: first.status, time: timeOf(first) };
  const granted = await fetch(realm, { headers: { authorization: basic }, redirect: 'error', signal });
  const token: unknown = granted.ok ? ((await granted.json()) as { token?: unknown }).token : undefined;
  if (typeof token !== 'string') return { status: 401, time: timeOf(granted) };
  const second = await ask(`Bearer ${token}`);
  await second.body?.cancel();
  return { status: second.status, time: timeOf(second) };
}

/** The clock of a server, by its answer to a request without credentials. Rejects when it can't be reached. */
export async function serverTime(
  host: string,
  { fetch, signal }: { readonly fetch: Fetch; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const response = await fetch(`https://${host}/v2/`, { method: 'HEAD', redirect: 'manual', signal });
  await response.body?.cancel();
  return timeOf(response);
}

/** Where a Bearer challenge sends us, when that is the registry itself: a login goes nowhere else. */
function tokenRealm(challenge: string | null, host: string): string | undefined {
  if (challenge === null || !/^bearer /i.test(challenge)) return undefined;
  const parts = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
  const realm = URL.parse(parts.get('realm') ?? '');
  if (realm?.protocol !== 'https:' || realm.host !== host) return undefined;
  for (const name of ['service', 'scope']) {
    const value = parts.get(name);
    if (value !== undefined) realm.searchParams.set(name, value);
  }
  return realm.href;
}

function timeOf(response: Pick<Response, 'headers'>): number | undefined {
  const time = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time;
}
