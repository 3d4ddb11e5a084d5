/** Begins the last line of the agent's executable: scripts/build appends it with the SHA-256 of all that comes before. */
export const AGENT_BUILD_MARK = 'kindgcr-build';

/** The last line, with the line end before it, for an executable whose SHA-256 this is. */
export function agentBuildLine(sha256: string): string {
  return `\n${AGENT_BUILD_MARK} ${sha256}\n`;
}

/** Bytes of that. */
export const AGENT_BUILD_LENGTH = agentBuildLine('0'.repeat(64)).length;

/** The SHA-256 in the last bytes of an executable; undefined where no build appended it. */
export function agentBuild(lastBytes: string): string | undefined {
  return new RegExp(`\n${AGENT_BUILD_MARK} ([0-9a-f]{64})\n$`).exec(lastBytes)?.[1];
}
