import type { SourceChoice, SourceFlags } from '../../core/google/choice/source-choice.ts';
import type { Settings } from './settings.ts';

/** The settings with which the helper uses the same source later; nothing when no flag named one. */
export function settingsOf(choice: SourceChoice, { source, keyfile }: SourceFlags): Partial<Settings> {
  if (source === undefined && keyfile === undefined) return {};
  const own = choice.kind === 'impersonate' ? choice.over : choice;
  return own.kind === 'keyfile' ? { source: own.kind, keyfile: own.path } : { source: own.kind };
}
