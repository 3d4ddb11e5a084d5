import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { KindGcrError } from '../../../core/errors.ts';
import type { CommandContext } from '../../context.ts';

/** An agent executable on this machine. */
export interface AgentExecutable {
  /** On this machine. */
  readonly path: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/** What `uname -m` says, and what our executables are called after. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'x64', aarch64: 'arm64', arm64: 'arm64' };

/**
 * Where the agents may lie, best first. An executable takes those beside it alone: it may have been put into a folder
 * whose neighbours are other people's. For a script they come as npm packages, below it or beside its own, or from a
 * build of the checkout.
 */
export function agentFolders(programFolder: string, { isExecutable }: { readonly isExecutable: boolean }) {
  if (isExecutable) return [programFolder];
  const packages = [...new Set(Object.values(ARCHITECTURES))].map((name) => `kindgcr-agent-linux-${name}`);
  return [
    programFolder,
    join(programFolder, '..', 'dist'),
    ...packages.map((name) => join(programFolder, '..', 'node_modules', name)),
    ...packages.map((name) => join(programFolder, '..', '..', name)),
  ];
}

/** The agents for nodes by their machine, each found and hashed once however many nodes ask. */
export function agentExecutables(context: CommandContext): (machine: string) => Promise<AgentExecutable> {
  const found = new Map<string, Promise<AgentExecutable>>();
  return (machine) => {
    const known = found.get(machine) ?? agentExecutable(machine, context);
    found.set(machine, known);
    return known;
  };
}

/**
 * Finds the agent for a node's machine (`uname -m`): the file that `KINDGCR_AGENT` names, else the one in the first
 * of the context's folders that has it. Throws NODE_FAILED for a machine that there is no agent for, FILE_FAILED when the file is missing.
 */
export async function agentExecutable(
  machine: string,
  { person, agentFolders }: CommandContext,
): Promise<AgentExecutable> {
  const architecture = ARCHITECTURES[machine];
  if (architecture === undefined) {
    throw new KindGcrError('NODE_FAILED', `there is no kindgcr-agent for nodes of type ${machine}`, {
      hint: 'kind nodes on x86_64 and arm64 are supported.',
    });
  }
  const candidates = person.env.KINDGCR_AGENT
    ? [person.env.KINDGCR_AGENT]
    : agentFolders.map((folder) => join(folder, `kindgcr-agent-linux-${architecture}`));
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new KindGcrError('FILE_FAILED', `the agent's executable is missing: ${candidates[0]}`, {
      hint: `It belongs beside kindgcr, or comes with npm as kindgcr-agent-linux-${architecture}; or name it in KINDGCR_AGENT.`,
    });
  }
  const sha256 = createHash('sha256');
  await pipeline(createReadStream(path), sha256);
  return { path, sha256: sha256.digest('hex') };
}
