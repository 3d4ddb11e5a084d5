import { KindGcrError } from '../../core/errors.ts';
import { type AgentConfig, AgentConfigSchema } from '../../core/node/agent-config.ts';
import { readStored } from './stored-json.ts';

const HINT = 'Install the agent from the host, which writes this file: kindgcr install';

/** Reads `agent.json`. Throws CONFIG_INVALID when it is missing or invalid, FILE_FAILED when it can't be read. */
export async function readAgentConfig(path: string): Promise<AgentConfig> {
  const config = await readStored(path, AgentConfigSchema, HINT);
  if (config === undefined) {
    throw new KindGcrError('CONFIG_INVALID', `${path} does not exist`, {
      hint: HINT,
    });
  }
  return config;
}
