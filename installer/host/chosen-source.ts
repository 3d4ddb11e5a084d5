import { KindGcrError } from '../../core/errors.ts';
import { chooseSource, type SourceChoice } from '../../core/google/choice/source-choice.ts';
import type { SourceName } from '../../core/google/choice/source-settings.ts';
import type { Person } from '../../core/system/user-folders.ts';
import type { Settings } from './settings.ts';

/** What the person says on the command line about where tokens come from. */
export interface SourceFlags {
  readonly source?: SourceName;
  readonly keyfile?: string;
}

/** Flags win over variables and settings; a key alone says which source. Throws USAGE and what choosing throws. */
export function chosenSource({ source, keyfile }: SourceFlags, { person }: { readonly person: Person }): SourceChoice {
  if (keyfile !== undefined && source !== undefined && source !== 'keyfile') {
    throw new KindGcrError('USAGE', `--keyfile does not go with --source ${source}`, {
      hint: 'Leave one of them out.',
    });
  }
  const kind = keyfile === undefined ? source : 'keyfile';
  const env = {
    ...person.env,
    ...(kind === undefined ? {} : { KINDGCR_SOURCE: kind }),
    ...(keyfile === undefined ? {} : { KINDGCR_KEYFILE: keyfile }),
  };
  return chooseSource({ ...person, env });
}

/** What the helper must know to use the same source later; nothing when the person named none. */
export function settingsOf(choice: SourceChoice, { source, keyfile }: SourceFlags): Partial<Settings> {
  if (source === undefined && keyfile === undefined) return {};
  const own = choice.kind === 'impersonate' ? choice.over : choice;
  return own.kind === 'keyfile' ? { source: own.kind, keyfile: own.path } : { source: own.kind };
}
