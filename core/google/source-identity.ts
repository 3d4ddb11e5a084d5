import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gcloudFolder, type Person } from '../system/user-folders.ts';
import type { SourceChoice } from './source-choice.ts';

/**
 * A name for "these tokens": the same as long as the same credential would be asked for the same scopes, another one
 * when the key in the file was replaced or another gcloud account became active. 32 hex digits; tells nothing of the
 * credential. A cache is keyed by it.
 *
 * On the helper's hot path: synchronous, a few small files, no library.
 */
export function sourceIdentity(choice: SourceChoice, scopes: readonly string[], person: Person): string {
  const parts = choice.kind === 'keyfile' ? keyfileParts(choice.path) : gcloudParts(choice.program, person);
  return hash('sha256', JSON.stringify([choice.kind, scopes, parts])).slice(0, 32);
}

function keyfileParts(path: string): readonly unknown[] {
  return [path, contentOf(path)];
}

/** gcloud's answer depends on its variables, on which configuration is active, and on what that one says. */
function gcloudParts(program: string, person: Person): readonly unknown[] {
  const folder = gcloudFolder(person);
  const active =
    person.env.CLOUDSDK_ACTIVE_CONFIG_NAME || contentOf(join(folder, 'active_config'))?.trim() || 'default';
  const variables = Object.entries(person.env).filter(([name]) => name.startsWith('CLOUDSDK_'));
  return [program, folder, variables.sort(), active, contentOf(join(folder, 'configurations', `config_${active}`))];
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // who opens the source will say what is wrong with it
  }
}
