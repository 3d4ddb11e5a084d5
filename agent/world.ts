import type { Logger } from '../core/log.ts';
import type { AgentConfig } from '../core/node/agent-config.ts';
import type { NodeLayout } from '../core/node/layout.ts';
import type { KubeletService } from './kubelet/service.ts';
import type { Minted } from './logins/mint-protocol.ts';

/** Everything outside the agent that it depends on: files, clocks, kubelet, token source. */
export interface World {
  readonly layout: NodeLayout;
  readonly log: Logger;
  /** The wall clock. */
  now(): Date;
  readonly awake: AwakeClock;
  /** 0 to 1, for jitter. */
  random(): number;
  /** Resolves after so many milliseconds; rejects when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  readonly kubelet: KubeletService;
  readonly mint: Mint;
}

/** A clock that never goes back and stops during suspend, like the one that the kubelet's cache uses. */
export interface AwakeClock {
  /** Identifies the boot; readings from two boots can't be compared. */
  boot(): Promise<string>;
  /** Milliseconds since a fixed point of this boot. */
  now(): number;
}

/** Issues a token from the node's service account key. Throws KindGcrError as a credential source does. */
export type Mint = (config: AgentConfig, signal?: AbortSignal) => Promise<Minted>;
