import { readKeptSecrets } from '../ways/pull-secret/kept-fresh.ts';
import { describeSecret, type RenewContext, renewSecret } from '../ways/pull-secret/renew.ts';
import { type DockerKeeper, dockerKeeper } from './docker-keeper.ts';
import type { ItemSource } from './refresher.ts';
import type { SharedLogin } from './shared-login.ts';

/** The pull secrets that were applied; each is renewed half-way to its expiry, and when Docker is asked again. */
export function secretItems(context: RenewContext & { readonly freshLogin: SharedLogin }): ItemSource {
  /** By the registries that were chosen: a keeper for all secrets with the same ones. */
  const keepers = new Map<string, DockerKeeper>();
  const dockerFor = (names: readonly string[]) => {
    const key = names.join();
    const keeper = keepers.get(key) ?? dockerKeeper(context, async () => names);
    keepers.set(key, keeper);
    return () => keeper.logins();
  };
  return {
    name: 'pull secrets',
    async items() {
      return (await readKeptSecrets(context.user)).map((secret) => ({
        key: JSON.stringify([secret.kubeconfig, secret.context, secret.namespace, secret.name]),
        name: describeSecret(secret),
        reconcile: () =>
          renewSecret(secret, { google: context.freshLogin, docker: dockerFor(secret.fromDocker ?? []) }, context),
      }));
    },
  };
}
