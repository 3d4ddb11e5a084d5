import type { Logger } from '../core/log.ts';
import type { AgentConfig } from '../core/node/agent-config.ts';
import type { NodeLayout } from '../core/node/layout.ts';
import type { KubeletService } from './kubelet/service.ts';
import type { Minted } from './logins/mint-protocol.ts';

/** All that the agent knows of the world around it. */
export interface World {
  readonly layout: NodeLayout;
  readonly log: Logger;
  /** The wall clock. */
  now(): Date;
  readonly awake: AwakeClock;
  /** 0 to 1, for jitter. */
  random(): number;
  /** Resolves after so many milliseconds; rejects when the signal says so. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  readonly kubelet: KubeletService;
  readonly mint: Mint;
}

/** A clock that only goes forward, and stands still in suspend: the one that the kubelet's cache goes by. */
export interface AwakeClock {
  /** Tells one boot of the machine from another: moments of two boots can't be compared. */
  boot(): Promise<string>;
  /** Milliseconds since some moment of this boot. */
  now(): number;
}

/** Mints a token from the key of a node that feeds itself. Throws KindGcrError as a credential source does. */
export type Mint = (config: AgentConfig, signal?: AbortSignal) => Promise<Minted>;
