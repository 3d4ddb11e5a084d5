import { nodeLayout } from '../../../core/node/layout.ts';

/** Where a node has what is the agent's. */
export const layout = nodeLayout();

/** Where the executable waits until it takes the place of the old one. */
export const NEW_AGENT = `${layout.agent}.new`;

/** Where the executable of before waits until the new one has proved itself. */
export const FORMER_AGENT = `${layout.agent}.before`;

/** The same for files. In memory: they may hold a key and logins. After a restart of the node what is there then stays. */
export const FORMER_FILES = '/run/kindgcr-before';

/** A file that a node is to have; no content means that it is to have none. */
export interface NodeFile {
  /** In the node. */
  readonly path: string;
  readonly content: string | undefined;
  /** Permission bits. */
  readonly mode: number;
}
