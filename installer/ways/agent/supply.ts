import type { SourceChoice } from '../../../core/google/choice/source-choice.ts';
import { PULL_SCOPES } from '../../../core/google/scopes.ts';
import type { AgentConfig } from '../../../core/node/agent-config.ts';
import type { RegistryLogin } from '../../../core/registry/registry-login.ts';
import { readUserFile } from '../../../core/system/read-user-file.ts';
import { loginsFor, type NodeLogins } from '../../host/node-logins.ts';

/** What every node of an install gets beside the agent's executable. */
export interface Supply {
  readonly config: AgentConfig;
  /** The text of a service account key, for nodes that get Google's tokens by themselves. */
  readonly key: string | undefined;
  /** Logins that this host sends to nodes. */
  readonly logins: readonly RegistryLogin[];
  /** Every owner whose logins nodes should have; logins of other owners are removed. */
  readonly owners: readonly string[];
  /** What a node can pull with until the agent is there: all logins that this host has. */
  readonly first: readonly RegistryLogin[];
}

/** With a key nodes get Google's tokens by themselves; everything else they get from this host. */
export async function supplyFrom(
  choice: SourceChoice,
  found: NodeLogins,
  { restart, delivery }: Pick<AgentConfig, 'restart' | 'delivery'>,
): Promise<Supply> {
  const key = choice.kind === 'keyfile' ? readUserFile(choice.path).toString('utf8') : undefined;
  const source = key === undefined ? 'host' : 'keyfile';
  return {
    config: { version: 1, source, scopes: [...PULL_SCOPES], restart, delivery },
    key,
    logins: loginsFor(found, { mints: key !== undefined }),
    owners: found.owners,
    first: loginsFor(found, { mints: false }),
  };
}
