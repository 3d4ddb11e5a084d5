import { isDeepStrictEqual } from 'node:util';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { googleDockerHost } from '../../core/registry/google-hosts.ts';
import { clusterOption } from '../cli/cluster-option.ts';
import { defineCommand } from '../cli/command.ts';
import { outUnlessQuiet } from '../cli/out-unless-quiet.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { findCluster } from '../kind/clusters.ts';
import { type ContainerEngine, findEngine } from '../kind/container-engine.ts';
import type { KindNode } from '../kind/node.ts';
import { findImage, pullImage } from '../ways/side-load/host-image.ts';
import { loadImage } from '../ways/side-load/load-image.ts';
import { nodeHasImage, nodePlatform } from '../ways/side-load/node-image.ts';
import { withPullConfig } from '../ways/side-load/pull-config.ts';
import { needsPullSecret } from '../ways/side-load/pulled-records.ts';

interface LoadFlags {
  readonly name: string;
  readonly nodes?: readonly string[];
  readonly pull?: boolean;
}

/** `kindgcr load`. */
export const loadCommand = defineCommand<LoadFlags, [readonly string[]], CommandContext>({
  name: 'load',
  summary: 'pull images to this machine and load them into the nodes',
  description:
    "Pulls images with this machine's credentials, for the platform of the nodes, and loads them into the nodes of a kind " +
    'cluster. Images that this machine already has are not pulled, and images that a node already has are not loaded.',
  arguments: [new Argument('<images...>', 'images by name and tag').argParser(imageNames)],
  options: [
    clusterOption(),
    new Option('--nodes <names>', 'only these nodes, separated by commas (default: all running ones)').argParser(
      (names) => names.split(','),
    ),
    new Option('--pull', 'ask the registry for a newer image of the same name'),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr load gcr.io/my-project/app:1.2
  kindgcr load --name dev --nodes dev-worker gcr.io/my-project/app:1.2`,
  async run({ flags, args: [images] }, context) {
    await load(images, flags, context);
    return undefined; // each image is reported as soon as it is loaded
  },
});

async function load(images: readonly string[], flags: LoadFlags, context: CommandContext): Promise<void> {
  const { user, exec, log } = context;
  const engine = await findEngine(exec, user.env);
  const { running, stopped } = await findCluster(engine, flags.name);
  const nodes = chosenNodes(running, stopped, flags);
  const platforms = await Promise.all(nodes.map(nodePlatform));
  const byPlatform = Map.groupBy(nodes, (_, index) => platforms[index] ?? '');
  for (const name of flags.nodes === undefined ? stopped : []) log.warn(`${name} is stopped and was skipped`);
  const hosts = new Set(images.flatMap((image) => googleDockerHost(image.split('/')[0] ?? '') ?? []));
  await withPullConfig([...hosts], context, async (env) => {
    // One after the other: an engine keeps one platform of an image under a name.
    for (const image of new Set(images)) {
      for (const [platform, members] of byPlatform) {
        await loadOne(engine, { image, platform, nodes: members, env }, flags, context);
      }
    }
  });
}

interface OneLoad {
  readonly image: string;
  readonly platform: string;
  readonly nodes: readonly KindNode[];
  readonly env: Readonly<Record<string, string>>;
}

async function loadOne(
  engine: ContainerEngine,
  { image, platform, nodes, env }: OneLoad,
  { name: cluster, pull = false }: LoadFlags,
  context: CommandContext,
): Promise<void> {
  const { exec, log, signal } = context;
  const here = await findImage(engine, image, platform);
  const mustPull = pull || here === undefined;
  if (mustPull) log.info(`${image}: pulling for ${platform}`);
  const found = mustPull ? await pullImage(engine, image, { platform, env, signal }) : here;
  const pulled =
    here !== undefined && isDeepStrictEqual(found, here) ? 'already on this machine' : `pulled for ${platform}`;
  const has = await Promise.all(nodes.map((node) => nodeHasImage(node, image, found)));
  const named = (those: boolean) => nodes.filter((_, index) => has[index] === those).map(({ name }) => name);
  const lacking = named(false);
  if (lacking.length > 0) {
    log.info(`${image}: loading into ${lacking.join(', ')}`);
    await loadImage(engine, exec, { image, platform, cluster, nodes: lacking }, signal);
  }
  await warnOfPullSecrets(nodes, image, context);
  const parts = [
    pulled,
    ...(lacking.length > 0 ? [`loaded into ${lacking.join(', ')}`] : []),
    ...(lacking.length < nodes.length ? [`already in ${named(true).join(', ')}`] : []),
  ];
  outUnlessQuiet(context)(`${image}  ${parts.join('; ')}\n`);
}

/** Loading an image does not change which pods the kubelet lets use it. */
async function warnOfPullSecrets(nodes: readonly KindNode[], image: string, { log }: CommandContext): Promise<void> {
  const tied = await Promise.all(nodes.map((node) => needsPullSecret(node, image)));
  for (const { name } of nodes.filter((_, index) => tied[index])) {
    log.warn(
      `${name}: the kubelet has pulled ${image} with a pull secret and refuses it to pods without one ` +
        '(ErrImagePull, ErrImageNeverPull); to open it to all pods: kindgcr install, then let a pod pull it',
    );
  }
}

function chosenNodes(running: readonly KindNode[], stopped: readonly string[], { nodes, name }: LoadFlags) {
  if (nodes === undefined) return running;
  return nodes.map((wanted) => {
    const node = running.find((one) => one.name === wanted);
    if (node !== undefined) return node;
    const isStopped = stopped.includes(wanted);
    throw new KindGcrError(
      'NODE_NOT_FOUND',
      isStopped ? `${wanted} is stopped` : `"${wanted}" is not a node of kind cluster "${name}"`,
      { hint: `The running nodes: ${running.map((one) => one.name).join(', ')}` },
    );
  });
}

function imageNames(image: string, before: readonly string[] = []): readonly string[] {
  if (!/^[\w][\w.:/-]*$/.test(image)) {
    if (image.includes('@')) {
      throw new InvalidArgumentError(
        'An image without a tag has no name in a node; name it with a tag instead of a digest.',
      );
    }
    throw new InvalidArgumentError('An image name looks like registry/name:tag.');
  }
  return [...before, image];
}
