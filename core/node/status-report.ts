import * as v from 'valibot';
import { oneLine } from '../one-line.ts';
import { TimestampSchema } from '../registry/registry-login.ts';

/** Text from a node, where root can write anything. It is parsed into one line that is safe to print. */
export const NodeTextSchema = v.pipe(v.string(), v.transform(oneLine));

/** The last failure, worded for the user. */
export const FailureSchema = v.object({
  at: TimestampSchema,
  code: NodeTextSchema,
  message: NodeTextSchema,
  hint: v.optional(NodeTextSchema),
});

/** A config.json that the kubelet could not read: the path of its copy, and the reason. */
export const SetAsideSchema = v.object({ at: TimestampSchema, path: NodeTextSchema, reason: NodeTextSchema });

/** The schema of `kindgcr-agent status --json`. It contains no secrets. */
export const StatusReportSchema = v.object({
  version: NodeTextSchema,
  /** What a pull would use now: valid credentials, expired ones, or none of ours. */
  credentials: v.picklist(['valid', 'expired', 'none']),
  source: v.nullable(NodeTextSchema),
  /** The account, where the source names it. */
  account: v.nullable(NodeTextSchema),
  /** Whether the credentials can only pull images; null or missing when unknown. */
  pullOnly: v.optional(v.nullable(v.boolean())),
  registries: v.array(NodeTextSchema),
  /** The logins by owner, each with its earliest expiry. */
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
    /** The reason of a pending restart, for example until kubeadm has finished; null when there is none. */
    pending: v.nullable(NodeTextSchema),
  }),
  /** The last broken `config.json` that the agent found. */
  setAside: v.optional(v.nullable(SetAsideSchema)),
});

/** The health of a node's agent, as `kindgcr-agent status --json` prints it. */
export type StatusReport = v.InferOutput<typeof StatusReportSchema>;
