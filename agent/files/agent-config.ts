import { KindGcrError } from '../../core/errors.ts';
import { type AgentConfig, AgentConfigSchema } from '../../core/node/agent-config.ts';
import { readStored } from './stored-json.ts';

const HOW_TO_GET_IT = 'Install the agent from the host, which writes this file: kindgcr install';

/** Reads `agent.json`. Throws CONFIG_INVALID when it is missing or not as it should be, FILE_FAILED when unreadable. */
export async function readAgentConfig(path: string): Promise<AgentConfig> {
  const config = await readStored(path, AgentConfigSchema, HOW_TO_GET_IT);
  if (config === undefined) {
    throw new KindGcrError('CONFIG_INVALID', `${path} does not exist, so the agent does not know what to do`, {
      hint: HOW_TO_GET_IT,
    });
  }
  return config;
}
