/** Enough to pull from Artifact Registry and gcr.io, and for nothing that costs money or changes anything. */
export const PULL_SCOPES: readonly string[] = ['https://www.googleapis.com/auth/devstorage.read_only'];

/** What a user's Docker needs to pull and push; IAM still decides what the account may do. */
export const PUSH_SCOPES: readonly string[] = ['https://www.googleapis.com/auth/cloud-platform'];
