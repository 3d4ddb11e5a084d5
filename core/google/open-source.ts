import { exec } from '../system/exec.ts';
import type { CredentialSource } from './access-token.ts';
import { gcloudSource } from './gcloud.ts';
import type { SourceChoice } from './source-choice.ts';

/** Opens the chosen source. Throws what reading a key file throws; asks nobody yet. */
export async function openSource(
  choice: SourceChoice,
  { scopes }: { readonly scopes: readonly string[] },
): Promise<CredentialSource> {
  if (choice.kind === 'gcloud') return gcloudSource({ exec, program: choice.program });
  const { readServiceAccountKey } = await import('./service-account-key.ts');
  const { keyfileSource } = await import('./keyfile.ts'); // loads google-auth-library: only where it is used
  return keyfileSource(await readServiceAccountKey(choice.path), { scopes });
}
