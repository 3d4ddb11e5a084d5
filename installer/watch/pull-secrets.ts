import { readKeptSecrets } from '../ways/pull-secret/kept-fresh.ts';
import { describeSecret, type RenewContext, renewSecret } from '../ways/pull-secret/renew.ts';
import type { ItemSource } from './refresher.ts';
import type { SharedLogin } from './shared-login.ts';

/** The pull secrets that were applied; each is renewed half-way to its expiry. */
export function secretItems(context: RenewContext & { readonly freshLogin: SharedLogin }): ItemSource {
  return {
    name: 'pull secrets',
    async items() {
      return (await readKeptSecrets(context.person)).map((secret) => ({
        key: JSON.stringify([secret.kubeconfig, secret.context, secret.namespace, secret.name]),
        name: describeSecret(secret),
        reconcile: () => renewSecret(secret, context.freshLogin, context),
      }));
    },
  };
}
