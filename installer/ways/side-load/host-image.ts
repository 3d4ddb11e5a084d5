import * as v from 'valibot';
import { KindGcrError } from '../../../core/errors.ts';
import { withReason } from '../../../core/one-line.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';

const InspectSchema = v.tupleWithRest(
  [v.object({ Id: v.string(), Os: v.optional(v.string(), ''), Architecture: v.optional(v.string(), '') })],
  v.unknown(),
);

/** An image on this machine. */
export interface HostImage {
  /** The digest of its configuration or, in a containerd image store, of its manifest; without `sha256:`. */
  readonly id: string;
  /** As in `linux/amd64`; empty where the image does not say. */
  readonly platform: string;
}

/** What a pull needs. */
export interface PullOptions {
  readonly platform: string;
  /** Variables with which the engine's CLI finds its credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The image on this machine, if it is there for that platform. */
export async function findImage(
  engine: ContainerEngine,
  image: string,
  platform: string,
): Promise<HostImage | undefined> {
  const found = await inspect(engine, image, platform);
  return found !== undefined && isFor(found, platform) ? found : undefined;
}

/** Pulls an image for a platform. Throws IMAGE_FAILED with the engine's message. */
export async function pullImage(
  engine: ContainerEngine,
  image: string,
  { platform, env, signal }: PullOptions,
): Promise<HostImage> {
  const result = await engine.run(['pull', '--quiet', '--platform', platform, image], { env, signal });
  signal.throwIfAborted();
  if (result.exitCode !== 0) throw pullFailure(engine, image, result.stderr);
  const pulled = await inspect(engine, image, platform);
  if (pulled !== undefined && isFor(pulled, platform)) return pulled;
  throw new KindGcrError('IMAGE_FAILED', `${image} is not available for ${platform}, which the node needs`, {
    hint: `Build and push it for that platform: docker buildx build --platform ${platform} --push …`,
  });
}

/** Where an image store keeps several platforms of one image, the id of the whole is none that a node could know. */
async function inspect(engine: ContainerEngine, image: string, platform: string): Promise<HostImage | undefined> {
  const ofPlatform = await engine.run(['image', 'inspect', '--platform', platform, image]);
  // Fails, too, in engines that don't know the flag: they keep one platform.
  const result = ofPlatform.exitCode === 0 ? ofPlatform : await engine.run(['image', 'inspect', image]);
  if (result.exitCode !== 0) return undefined;
  try {
    const [{ Id, Os, Architecture }] = v.parse(InspectSchema, JSON.parse(result.stdout));
    return { id: Id.replace(/^sha256:/, ''), platform: Architecture === '' ? '' : `${Os || 'linux'}/${Architecture}` };
  } catch {
    return undefined; // what can't be told from this is told by a pull
  }
}

function isFor({ platform }: HostImage, wanted: string): boolean {
  return platform === '' || platform === wanted;
}

function pullFailure(engine: ContainerEngine, image: string, stderr: string): KindGcrError {
  const denied = /unauthorized|denied|forbidden|40[13]|authorization failed/i.test(stderr);
  return new KindGcrError('IMAGE_FAILED', withReason(`${engine.name} could not pull ${image}`, stderr), {
    hint: denied
      ? 'The account needs the role roles/artifactregistry.reader on that repository; or log in as another: gcloud auth login'
      : `Try it yourself: ${engine.name} pull ${image}`,
  });
}
