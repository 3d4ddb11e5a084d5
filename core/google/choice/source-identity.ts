import { hostname } from 'node:os';
import fnv1a from '@sindresorhus/fnv1a';
import type { User } from '../../system/user-folders.ts';
import { credentialFileParts, UNCACHED, versionOf } from './credential-file-identity.ts';
import { gcloudParts } from './gcloud-identity.ts';
import type { SourceChoice } from './source-choice.ts';

/**
 * The cache key for a choice of source: 32 hex digits that change as soon as anything changes that decides the identity
 * or the scopes of the tokens. Undefined if that can't be known without asking the source: such tokens are not cached.
 *
 * On the helper's hot path: synchronous, and no cryptography, which would add a fifth to the start time.
 */
export function sourceIdentity(choice: SourceChoice, scopes: readonly string[], user: User): string | undefined {
  const parts = JSON.stringify([scopes, partsOf(choice, user)]);
  if (parts.includes(JSON.stringify(UNCACHED))) return undefined;
  return fnv1a(parts, { size: 128 }).toString(16).padStart(32, '0');
}

function partsOf(choice: SourceChoice, user: User): readonly unknown[] {
  switch (choice.kind) {
    case 'gcloud':
      return [choice.kind, choice.program, gcloudParts(user)];
    case 'keyfile':
      return [choice.kind, choice.path, versionOf(choice.path)];
    case 'adc':
      // Machines with different service accounts may share a home folder.
      if (choice.path === undefined) return [choice.kind, choice.metadataHost, hostname()];
      return [choice.kind, credentialFileParts(choice.path, user)];
    case 'impersonate':
      return [choice.kind, choice.account, choice.delegates, partsOf(choice.over, user)];
  }
}
