import * as v from 'valibot';
import { TimestampSchema } from '../registry/registry-login.ts';

/** What went wrong last, worded for a person. */
export const FailureSchema = v.object({
  at: TimestampSchema,
  code: v.string(),
  message: v.string(),
  hint: v.optional(v.string()),
});

/** A kubelet config that could not be used as it was: where its copy lies, and why. */
export const SetAsideSchema = v.object({ at: TimestampSchema, path: v.string(), reason: v.string() });

/** What `kindgcr-agent status --json` prints. No secret is in it. */
export const StatusReportSchema = v.object({
  version: v.string(),
  /** What a pull at this moment would find: live credentials, dead ones, or none of ours. */
  credentials: v.picklist(['valid', 'expired', 'none']),
  source: v.nullable(v.string()),
  /** Names the account, where the source tells it. */
  account: v.nullable(v.string()),
  registries: v.array(v.string()),
  expiresAt: v.nullable(TimestampSchema),
  nextRenewalAt: v.nullable(TimestampSchema),
  lastSuccessAt: v.nullable(TimestampSchema),
  lastFailure: v.nullable(FailureSchema),
  /** Failed attempts since the last success. */
  failures: v.number(),
  kubeletRestarts: v.object({
    count: v.number(),
    lastAt: v.nullable(TimestampSchema),
    lastReason: v.nullable(v.string()),
    /** A restart that waits, for kubeadm to end for example; null when there is none. */
    pending: v.nullable(v.string()),
  }),
  /** The last `config.json` that was broken when the agent found it. */
  setAside: v.optional(v.nullable(SetAsideSchema)),
});

/** How a node's agent fares, as `kindgcr-agent status --json` prints it. */
export type StatusReport = v.InferOutput<typeof StatusReportSchema>;
