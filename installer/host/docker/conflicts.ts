import { holdsLogin, isJsonObject, type JsonObject } from '../../../core/registry/docker-config.ts';
import { googleDockerHost } from '../../../core/registry/google-hosts.ts';
import type { Env } from '../../../core/system/user-folders.ts';

/** What keeps clients from using the helper, or looks as if it did; one sentence each. */
export function inTheWay(config: JsonObject, hosts: readonly string[], env: Env): readonly string[] {
  const auths = isJsonObject(config.auths) ? config.auths : {};
  const logins = Object.entries(auths).flatMap(([key, entry]) => {
    const host = googleDockerHost(key);
    return host !== undefined && hosts.includes(host) && holdsLogin(entry) ? [key] : [];
  });
  return [
    ...logins.map(
      (key) => `an old login for ${key} is in "auths" and is no longer used; remove it: docker logout ${key}`,
    ),
    ...(typeof config.credsStore === 'string' && config.credsStore !== ''
      ? [`"credsStore": "${config.credsStore}" is used for all other registries, as before`]
      : []),
    ...(env.DOCKER_AUTH_CONFIG
      ? ['DOCKER_AUTH_CONFIG is set and overrides this file; unset it if it names the same registries']
      : []),
  ];
}
