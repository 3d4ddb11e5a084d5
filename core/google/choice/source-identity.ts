import { hostname } from 'node:os';
import fnv1a from '@sindresorhus/fnv1a';
import type { Person } from '../../system/user-folders.ts';
import { credentialFileParts, UNCACHED, versionOf } from './credential-file-identity.ts';
import { gcloudParts } from './gcloud-identity.ts';
import type { SourceChoice } from './source-choice.ts';

/**
 * A name for "these tokens": the same as long as the same identity would be asked for the same scopes, another one as soon
 * as anything has changed that decides whose tokens they are. 32 hex digits, by which a cache is keyed. Undefined where
 * something decides it that can't be seen from here: such tokens are not to be cached.
 *
 * On the helper's hot path: synchronous, and no cryptography, which alone would cost a fifth of the start.
 */
export function sourceIdentity(choice: SourceChoice, scopes: readonly string[], person: Person): string | undefined {
  const parts = JSON.stringify([scopes, partsOf(choice, person)]);
  if (parts.includes(JSON.stringify(UNCACHED))) return undefined;
  return fnv1a(parts, { size: 128 }).toString(16).padStart(32, '0');
}

function partsOf(choice: SourceChoice, person: Person): readonly unknown[] {
  switch (choice.kind) {
    case 'gcloud':
      return [choice.kind, choice.program, gcloudParts(person)];
    case 'keyfile':
      return [choice.kind, choice.path, versionOf(choice.path)];
    case 'adc':
      // A home folder may be shared by machines, each with a service account of its own.
      if (choice.path === undefined) return [choice.kind, choice.metadataHost, hostname()];
      return [choice.kind, credentialFileParts(choice.path, person)];
    case 'impersonate':
      return [choice.kind, choice.account, choice.delegates, partsOf(choice.over, person)];
  }
}
