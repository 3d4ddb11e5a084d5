import { holdsLogin, isJsonObject } from '../../../core/registry/docker-config.ts';
import { googleDockerHost, isGoogleDockerHost } from '../../../core/registry/google-hosts.ts';
import { HELPER } from '../../../core/registry/helper-name.ts';
import { readDockerConfig } from '../../../core/registry/read-docker-config.ts';
import { dockerConfigFile, type User } from '../../../core/system/user-folders.ts';
import { helperIsOnPath } from './helper-program.ts';

/** How the user's Docker is configured for Google's registries. Holds no secret. */
export interface DockerRegistration {
  /** The docker config. */
  readonly path: string;
  /** Hosts that Docker asks kindgcr for. */
  readonly registries: readonly string[];
  /** Google's hosts that Docker has a stored login for. */
  readonly storedLogins: readonly string[];
  /** Google's hosts that have another helper, with its name. */
  readonly otherHelpers: Readonly<Record<string, string>>;
  readonly helperIsOnPath: boolean;
}

/** Reads the user's docker config. Throws CONFIG_INVALID, FILE_FAILED. */
export async function dockerRegistration(user: User): Promise<DockerRegistration> {
  const path = dockerConfigFile(user);
  const { credHelpers, auths } = await readDockerConfig(path);
  const helpers = Object.entries(isJsonObject(credHelpers) ? credHelpers : {});
  const stored = Object.entries(isJsonObject(auths) ? auths : {})
    .filter(([, entry]) => holdsLogin(entry))
    .flatMap(([key]) => googleDockerHost(key) ?? []);
  const helped = new Set(helpers.map(([host]) => host));
  return {
    path,
    registries: helpers.filter(([, helper]) => helper === HELPER).map(([host]) => host),
    storedLogins: [...new Set(stored)].filter((host) => !helped.has(host)),
    otherHelpers: Object.fromEntries(
      helpers.flatMap(([host, helper]) =>
        isGoogleDockerHost(host) && typeof helper === 'string' && helper !== HELPER ? [[host, helper]] : [],
      ),
    ),
    helperIsOnPath: helperIsOnPath(user),
  };
}
