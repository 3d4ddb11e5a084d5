import { Command, InvalidArgumentError, Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { chooseSource } from '../../core/google/choice/source-choice.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import { outUnlessQuiet } from '../cli/out-unless-quiet.ts';
import { registriesOption } from '../cli/registries-option.ts';
import type { CommandContext } from '../context.ts';
import { hostLogin } from '../host/host-login.ts';
import { putSecret, removeSecret } from '../ways/pull-secret/in-cluster.ts';
import { forgetSecrets, type KeptSecret, keepSecrets, readKeptSecrets } from '../ways/pull-secret/kept-fresh.ts';
import { openKubectl } from '../ways/pull-secret/kubectl.ts';
import { secretManifest } from '../ways/pull-secret/manifest.ts';
import { secretRegistries } from '../ways/pull-secret/registries.ts';
import { timesOf } from '../ways/pull-secret/renew.ts';

interface SecretFlags {
  readonly namespace: readonly string[];
  readonly name: string;
  readonly serviceAccount: readonly string[];
  readonly context?: string;
  readonly registries: readonly string[];
  readonly apply?: true;
  readonly remove?: true;
}

/** `kindgcr secret`. */
export function secretCommand(context: CommandContext): Command {
  return new Command('secret')
    .summary('a pull secret for pods, printed or put into any cluster')
    .description(
      'Makes a Secret of type kubernetes.io/dockerconfigjson that pods can name in imagePullSecrets, for any cluster of your ' +
        'kubeconfig, kind or not. Without --apply it is printed as YAML. It holds a token that ends within the hour; kindgcr watch ' +
        'keeps the applied ones fresh.',
    )
    .addOption(namesOption('-n, --namespace <names...>', 'namespaces that get it'))
    .option('--name <name>', "the Secret's name", checkedName, 'kindgcr')
    .addOption(namesOption('--service-account <names...>', 'service accounts whose pods use it unasked'))
    .option('--context <name>', 'context of your kubeconfig (default: the current one)')
    .addOption(registriesOption('more registries that it is for, separated by commas'))
    .option('--apply', 'write it with kubectl and add it to the service accounts')
    .option('--remove', 'take it out of the cluster and the service accounts again')
    .addHelpText(
      'after',
      `
Examples:
  kindgcr secret --apply                          this context's "default"
  kindgcr secret -n team-a -n team-b --apply      two namespaces
  kindgcr secret --context kind-dev | less        look at it first
  kindgcr secret -n team-a --remove`,
    )
    .action((flags: SecretFlags) => secret(flags, context));
}

/** A list of names of which "default" is the default, without being a part of a list that is given. */
function namesOption(flags: string, help: string): Option {
  const option = new Option(flags, help).default(['default'], 'default');
  return option.argParser((value: string, before: readonly string[]) => {
    const names = value.split(',').map(checkedName);
    return before === option.defaultValue ? names : [...before, ...names];
  });
}

async function secret(flags: SecretFlags, context: CommandContext): Promise<void> {
  if (flags.apply && flags.remove) {
    throw new KindGcrError('USAGE', '--apply does not go with --remove', { hint: 'Leave one of them out.' });
  }
  if (flags.remove) return await remove(flags, context);
  const { person, signal, out, log } = context;
  const registries = await secretRegistries(flags.registries, person);
  const { login, account } = await hostLogin(chooseSource(person), signal);
  const narrowed = { ...login, registries };
  if (flags.apply) return await apply(flags, narrowed, account, context);
  out(flags.namespace.map((namespace) => secretManifest({ namespace, name: flags.name }, narrowed)).join('---\n'));
  log.info(`The token in it, of ${account}, ends at ${login.expiresAt}. Treat what was printed as a password.`);
}

async function apply(flags: SecretFlags, login: RegistryLogin, account: string, world: CommandContext): Promise<void> {
  const { person, exec, signal, now } = world;
  const out = outUnlessQuiet(world);
  const kubectl = await open(flags, { person, exec, signal });
  for (const namespace of new Set(flags.namespace)) {
    const place = { namespace, name: flags.name, serviceAccounts: [...flags.serviceAccount] };
    await putSecret(kubectl, place, login);
    const { context, kubeconfig } = kubectl;
    const where = { context, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
    await keepSecrets([{ ...where, ...place, registries: [...login.registries], ...timesOf(login, now()) }], person);
    out(
      `Secret ${flags.name} in namespace ${namespace} of ${context}: pods of ${flags.serviceAccount.join(', ')} pull as ${account}\n`,
    );
  }
  out(
    `For: ${login.registries.join(', ')}\nIt ends at ${login.expiresAt}; kindgcr watch writes it anew before then.\n`,
  );
}

async function remove(flags: SecretFlags, world: CommandContext): Promise<void> {
  const { person, exec, signal } = world;
  const out = outUnlessQuiet(world);
  const kubectl = await open(flags, { person, exec, signal });
  for (const namespace of new Set(flags.namespace)) {
    const isIt = (kept: KeptSecret) =>
      kept.context === kubectl.context && kept.namespace === namespace && kept.name === flags.name;
    const remembered = (await readKeptSecrets(person)).filter(isIt).flatMap((kept) => kept.serviceAccounts);
    const serviceAccounts = [...new Set([...flags.serviceAccount, ...remembered])];
    const existed = await removeSecret(kubectl, { namespace, name: flags.name, serviceAccounts });
    await forgetSecrets(isIt, person);
    out(
      `Secret ${flags.name} in namespace ${namespace} of ${kubectl.context} ${existed ? 'was removed' : 'is not there'}\n`,
    );
  }
}

function open({ context }: SecretFlags, { person, ...world }: Pick<CommandContext, 'person' | 'exec' | 'signal'>) {
  return openKubectl({ ...world, context, kubeconfig: person.env.KUBECONFIG || undefined });
}

/** A name as Kubernetes takes it (RFC 1123), and so never a flag. */
function checkedName(value: string): string {
  if (/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(value)) return value;
  throw new InvalidArgumentError('A name in Kubernetes is of small letters, digits, "-" and ".".');
}
