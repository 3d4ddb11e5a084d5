import type { Target } from './targets.ts';

/** A program that becomes an executable. */
export interface Program {
  readonly name: string;
  /** Its first source file, seen from the repository's root. */
  readonly entry: string;
  /** Where it runs: on the person's own machine, or in a kind node. */
  readonly where: 'host' | 'node';
  /** The executable's file name. */
  fileName(target: Target): string;
  /** Another name that it answers to. */
  readonly otherName?: string;
  /** Node's and V8's own options, in force at each start. */
  readonly execArgv: readonly string[];
}

/**
 * The system's certificate store costs nothing until the first TLS connection, and is where companies put the
 * certificates of their proxies.
 */
const SYSTEM_CA = '--use-system-ca';

/**
 * Nothing in the agent runs so often that V8's compilers of hot code could save what they cost: seven megabytes of the
 * runtime that stay resident once one of them has worked, and two of memory of its own.
 */
const NO_OPTIMIZER = ['--no-opt', '--no-maglev', '--no-sparkplug'];

/**
 * By default SIGUSR1 opens Node's inspector: a port with no password, through which any process that reaches the loopback
 * interface runs code as this one. A pod in a node's network would reach root's agent.
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
