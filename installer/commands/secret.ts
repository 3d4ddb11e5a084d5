import { Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import { GOOGLE_OWNER, NEVER } from '../../core/registry/registry-login.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { fromDockerOption } from '../cli/from-docker-option.ts';
import { kubernetesName, kubernetesNamesOption } from '../cli/kubernetes-names-option.ts';
import { untilInWords } from '../cli/local-time.ts';
import { registriesOption } from '../cli/registries-option.ts';
import { serviceOption } from '../cli/service-option.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { accountsOf, loginsFor, type NodeLogins, nodeLogins } from '../host/node-logins.ts';
import { keepRenewed, type ServiceFlags } from '../host/service/keep-renewed.ts';
import { removeService } from '../host/service/remove-service.ts';
import { readSettings } from '../host/settings.ts';
import { putSecret, removeSecret } from '../ways/pull-secret/in-cluster.ts';
import { forgetSecrets, type KeptSecret, keepSecrets, readKeptSecrets } from '../ways/pull-secret/kept-fresh.ts';
import { absoluteKubeconfig, openKubectl } from '../ways/pull-secret/kubectl.ts';
import { type SecretContent, secretContent, secretManifest } from '../ways/pull-secret/manifest.ts';
import { secretRegistries } from '../ways/pull-secret/registries.ts';
import { timesOf } from '../ways/pull-secret/renew.ts';

interface SecretFlags extends ServiceFlags {
  readonly namespace: readonly string[];
  readonly name: string;
  readonly serviceAccount: readonly string[];
  readonly context?: string;
  readonly registries: readonly string[];
  readonly fromDocker?: readonly string[];
  readonly apply?: true;
  readonly remove?: true;
}

/** `kindgcr secret`. */
export const secretCommand = defineCommand<SecretFlags, [], CommandContext>({
  name: 'secret',
  summary: 'a pull secret for pods, printed or applied to any cluster',
  description:
    'Makes a Secret of type kubernetes.io/dockerconfigjson that pods can name in imagePullSecrets, for any cluster of your ' +
    'kubeconfig, kind or not. Without --apply it is printed as YAML. It holds a token that expires within the hour, and with ' +
    '--from-docker logins of your Docker; kindgcr watch keeps the applied ones fresh.',
  options: [
    kubernetesNamesOption('-n, --namespace <names...>', 'namespaces that get it'),
    new Option('--name <name>', "the Secret's name").argParser(kubernetesName).default('kindgcr'),
    kubernetesNamesOption('--service-account <names...>', 'service accounts whose pods use it by default'),
    new Option('--context <name>', 'context of your kubeconfig (default: the current one)'),
    registriesOption("more of Google's registries that it is for, separated by commas"),
    fromDockerOption('also hold the logins'),
    new Option('--apply', 'write it with kubectl and add it to the service accounts'),
    new Option('--remove', 'remove it from the cluster and the service accounts again'),
    serviceOption(),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr secret --apply                          this context's "default"
  kindgcr secret -n team-a -n team-b --apply      two namespaces
  kindgcr secret --context kind-dev | less        look at it first
  kindgcr secret --apply --from-docker ghcr.io    with a login of your Docker
  kindgcr secret -n team-a --remove`,
  run: ({ flags }, context) => secret(flags, context),
});

async function secret(flags: SecretFlags, context: CommandContext): Promise<Report> {
  if (flags.apply && flags.remove) {
    throw new KindGcrError('USAGE', "--apply can't be combined with --remove", { hint: 'Leave one of them out.' });
  }
  if (flags.remove) return await remove(flags, context);
  const { user, log, now } = context;
  const found = await nodeLogins(chooseSource(user), flags.fromDocker ?? [], context);
  const registries = found.google === undefined ? [] : await secretRegistries(flags.registries, user);
  const content = secretContent(
    loginsFor(found, { mints: false }).map((login) =>
      login.owner === GOOGLE_OWNER ? { ...login, registries } : login,
    ),
  );
  if (flags.apply) return await apply(flags, { found, registries, content }, context);
  const what = found.docker.logins.length === 0 ? 'token in it, of' : 'logins in it,';
  log.info(
    `The ${what} ${accountsOf(found)}, ${validity(found, content, now())}. Treat what is printed as a password.`,
  );
  const manifests = flags.namespace.map((namespace) => secretManifest({ namespace, name: flags.name }, content));
  return { text: manifests.join('---\n') };
}

/** What is to be applied, and how it is renewed. */
interface Applied {
  readonly found: NodeLogins;
  /** Google's. */
  readonly registries: readonly string[];
  readonly content: SecretContent;
}

async function apply(flags: SecretFlags, applied: Applied, world: CommandContext): Promise<Report> {
  const { user, exec, signal, now } = world;
  const { found, registries, content } = applied;
  let confirmation = '';
  const kubectl = await open(flags, { user, exec, signal });
  for (const namespace of new Set(flags.namespace)) {
    const place = { namespace, name: flags.name, serviceAccounts: [...flags.serviceAccount] };
    await putSecret(kubectl, place, content);
    const { context, kubeconfig } = kubectl;
    const where = { context, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
    const from = { registries: [...registries], ...(flags.fromDocker && { fromDocker: [...flags.fromDocker] }) };
    await keepSecrets([{ ...where, ...place, ...from, ...timesOf(content, from, now()) }], user);
    confirmation += `Secret ${flags.name} in namespace ${namespace} of ${context}: pods of ${flags.serviceAccount.join(', ')} pull as ${accountsOf(found)}\n`;
  }
  const { line } = await keepRenewed(flags, 'kindgcr secret --apply', world);
  const names = [...registries, ...found.docker.logins.map(({ registry }) => registry.name)];
  confirmation += `For: ${names.join(', ')}\nIts ${found.docker.logins.length === 0 ? 'token' : 'logins'} ${validity(found, content, now())}.\n${line}\n`;
  return { confirmation };
}

function validity({ docker }: NodeLogins, { expiresAt }: SecretContent, now: Date): string {
  if (expiresAt === NEVER) return 'have no known expiry';
  return `${docker.logins.length === 0 ? 'is' : 'are'} valid ${untilInWords(expiresAt, now)}`;
}

async function remove(flags: SecretFlags, context: CommandContext): Promise<Report> {
  const { user, exec, signal } = context;
  let confirmation = '';
  const kubectl = await open(flags, { user, exec, signal });
  for (const namespace of new Set(flags.namespace)) {
    const isIt = (kept: KeptSecret) =>
      kept.kubeconfig === kubectl.kubeconfig &&
      kept.context === kubectl.context &&
      kept.namespace === namespace &&
      kept.name === flags.name;
    const remembered = (await readKeptSecrets(user)).filter(isIt).flatMap((kept) => kept.serviceAccounts);
    const serviceAccounts = [...new Set([...flags.serviceAccount, ...remembered])];
    const existed = await removeSecret(kubectl, { namespace, name: flags.name, serviceAccounts });
    await forgetSecrets(isIt, user);
    confirmation += `Secret ${flags.name} in namespace ${namespace} of ${kubectl.context} ${existed ? 'was removed' : 'is not there'}\n`;
  }
  if ((await isServiceIdle(context)) && (await removeService(context, { unlessExtended: true }))) {
    confirmation += 'The background service was removed: it has nothing left to renew.\n';
  }
  return { confirmation };
}

/** Whether nothing is left that the background service would renew. */
async function isServiceIdle({ user }: CommandContext): Promise<boolean> {
  return (await readKeptSecrets(user)).length === 0 && (await readSettings(user)).clusters.length === 0;
}

function open({ context }: SecretFlags, { user, ...world }: Pick<CommandContext, 'user' | 'exec' | 'signal'>) {
  return openKubectl({ ...world, context, kubeconfig: absoluteKubeconfig(user.env.KUBECONFIG) });
}
