import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fnv1a from '@sindresorhus/fnv1a';
import { gcloudFolder, type Person } from '../../system/user-folders.ts';
import type { SourceChoice } from './source-choice.ts';

/**
 * A name for "these tokens": the same as long as the same credential would be asked for the same scopes, another one
 * when the key file was replaced or another gcloud account became active. 32 hex digits. A cache is keyed by it.
 *
 * On the helper's hot path: synchronous, and no cryptography, which alone would cost a fifth of the start. So no secret
 * goes in: a credential's file counts by when and where it was written, not by what it holds.
 */
export function sourceIdentity(choice: SourceChoice, scopes: readonly string[], person: Person): string {
  return fnv1a(JSON.stringify([scopes, partsOf(choice, person)]), { size: 128 })
    .toString(16)
    .padStart(32, '0');
}

function partsOf(choice: SourceChoice, person: Person): readonly unknown[] {
  switch (choice.kind) {
    case 'gcloud':
      return [choice.kind, ...gcloudParts(choice.program, person)];
    case 'keyfile':
      return [choice.kind, choice.path, versionOf(choice.path)];
    case 'adc':
      return [choice.kind, choice.path ?? choice.metadataHost, choice.path && versionOf(choice.path)];
    case 'impersonate':
      return [choice.kind, choice.account, choice.delegates, partsOf(choice.over, person)];
  }
}

/** gcloud's answer depends on its variables, on which configuration is active, and on what that one says. */
function gcloudParts(program: string, person: Person): readonly unknown[] {
  const folder = gcloudFolder(person);
  const active =
    person.env.CLOUDSDK_ACTIVE_CONFIG_NAME || contentOf(join(folder, 'active_config'))?.trim() || 'default';
  // Whose token it is does not depend on the proxy, whose password may be among the variables.
  const variables = Object.entries(person.env).filter(([name]) => /^CLOUDSDK_(?!PROXY_)/.test(name));
  return [program, folder, variables.sort(), active, versionOf(join(folder, 'configurations', `config_${active}`))];
}

/** Which writing of a file this is: any change to it or replacement of it makes another. */
function versionOf(path: string): readonly unknown[] | undefined {
  try {
    const { ino, size, ctimeMs } = statSync(path);
    return [ino, size, ctimeMs];
  } catch {
    return undefined; // who opens the source will say what is wrong with it
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
