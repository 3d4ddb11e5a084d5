import * as v from 'valibot';
import { oneLine } from '../one-line.ts';
import { TimestampSchema } from '../registry/registry-login.ts';

/** Text from a node: whoever is root there can write anything into it. It is parsed into one line that is safe to show. */
export const NodeTextSchema = v.pipe(v.string(), v.transform(oneLine));

/** What went wrong last, worded for the user. */
export const FailureSchema = v.object({
  at: TimestampSchema,
  code: NodeTextSchema,
  message: NodeTextSchema,
  hint: v.optional(NodeTextSchema),
});

/** A kubelet config that could not be used as it was: where its copy lies, and why. */
export const SetAsideSchema = v.object({ at: TimestampSchema, path: NodeTextSchema, reason: NodeTextSchema });

/** What `kindgcr-agent status --json` prints. No secret is in it. */
export const StatusReportSchema = v.object({
  version: NodeTextSchema,
  /** What a pull at this moment would find: live credentials, dead ones, or none of ours. */
  credentials: v.picklist(['valid', 'expired', 'none']),
  source: v.nullable(NodeTextSchema),
  /** Names the account, where the source tells it. */
  account: v.nullable(NodeTextSchema),
  /** Whether the credentials are good for pulling images and nothing else; null or missing where the agent can't tell. */
  pullOnly: v.optional(v.nullable(v.boolean())),
  registries: v.array(NodeTextSchema),
  /** What makes them up, by owner: one login each, with the earliest expiry. */
  logins: v.optional(
    v.array(
      v.object({
        owner: v.string(),
        registries: v.array(v.string()),
        username: v.string(),
        expiresAt: v.nullable(TimestampSchema),
      }),
    ),
  ),
  expiresAt: v.nullable(TimestampSchema),
  nextRenewalAt: v.nullable(TimestampSchema),
  lastSuccessAt: v.nullable(TimestampSchema),
  lastFailure: v.nullable(FailureSchema),
  /** Failed attempts since the last success. */
  failures: v.number(),
  kubeletRestarts: v.object({
    count: v.number(),
    lastAt: v.nullable(TimestampSchema),
    lastReason: v.nullable(NodeTextSchema),
    /** A restart that waits, for kubeadm to end for example; null when there is none. */
    pending: v.nullable(NodeTextSchema),
  }),
  /** The last `config.json` that was broken when the agent found it. */
  setAside: v.optional(v.nullable(SetAsideSchema)),
});

/** The health of a node's agent, as `kindgcr-agent status --json` prints it. */
export type StatusReport = v.InferOutput<typeof StatusReportSchema>;
