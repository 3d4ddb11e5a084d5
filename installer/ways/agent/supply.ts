import type { SourceChoice } from '../../../core/google/choice/source-choice.ts';
import { PULL_SCOPES } from '../../../core/google/scopes.ts';
import type { AgentConfig } from '../../../core/node/agent-config.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import { readUserFile } from '../../../core/system/read-user-file.ts';

/** What every node of an install gets beside the agent's executable. */
export interface Supply {
  readonly config: AgentConfig;
  /** The text of a service account key, when nodes are to feed themselves. */
  readonly key: string | undefined;
  /** Logins for nodes that are fed by this host. */
  readonly logins: readonly RegistryLogin[];
}

/** With a key nodes feed themselves; from any other source this host feeds them, with `login` to begin with. */
export async function supplyFrom(
  choice: SourceChoice,
  login: RegistryLogin,
  { restart, delivery }: Pick<AgentConfig, 'restart' | 'delivery'>,
): Promise<Supply> {
  const key = choice.kind === 'keyfile' ? readUserFile(choice.path).toString('utf8') : undefined;
  const source = key === undefined ? 'host' : 'keyfile';
  return {
    config: { version: 1, source, scopes: [...PULL_SCOPES], restart, delivery },
    key,
    logins: key === undefined ? [login] : [],
  };
}
