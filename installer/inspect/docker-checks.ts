import { HELPER_PROGRAM } from '../../core/registry/helper-name.ts';
import type { CommandContext } from '../context.ts';
import { dockerRegistration } from '../host/docker/docker-registration.ts';
import { bad, badBecause, type Finding, note, ok } from './finding.ts';

/** Checks that the docker config is valid and names the helper, that Docker would find it, and that no stale login is used instead. */
export async function dockerChecks({ user, programFolder }: CommandContext): Promise<readonly Finding[]> {
  try {
    const { path, registries, storedLogins, otherHelpers, helperIsOnPath } = await dockerRegistration(user);
    const others = Object.entries(otherHelpers);
    return [
      registries.length > 0
        ? ok('docker config', `asks kindgcr for ${registries.join(', ')}`)
        : note('docker config', `${path} does not name kindgcr`, 'kindgcr install registers it'),
      helperIsOnPath
        ? ok('helper', `${HELPER_PROGRAM} is on PATH`)
        : bad('helper', 'FILE_FAILED', `${HELPER_PROGRAM} is not on PATH`, `Put this folder on PATH: ${programFolder}`),
      storedLogins.length === 0
        ? ok('stored logins', "none for Google's registries")
        : bad(
            'stored logins',
            'CONFIG_INVALID',
            `Docker uses a stored login, which may have expired, for ${storedLogins.join(', ')}`,
            `kindgcr install --registries ${storedLogins.join(',')}; or remove it: docker logout ${storedLogins[0]}`,
          ),
      ...(others.length === 0
        ? []
        : [
            note(
              'other helpers',
              others.map(([host, helper]) => `${host}: ${helper}`).join(', '),
              `To use kindgcr instead: kindgcr install --registries ${others.map(([host]) => host).join(',')}`,
            ),
          ]),
    ];
  } catch (error) {
    return [badBecause('docker config', error)];
  }
}
