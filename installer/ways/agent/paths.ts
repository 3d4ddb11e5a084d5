import { nodeLayout } from '../../../core/node/layout.ts';

/** The agent's paths in a node. */
export const layout = nodeLayout();

/** Where the new executable is until it replaces the old one. */
export const NEW_AGENT = `${layout.agent}.new`;

/** Where the old executable is kept until the new one is known to work. */
export const FORMER_AGENT = `${layout.agent}.before`;

/** The same for files. In memory: they may hold a key and logins. They are lost with a restart of the node, which is then left as it is. */
export const FORMER_FILES = '/run/kindgcr-before';

/** A file for a node; without content, the file is removed. */
export interface NodeFile {
  /** In the node. */
  readonly path: string;
  readonly content: string | undefined;
  /** Permission bits. */
  readonly mode: number;
}
