import type { Target } from './targets.ts';

/** A program that becomes an executable. */
export interface Program {
  readonly name: string;
  /** Its first source file, seen from the repository's root. */
  readonly entry: string;
  /** Where it runs: on the user's machine, or in a kind node. */
  readonly where: 'host' | 'node';
  /** The executable's file name. */
  fileName(target: Target): string;
  /** A second name of the same executable. */
  readonly otherName?: string;
  /** Node's and V8's own options, used at each start. */
  readonly execArgv: readonly string[];
}

/**
 * The system's certificate store costs nothing until the first TLS connection, and is where companies put the
 * certificates of their proxies.
 */
const SYSTEM_CA = '--use-system-ca';

/**
 * Nothing in the agent runs often enough for V8's optimizing compilers to pay off: they keep seven megabytes of the
 * runtime resident, and two of anonymous memory.
 */
const NO_OPTIMIZER = ['--no-opt', '--no-maglev', '--no-sparkplug'];

/**
 * By default SIGUSR1 opens Node's inspector: a port with no password, through which any process that reaches the loopback
 * interface runs code as this one. A pod in the node's network could reach root's agent.
 */
const NO_INSPECTOR = '--disable-sigusr1';

/** The executables that a build makes. */
export const PROGRAMS: readonly Program[] = [
  {
    name: 'host',
    entry: 'host.ts',
    where: 'host',
    fileName: () => 'kindgcr',
    otherName: 'docker-credential-kindgcr',
    execArgv: [SYSTEM_CA, NO_INSPECTOR],
  },
  {
    name: 'agent',
    entry: 'agent/main.ts',
    where: 'node',
    fileName: (target) => `kindgcr-agent-${target.name}`,
    execArgv: [SYSTEM_CA, NO_INSPECTOR, ...NO_OPTIMIZER],
  },
];
