import { dirname } from 'node:path';
import { KindGcrError } from '../../../core/errors.ts';
import type { NodeLayout } from '../../../core/node/layout.ts';
import type { Dialect } from './dialect.ts';

const CONFIG_FLAG = '--image-credential-provider-config';
const FOLDER_FLAG = '--image-credential-provider-bin-dir';

/**
 * The drop-in that adds the plugin's flags to the kubelet's command line. `unit` is the output of `systemctl cat`. An
 * environment variable can't do it: which ones the unit uses differs between node images. Throws NODE_FAILED when the unit
 * can't be parsed, or when the kubelet already has another credential provider.
 */
export function pluginDropIn(
  unit: string,
  { flags }: Dialect,
  { agent, pluginConfig, pluginDropIn }: NodeLayout,
): string {
  const command = startCommand(withoutFile(unit, pluginDropIn));
  if (command === undefined) {
    throw new KindGcrError('NODE_FAILED', "the kubelet's unit has no ExecStart", {
      hint: 'Leave out --delivery: the default works with every node.',
    });
  }
  if (command.includes(CONFIG_FLAG)) throw takenByAnother();
  const all = [command, ...flags, ...pluginFlags({ agent, pluginConfig })];
  return `# Written by kindgcr: the kubelet asks kindgcr-agent for credentials.
[Service]
ExecStart=
ExecStart=${all.join(' ')}
`;
}

/** The kubelet's flags that name the agent as credential provider. */
export function pluginFlags({ agent, pluginConfig }: Pick<NodeLayout, 'agent' | 'pluginConfig'>): readonly string[] {
  return [`${CONFIG_FLAG}=${pluginConfig}`, `${FOLDER_FLAG}=${dirname(agent)}`];
}

/** The error for a kubelet that already has a credential provider: it accepts only one config. */
export function takenByAnother(): KindGcrError {
  return new KindGcrError(
    'NODE_FAILED',
    'this kubelet already has another credential provider, so nothing was changed',
    {
      hint: 'Leave out --delivery: the default works together with it.',
    },
  );
}

/** The last ExecStart of the unit and its drop-ins; an empty one resets those before it. */
function startCommand(unit: string): string | undefined {
  const joined = unit.replace(/\s*\\\n\s*/g, ' ');
  const commands = [...joined.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = '']) => command.trim());
  return commands.at(-1) || undefined;
}

/** The output of `systemctl cat` without one of the files; each begins with its path as a comment. */
function withoutFile(unit: string, path: string): string {
  return unit
    .split(/^(?=# \/)/m)
    .filter((part) => !part.startsWith(`# ${path}\n`))
    .join('');
}
