import { KindGcrError } from '../../../core/errors.ts';
import type { CommandContext } from '../../context.ts';
import { readSettings } from '../settings.ts';
import { userService } from './platform-service.ts';
import { serviceEnvironment } from './service-environment.ts';

/** What came of setting up the background service: for JSON, and in one line for people. */
export interface ServiceOutcome {
  readonly service: 'installed' | 'running' | 'stopped' | 'off' | 'unavailable';
  readonly line: string;
}

/** What a command says about the background service. */
export interface ServiceFlags {
  /** False with --no-service. */
  readonly service?: boolean;
}

/** What setting it up needs of the world. */
type ServiceContext = Pick<CommandContext, 'user' | 'exec' | 'command' | 'log'>;

/**
 * Sees to it that tokens are renewed in the background: sets the service up where it is missing, wanted and possible.
 * One that is there is left as it is. Never throws for what is expected: the credentials are in force already. `byHand`
 * is the command that renews without a service.
 */
export async function keepRenewed(
  { service = true }: ServiceFlags,
  byHand: string,
  context: ServiceContext,
): Promise<ServiceOutcome> {
  const { user, exec, log, command } = context;
  const instead = `Keep this running instead: kindgcr watch; or renew by hand: ${byHand}`;
  if (!service || (await readSettings(user)).service === 'off') {
    const why = service ? 'the setting "service" is off' : '--no-service';
    return { service: 'off', line: `Tokens are not renewed in the background (${why}). ${instead}` };
  }
  const unavailable = (why: string): ServiceOutcome => ({
    service: 'unavailable',
    line: `Tokens are not renewed in the background: ${why}. ${instead}`,
  });
  if (isCi(user.env.CI)) return unavailable('CI is set');
  const manager = userService(user, exec);
  if (manager === undefined) return unavailable(`kindgcr has no background service for ${user.platform}`);
  const state = await manager.state();
  if (state.installed && state.running) {
    return { service: 'running', line: 'The background service renews the tokens; it was already running.' };
  }
  if (state.installed) {
    return { service: 'stopped', line: `The background service is stopped. Start it: kindgcr service install` };
  }
  try {
    const { env, withheld } = serviceEnvironment(user.env);
    await manager.install({ command: [...command, 'watch'], env });
    for (const name of withheld) log.warn(`${name} holds a password and is not passed on to the background service`);
  } catch (error) {
    if (!(error instanceof KindGcrError)) throw error;
    return unavailable(error.message.replace(/^no background service could be set up: /, ''));
  }
  return {
    service: 'installed',
    line: 'A new background service renews the tokens. To undo: kindgcr service uninstall',
  };
}

/** `CI=false` and `CI=0` are how people say that this is no CI. */
function isCi(value: string | undefined): boolean {
  return Boolean(value) && value !== 'false' && value !== '0';
}
