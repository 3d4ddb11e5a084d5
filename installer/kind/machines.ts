/** A type of machine that a node may run on. */
interface Machine {
  /** How image platforms call it, as in `linux/amd64`. */
  readonly architecture: string;
  /** How our executables for it are called; undefined where there is no agent for it. */
  readonly executable?: string;
}

/** The machines by what `uname -m` prints. */
const MACHINES: Readonly<Record<string, Machine>> = {
  x86_64: { architecture: 'amd64', executable: 'x64' },
  aarch64: { architecture: 'arm64', executable: 'arm64' },
  arm64: { architecture: 'arm64', executable: 'arm64' },
  armv7l: { architecture: 'arm' },
  ppc64le: { architecture: 'ppc64le' },
  s390x: { architecture: 's390x' },
  riscv64: { architecture: 'riscv64' },
};

/** What is known of a machine by its `uname -m`; undefined for one that isn't known. */
export function machineOf(uname: string): Machine | undefined {
  return MACHINES[uname];
}

/** `uname -m` of the machines that there is an agent for, one each. */
export const AGENT_MACHINES = ['x86_64', 'aarch64'] as const;

/** `uname -m` of all machines that are known. */
export const MACHINE_NAMES: readonly string[] = Object.keys(MACHINES);
