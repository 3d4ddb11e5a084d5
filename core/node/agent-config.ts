import * as v from 'valibot';
import { PULL_SCOPES } from '../google/scopes.ts';

/** The restart policies, the usual one first. */
export const RESTART_POLICIES = ['when-needed', 'always', 'never'] as const;

/** When the kubelet is restarted after new credentials were written. */
export type RestartPolicy = (typeof RESTART_POLICIES)[number];

/** The ways of delivery, the usual one first. */
export const DELIVERIES = ['config-file', 'credential-provider'] as const;

/** How the kubelet gets at credentials: it reads them in its `config.json`, or it asks the agent at each pull. */
export type Delivery = (typeof DELIVERIES)[number];

/** The shape of `agent.json`. Unknown keys are an error, so that a typo is heard. */
export const AgentConfigSchema = v.strictObject({
  version: v.literal(1),
  /** `keyfile`: the node mints its own tokens. `host`: they are handed in through `receive`. */
  source: v.picklist(['keyfile', 'host']),
  /** OAuth scopes of the tokens that the node mints. */
  scopes: v.optional(v.pipe(v.array(v.string()), v.minLength(1)), [...PULL_SCOPES]),
  restart: v.optional(v.picklist(RESTART_POLICIES), 'when-needed'),
  /** `config-file` where it is missing. */
  delivery: v.optional(v.picklist(DELIVERIES)),
});

/** What the installer writes and the agent reads: `agent.json`. */
export type AgentConfig = v.InferOutput<typeof AgentConfigSchema>;
