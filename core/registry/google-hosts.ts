/**
 * Google's Docker registries, by pattern and not by list: each new region brings new names, and tools that ship a list
 * refuse them until their next release.
 */
const GCR = /^(?:[a-z0-9-]+\.)?gcr\.io$/;
const ARTIFACT_REGISTRY = /^[a-z0-9-]+-docker\.pkg\.dev$/;
const ARTIFACT_REGISTRY_REGIONAL = /^docker\.[a-z0-9-]+\.rep\.pkg\.dev$/;

/** Public by design: a token sent there does not help, and an account without access to it would break a public pull. */
const PUBLIC_ONLY: ReadonlySet<string> = new Set(['mirror.gcr.io', 'k8s.gcr.io']);

/**
 * The four keys of a docker config's `auths` that cover every Google registry by the kubelet's glob rules
 * (same number of labels, `*` within one label).
 */
export const KUBELET_KEYS: readonly string[] = ['gcr.io', '*.gcr.io', '*-docker.pkg.dev', 'docker.*.rep.pkg.dev'];

/** The username under which Google's registries take an access token as password. */
export const TOKEN_USERNAME = 'oauth2accesstoken';

/** The registries that are registered with Docker when the user names none: gcr.io and its regional names. */
export const DEFAULT_HOSTS: readonly string[] = ['gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io'];

/**
 * The bare host of a Google Docker registry that takes credentials, or undefined for anything else.
 * `serverURL` is what Docker clients send: a host, with or without scheme, port 443, path and white space.
 */
export function googleDockerHost(serverURL: string): string | undefined {
  const authority = /^(?:https?:\/\/)?([^/?#\\]*)(?:[/?#].*)?$/i.exec(serverURL.trim())?.[1];
  if (authority === undefined || /[^!-~]/.test(authority)) return undefined; // not ASCII: its lower case might be
  const host = authority.toLowerCase().replace(/:443$/, '');
  if (PUBLIC_ONLY.has(host)) return undefined;
  return isGoogleDockerHost(host) ? host : undefined;
}

/** Whether a bare lower-case host name is one of Google's Docker registries, public ones included. */
export function isGoogleDockerHost(host: string): boolean {
  return GCR.test(host) || ARTIFACT_REGISTRY.test(host) || ARTIFACT_REGISTRY_REGIONAL.test(host);
}
