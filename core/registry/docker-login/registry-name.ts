import { KindGcrError } from '../../errors.ts';
import { isGoogleDockerHost } from '../google-hosts.ts';
import { HUB_KEY } from '../registry-login.ts';

/** A registry, or a path in one, that Docker may have a login for. */
export interface RegistryName {
  /** As users write it: `ghcr.io`, `docker.io`, `registry.example:5000/group`. */
  readonly name: string;
  /** What Docker asks its credential stores for, and the key in `auths` under which a kubelet finds the login. */
  readonly key: string;
  /** The host, with its port, that answers `/v2/`. */
  readonly host: string;
}

const HUB: RegistryName = { name: 'docker.io', key: HUB_KEY, host: 'registry-1.docker.io' };

/** What a `docker login` by browser stores beside the login itself: OAuth tokens that no registry accepts. */
const WEB_LOGIN = /^(?:https:\/\/)?index\.docker\.io\/v1\/(?:access|refresh)-token$/;

/** Whether a key of `auths` is not a registry but Docker's own entry. */
export function isWebLoginNote(key: string): boolean {
  return WEB_LOGIN.test(key);
}

/** Whether a name, as a docker config or a user writes it, is one of Google's registries: those have their own source. */
export function isGoogleName(name: string): boolean {
  return isGoogleDockerHost(hostAndPath(name).host.replace(/:443$/, ''));
}

/**
 * The registry that a key of a docker config or a user means. Scheme, `/v1/`, `/v2/` and a slash at the end are left out, as
 * Docker and the kubelet do. Throws USAGE, with the reason, for a name that a node can't use.
 */
export function registryName(text: string): RegistryName {
  const { host, path } = hostAndPath(text);
  const shown = JSON.stringify(text.trim());
  if (isWebLoginNote(text.trim())) {
    throw refused(`${shown} is a token of Docker's web login, not a registry login`, 'Name it docker.io');
  }
  if (/[*?[\]]/.test(host + path)) {
    throw refused(`${shown} is a pattern, and a login belongs to one registry`, 'Name each registry by itself.');
  }
  if (!/^(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?::\d{1,5})?$/.test(host) || /[^\w./-]/.test(path)) {
    throw refused(`${shown} is not the name of a registry`, 'Name it as images do: ghcr.io, registry.example:5000');
  }
  if (/^(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0)(?::\d+)?$/.test(host)) {
    throw refused(
      `${shown} is this machine, and in a node it would be the node itself`,
      'Use a name that both can reach.',
    );
  }
  if (isGoogleDockerHost(host.replace(/:443$/, ''))) {
    throw refused(
      `${host} is one of Google's registries, which have a credential source of their own`,
      'Leave it out.',
    );
  }
  if (host === 'docker.io' || host === 'index.docker.io') {
    if (path === '') return HUB;
    throw refused(`kubelets know one login for Docker Hub, not one for ${shown}`, 'Name it docker.io');
  }
  return { name: host + path, key: host + path, host };
}

function hostAndPath(text: string): { readonly host: string; readonly path: string } {
  const [, scheme, host = '', rest = ''] = /^(https?:\/\/)?([^/]*)(.*)$/is.exec(text.trim()) ?? [];
  const path = rest.replace(/\/+$/, '').replace(scheme === undefined ? /^\/v[12]$/ : /^\/v[12](?=\/|$)/, '');
  return { host: host.toLowerCase(), path };
}

function refused(message: string, hint = 'Leave it out.'): KindGcrError {
  return new KindGcrError('USAGE', message, { hint });
}
