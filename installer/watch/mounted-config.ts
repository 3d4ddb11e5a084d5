import { KindGcrError } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import type { CommandContext } from '../context.ts';
import { hostLogin } from '../host/host-login.ts';
import { readSettings } from '../host/settings.ts';
import type { KindContainer } from '../kind/containers.ts';
import { mountedFolder } from '../ways/mounted-config/folder.ts';
import { type Caretaker, caretaker } from './caretaker.ts';

/** What looking after mounted configs needs of the world. */
export interface MountedCareContext extends Pick<CommandContext, 'person' | 'signal' | 'now' | 'log'> {
  /** All of kind's containers. Throws when the engine does not answer. */
  readonly containers: () => Promise<readonly KindContainer[]>;
}

/** Looks after the configs that nodes have mounted, and tells each renewal. */
export function mountedCare(context: MountedCareContext): Caretaker {
  const renew = async () => {
    await renewMounted(context);
    return [];
  };
  return caretaker(context, renew, (reason) => `mounted configs are not renewed: ${reason}`);
}

/** One token for all that are due. A login that has ended is taken out: it would keep public images away, too. */
async function renewMounted({ person, signal, now, log, containers }: MountedCareContext): Promise<void> {
  const { ways = {} } = await readSettings(person);
  const due: { cluster: string; ended: boolean }[] = [];
  for (const [cluster, way] of Object.entries(ways)) {
    if (way !== 'mounted-config') continue;
    const times = await mountedFolder(cluster, person).times();
    if (times === undefined || new Date(times.renewAt) <= now()) {
      due.push({ cluster, ended: times !== undefined && new Date(times.expiresAt) <= now() });
    }
  }
  if (due.length === 0) return;
  const existing = new Set((await containers()).map(({ cluster }) => cluster));
  for (const { cluster } of due) if (!existing.has(cluster)) await mountedFolder(cluster, person).empty();
  const living = due.filter(({ cluster }) => existing.has(cluster));
  if (living.length === 0) return;
  try {
    const { login, account } = await hostLogin(chooseSource(person), signal);
    for (const { cluster } of living) {
      const { expiresAt } = await mountedFolder(cluster, person).write(login, now());
      log.info('wrote a mounted config anew', { cluster, account, expiresAt });
    }
  } catch (error) {
    for (const { cluster, ended } of living) if (ended) await mountedFolder(cluster, person).empty();
    if (error instanceof KindGcrError && signal.aborted) return;
    throw error;
  }
}
