import type { DirectChoice, SourceChoice } from '../../core/google/choice/source-choice.ts';

/** Names a credential source for people: `gcloud`, `key file /home/me/key.json`. */
export function sourceInWords(choice: SourceChoice): string {
  if (choice.kind !== 'impersonate') return directlyInWords(choice);
  return `${choice.account}, impersonated using ${directlyInWords(choice.over)}`;
}

/** An account with its source beside it, unless its name already contains it: `developer@example.com (gcloud)`. */
export function accountInWords(account: string | undefined, choice: SourceChoice): string {
  const source = sourceInWords(choice);
  if (account === undefined || choice.kind === 'impersonate') return source;
  const isSaid = 'path' in choice && choice.path !== undefined && account.includes(choice.path);
  return isSaid ? account : `${account} (${source})`;
}

function directlyInWords(choice: DirectChoice): string {
  switch (choice.kind) {
    case 'gcloud':
      return 'gcloud';
    case 'keyfile':
      return `key file ${choice.path}`;
    case 'adc':
      return choice.path === undefined
        ? `the metadata server at ${choice.metadataHost}`
        : `application default credentials in ${choice.path}`;
  }
}
