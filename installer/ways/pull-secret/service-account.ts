import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { KindGcrError } from '../../../core/errors.ts';
import type { Kubectl } from './kubectl.ts';

/** Milliseconds that a new namespace may take to get its service account "default". */
const COMES_WITHIN = 15_000;
const LOOK_AGAIN = 500;

const AccountSchema = v.object({
  metadata: v.object({ resourceVersion: v.string() }),
  imagePullSecrets: v.nullish(v.array(v.looseObject({ name: v.nullish(v.string()) })), []),
});

/** A service account of a namespace. */
export interface AccountPlace {
  readonly namespace: string;
  readonly account: string;
}

/** Whether there is such a service account. Throws KUBERNETES_FAILED when that can't be determined. */
export async function hasAccount(kubectl: Kubectl, place: AccountPlace): Promise<boolean> {
  return (await kubectl.run([...get(place), '--ignore-not-found', '--output=name'])) !== '';
}

/**
 * Changes the names of a service account's `imagePullSecrets`. The list is replaced as a whole, since a
 * strategic merge could drop entries of others; the patch names the resourceVersion that was read, and is retried after a
 * conflict. Throws KUBERNETES_FAILED.
 */
export async function changePullSecrets(
  kubectl: Kubectl,
  place: AccountPlace,
  change: (names: readonly string[]) => readonly string[],
): Promise<void> {
  const end = Date.now() + COMES_WITHIN;
  for (;;) {
    try {
      const { metadata, imagePullSecrets } = parse(await kubectl.run([...get(place), '--output=json']), place);
      const entries = imagePullSecrets ?? [];
      const before = entries.flatMap(({ name }) => name || []); // the API server takes nameless ones, too
      const names = change(before);
      if (isDeepStrictEqual(names, before)) return;
      const patch = {
        metadata: { resourceVersion: metadata.resourceVersion },
        imagePullSecrets: [
          ...entries.filter(({ name }) => !name || names.includes(name)),
          ...names.filter((name) => !before.includes(name)).map((name) => ({ name })),
        ],
      };
      await kubectl.run([...patchOf(place), '--type=merge', `--patch=${JSON.stringify(patch)}`]);
      return;
    } catch (error) {
      if (!isPassing(error, place) || Date.now() > end) throw error;
      await sleep(LOOK_AGAIN);
    }
  }
}

function isPassing(error: unknown, { account }: AccountPlace): boolean {
  if (!(error instanceof KindGcrError)) return false;
  if (/the object has been modified/.test(error.message)) return true;
  return account === 'default' && /serviceaccounts? ".*" not found/.test(error.message);
}

function get({ namespace, account }: AccountPlace): readonly string[] {
  return ['get', 'serviceaccount', account, `--namespace=${namespace}`];
}

function patchOf({ namespace, account }: AccountPlace): readonly string[] {
  return ['patch', 'serviceaccount', account, `--namespace=${namespace}`];
}

function parse(text: string, { account }: AccountPlace): v.InferOutput<typeof AccountSchema> {
  try {
    return v.parse(AccountSchema, JSON.parse(text));
  } catch (cause) {
    throw new KindGcrError('KUBERNETES_FAILED', `kubectl did not answer with the service account "${account}"`, {
      hint: `See what it prints: kubectl get serviceaccount ${account} --output=json`,
      cause,
    });
  }
}
