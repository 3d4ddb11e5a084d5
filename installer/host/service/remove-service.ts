import { readFile } from 'node:fs/promises';
import { KindGcrError } from '../../../core/errors.ts';
import type { CommandContext } from '../../context.ts';
import { userService } from './platform-service.ts';

/** What removing the service needs of the world. */
type ServiceContext = Pick<CommandContext, 'user' | 'exec' | 'log'>;

/**
 * Removes the background service when it has nothing left to renew; false when there is none, or when it stays. One that
 * can't be removed is a warning: it must not keep other things from being removed. With `unlessExtended` one that was
 * set up for more clusters (`kindgcr service install --all`) stays.
 */
export async function removeService(
  { user, exec, log }: ServiceContext,
  { unlessExtended = false }: { readonly unlessExtended?: boolean } = {},
): Promise<boolean> {
  const service = userService(user, exec);
  if (service === undefined || !(await service.state()).installed) return false;
  if (unlessExtended && /--(all|name)\b/.test(await readFile(service.file, 'utf8').catch(() => ''))) return false;
  try {
    return await service.uninstall();
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    log.warn(`the background service is not removed: ${error.message}; try again: kindgcr service uninstall`);
    return false;
  }
}
