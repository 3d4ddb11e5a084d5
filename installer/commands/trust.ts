import { join } from 'node:path';
import { Argument, Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { registryName } from '../../core/registry/docker-login/registry-name.ts';
import { clusterOption, refuseNameWithAll } from '../cli/cluster-option.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { forgetTrust, pemText, type RegistryTrust, rememberTrust } from '../host/trusted-registries.ts';
import { askedClusters } from '../kind/asked-clusters.ts';
import { findEngine } from '../kind/container-engine.ts';
import { eachNode } from '../kind/each-node.ts';
import { checkTrust } from '../ways/trust/certificates.ts';
import { distrustInNode, trustInNode } from '../ways/trust/node-trust.ts';

interface TrustFlags {
  readonly name: string;
  readonly all?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly remove?: boolean;
}

/** Where Docker on Linux has the certificates of registries. */
const DOCKER_CERTS = '/etc/docker/certs.d';

/** `kindgcr trust`. */
export const trustCommand = defineCommand<TrustFlags, [string], CommandContext>({
  name: 'trust',
  summary: 'let nodes pull from a registry behind a private certificate authority',
  description:
    "Writes a registry's CA certificate, and a client certificate if it asks for one, to every node of a kind cluster, where " +
    'containerd finds them at the next pull. Nothing is restarted. New nodes of clusters that kindgcr is installed in get them, too.',
  arguments: [new Argument('<registry>', 'the registry, with its port: registry.example:5000')],
  options: [
    clusterOption(),
    new Option('--all', 'every kind cluster of this machine'),
    new Option('--ca <file>', `CA certificates, PEM (default: ${DOCKER_CERTS}/REGISTRY/ca.crt of this machine)`),
    new Option('--cert <file>', 'client certificate, PEM'),
    new Option('--key <file>', 'its private key, PEM'),
    new Option('--remove', 'remove what trust has written'),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr trust registry.example:5000 --ca ca.crt
  kindgcr trust registry.example:5000 --cert client.crt --key client.key
  kindgcr trust registry.example:5000 --all
  kindgcr trust registry.example:5000 --remove`,
  async run({ flags, args: [registry], command }, context) {
    refuseNameWithAll(flags.all, command);
    return await trust(registryName(registry).host, flags, context);
  },
});

async function trust(host: string, flags: TrustFlags, context: CommandContext): Promise<Report> {
  const { user, exec, log, now } = context;
  const found = flags.remove ? undefined : readFiles(host, flags, now());
  const clusters = await askedClusters(await findEngine(exec, user.env, log), flags);
  const nodes = clusters.flatMap(({ running }) => running);
  for (const name of clusters.flatMap(({ stopped }) => stopped)) log.warn(`${name} is stopped and was skipped`);
  if (found === undefined) {
    await eachNode(nodes, (node) => distrustInNode(node, host));
    await forgetTrust(host, user);
    return { confirmation: `Nodes trust ${host} as they did before: ${nodes.map(({ name }) => name).join(', ')}\n` };
  }
  await eachNode(nodes, (node) => trustInNode(node, host, found));
  await rememberTrust(host, found, user);
  const what = found.client === undefined ? 'its CA' : 'its CA and a client certificate';
  return { confirmation: `Nodes trust ${host} by ${what}: ${nodes.map(({ name }) => name).join(', ')}\n` };
}

/** The certificates by the flags, else those that Docker on this machine has. Throws USAGE, CREDENTIAL_INVALID. */
function readFiles(host: string, { ca, cert, key }: TrustFlags, now: Date): RegistryTrust {
  if ((cert === undefined) !== (key === undefined)) {
    throw new KindGcrError('USAGE', '--cert and --key go together', { hint: 'Name both, or neither.' });
  }
  const inDocker = (name: string) => join(DOCKER_CERTS, host, name);
  const paths = {
    ca: ca ?? inDocker('ca.crt'),
    cert: cert ?? inDocker('client.cert'),
    key: key ?? inDocker('client.key'),
  };
  const authority = pemText(paths.ca);
  if (authority === undefined) {
    throw new KindGcrError('USAGE', `there is no ${paths.ca}`, {
      hint: `Name the CA's certificate: kindgcr trust ${host} --ca ca.crt`,
    });
  }
  const isAsked = cert !== undefined || ca === undefined;
  const [certificate, privateKey] = isAsked ? [pemText(paths.cert), pemText(paths.key)] : [];
  if (cert !== undefined && (certificate === undefined || privateKey === undefined)) {
    const missing = certificate === undefined ? paths.cert : paths.key;
    throw new KindGcrError('USAGE', `there is no ${missing}`, { hint: `ls -l ${missing}` });
  }
  const client =
    certificate === undefined || privateKey === undefined ? undefined : { cert: certificate, key: privateKey };
  const trust = { ca: authority, client };
  checkTrust(trust, paths, now);
  return trust;
}
