import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { KindGcrError } from '../../../core/errors.ts';
import { AGENT_BUILD_LENGTH, agentBuild } from '../../../core/node/agent-build.ts';
import type { CommandContext } from '../../context.ts';
import { AGENT_MACHINES, machineOf } from '../../kind/machines.ts';

/** An agent executable on this machine. */
export interface AgentExecutable {
  /** On this machine. */
  readonly path: string;
  /** Identifies the build: the SHA-256 that the build appended to the file, or the file's own. */
  readonly digest: string;
}

/**
 * Where the agents may be, in order of preference. An executable takes those beside it alone: it may have been put into a folder
 * with files of other users. For a script they come as npm packages, below it or beside its own, or from a
 * build of the checkout.
 */
export function agentFolders(programFolder: string, { isExecutable }: { readonly isExecutable: boolean }) {
  if (isExecutable) return [programFolder];
  const packages = AGENT_MACHINES.flatMap((machine) => fileNameFor(machine) ?? []);
  return [
    programFolder,
    join(programFolder, '..', 'dist'),
    ...packages.map((name) => join(programFolder, '..', 'node_modules', name)),
    ...packages.map((name) => join(programFolder, '..', '..', name)),
  ];
}

/** The agents by machine type, each looked up once. */
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
  { user, agentFolders }: CommandContext,
): Promise<AgentExecutable> {
  const name = fileNameFor(machine);
  if (name === undefined) {
    throw new KindGcrError('NODE_FAILED', `there is no kindgcr-agent for nodes of type ${machine}`, {
      hint: 'kind nodes on x86_64 and arm64 are supported.',
    });
  }
  const candidates = user.env.KINDGCR_AGENT
    ? [user.env.KINDGCR_AGENT]
    : agentFolders.map((folder) => join(folder, name));
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new KindGcrError('FILE_FAILED', `the agent's executable is missing: ${candidates[0]}`, {
      hint: `It belongs beside kindgcr, or comes with npm as ${name}; or name it in KINDGCR_AGENT.`,
    });
  }
  return { path, digest: await digestOf(path) };
}

function fileNameFor(machine: string): string | undefined {
  const name = machineOf(machine)?.executable;
  return name === undefined ? undefined : `kindgcr-agent-linux-${name}`;
}

async function digestOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, AGENT_BUILD_LENGTH);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const known = agentBuild(buffer.toString('latin1'));
    if (known !== undefined) return known;
    const sha256 = createHash('sha256');
    await pipeline(file.createReadStream({ start: 0, autoClose: false }), sha256);
    return sha256.digest('hex');
  } finally {
    await file.close();
  }
}
