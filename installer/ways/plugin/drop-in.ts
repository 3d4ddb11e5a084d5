import { dirname } from 'node:path';
import { KindGcrError } from '../../../core/errors.ts';
import type { NodeLayout } from '../../../core/node/layout.ts';
import type { Dialect } from './dialect.ts';

const CONFIG_FLAG = '--image-credential-provider-config';
const FOLDER_FLAG = '--image-credential-provider-bin-dir';

/**
 * The drop-in that starts the kubelet as before and with the plugin's flags. `unit` is what `systemctl cat` shows of it.
 * A flag can't be added by a variable: which ones the unit leaves to others differs from image to image. Throws
 * NODE_FAILED when the unit can't be understood, or when the kubelet asks another plugin already.
 */
export function pluginDropIn(
  unit: string,
  { flags }: Dialect,
  { agent, pluginConfig, pluginDropIn }: NodeLayout,
): string {
  const command = startCommand(withoutFile(unit, pluginDropIn));
  if (command === undefined) {
    throw new KindGcrError('NODE_FAILED', 'the kubelet’s unit does not tell how it is started', {
      hint: 'Leave --delivery out, which works with every node.',
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

/** The flags that lead a kubelet to the agent. */
export function pluginFlags({ agent, pluginConfig }: Pick<NodeLayout, 'agent' | 'pluginConfig'>): readonly string[] {
  return [`${CONFIG_FLAG}=${pluginConfig}`, `${FOLDER_FLAG}=${dirname(agent)}`];
}

/** The failure of a kubelet that has a plugin already: it can be told of one config only. */
export function takenByAnother(): KindGcrError {
  return new KindGcrError(
    'NODE_FAILED',
    'this kubelet asks another credential provider already, so it was left alone',
    {
      hint: 'Leave --delivery out, which works beside it.',
    },
  );
}

/** The last command that the unit and its drop-ins start the service with; an empty one takes back those before it. */
function startCommand(unit: string): string | undefined {
  const joined = unit.replace(/\s*\\\n\s*/g, ' ');
  const commands = [...joined.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = '']) => command.trim());
  return commands.at(-1) || undefined;
}

/** What `systemctl cat` shows without one of the files, each of which begins with its path as a comment. */
function withoutFile(unit: string, path: string): string {
  return unit
    .split(/^(?=# \/)/m)
    .filter((part) => !part.startsWith(`# ${path}\n`))
    .join('');
}
