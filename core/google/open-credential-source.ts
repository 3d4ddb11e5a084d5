import { type Exec, exec } from '../system/exec.ts';
import { isOnPath } from '../system/programs-on-path.ts';
import type { User } from '../system/user-folders.ts';
import type { CredentialSource } from './access-token.ts';
import type { DirectChoice, SourceChoice } from './choice/source-choice.ts';
import { PUSH_SCOPES } from './scopes.ts';
import { gcloudSource } from './sources/gcloud.ts';
import { retryingSource } from './sources/retrying-source.ts';

/** Options for opening a source. */
export interface OpenOptions {
  readonly scopes: readonly string[];
  /** The user, whose environment names proxies and programs. */
  readonly user: User;
}

/** Opens the chosen source, without a request yet. Throws what reading a key file throws. */
export async function openCredentialSource(choice: SourceChoice, options: OpenOptions): Promise<CredentialSource> {
  if (choice.kind !== 'impersonate') return openDirectly(choice, options);
  const { impersonatedSource } = await import('./sources/impersonation.ts');
  // Impersonation needs a token with the cloud-platform scope.
  const over = await openDirectly(choice.over, { ...options, scopes: PUSH_SCOPES });
  return retryingSource(impersonatedSource({ ...choice, over }, options));
}

/** Each library is loaded only for its own source. */
async function openDirectly(choice: DirectChoice, options: OpenOptions): Promise<CredentialSource> {
  switch (choice.kind) {
    case 'gcloud':
      return gcloudSource({
        exec: gcloudExec(choice.program, options.user),
        program: choice.program,
        user: options.user,
      });
    case 'keyfile': {
      const { readServiceAccountKey } = await import('./sources/service-account-key.ts');
      const { keyfileSource } = await import('./sources/keyfile.ts');
      return retryingSource(keyfileSource(await readServiceAccountKey(choice.path), options));
    }
    case 'adc': {
      if (choice.path === undefined) {
        const { metadataServerSource } = await import('./sources/metadata-server.ts');
        return retryingSource(metadataServerSource(choice.metadataHost, options));
      }
      const { adcSource } = await import('./sources/adc.ts');
      return retryingSource(await adcSource(choice.path, options));
    }
  }
}

/** Runs gcloud. One that PATH doesn't have is known to be missing without loading the library that runs programs. */
function gcloudExec(program: string, user: User): Exec {
  const isUnknown = user.platform === 'win32' || user.env.PATH === undefined || program.includes('/');
  if (isUnknown || isOnPath([program], user)) return exec;
  return async () => ({ exitCode: undefined, stdout: '', stderr: '', ended: 'not-found' });
}
