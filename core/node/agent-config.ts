import * as v from 'valibot';
import { PULL_SCOPES } from '../google/scopes.ts';

/** The restart policies, the default first. */
export const RESTART_POLICIES = ['when-needed', 'always', 'never'] as const;

/** When the kubelet is restarted after new credentials are written. */
export type RestartPolicy = (typeof RESTART_POLICIES)[number];

/** The delivery methods, the default first. */
export const DELIVERIES = ['config-file', 'credential-provider'] as const;

/** How the kubelet gets credentials: it reads them from its `config.json`, or asks the agent at each pull. */
export type Delivery = (typeof DELIVERIES)[number];

/** The schema of `agent.json`. Unknown keys are an error, so that typos are noticed. */
export const AgentConfigSchema = v.strictObject({
  version: v.literal(1),
  /** `keyfile`: the node gets tokens with its own key. `host`: the host sends them to `receive`. */
  source: v.picklist(['keyfile', 'host']),
  /** OAuth scopes of the tokens that the node requests. */
  scopes: v.optional(v.pipe(v.array(v.string()), v.minLength(1)), [...PULL_SCOPES]),
  restart: v.optional(v.picklist(RESTART_POLICIES), 'when-needed'),
  /** Default: `config-file`. */
  delivery: v.optional(v.picklist(DELIVERIES)),
});

/** What the installer writes and the agent reads: `agent.json`. */
export type AgentConfig = v.InferOutput<typeof AgentConfigSchema>;
