import { loginOrigin } from '../../core/registry/docker-login/docker-logins.ts';
import { registryName } from '../../core/registry/docker-login/registry-name.ts';
import { NEVER } from '../../core/registry/registry-login.ts';
import type { User } from '../../core/system/user-folders.ts';
import { columns } from '../cli/columns.ts';
import { inWords } from '../cli/durations.ts';
import type { ClusterState } from './cluster-state.ts';

/** A registry that nodes have a login for from the user's Docker. */
export interface RegistryState {
  readonly registry: string;
  readonly account: string;
  /** The earliest over all nodes; null when unknown. */
  readonly expiresAt: string | null;
  /** Where this machine's Docker has it: a helper's program or a file; null when it has none. */
  readonly from: string | null;
  readonly nodes: readonly string[];
}

const OWNER = 'docker:';

/** The registries that nodes have logins for from the user's Docker, over all clusters. */
export async function registryStates(clusters: readonly ClusterState[], user: User): Promise<readonly RegistryState[]> {
  const logins = clusters.flatMap(({ nodes }) =>
    nodes.flatMap(({ name, agent }) => (agent?.logins ?? []).map((login) => ({ ...login, node: name }))),
  );
  const others = logins.filter(({ owner }) => owner.startsWith(OWNER));
  const byOwner = [...Map.groupBy(others, ({ owner }) => owner.slice(OWNER.length))];
  return await Promise.all(
    byOwner.map(async ([registry, group]) => {
      const expiresAt = group.flatMap((login) => login.expiresAt ?? []).toSorted()[0] ?? null;
      return {
        registry,
        account: group[0]?.username ?? '',
        expiresAt: expiresAt === NEVER ? null : expiresAt,
        from: await originOf(registry, user),
        nodes: group.map(({ node }) => node),
      };
    }),
  );
}

/** The registries as a table, with what follows it; '' for none. */
export function registryTable(registries: readonly RegistryState[], now: Date): string {
  if (registries.length === 0) return '';
  const rows = registries.map(({ registry, account, expiresAt, from, nodes }) => [
    registry,
    account,
    expiresAt === null ? 'unknown' : `in ${inWords(Date.parse(expiresAt) - now.getTime())}`,
    from ?? 'no longer in Docker',
    String(nodes.length),
  ]);
  return `${columns([['REGISTRY', 'ACCOUNT', 'EXPIRES', 'FROM', 'NODES'], ...rows])}\n`;
}

/** A docker config that can't be read is reported elsewhere. */
async function originOf(registry: string, user: User): Promise<string | null> {
  try {
    return (await loginOrigin(registryName(registry), user)) ?? null;
  } catch {
    return null;
  }
}
