import * as v from 'valibot';
import { KindGcrError } from '../../../core/errors.ts';
import { withReason } from '../../../core/one-line.ts';
import type { ContainerEngine } from '../../kind/container-engine.ts';

const InspectSchema = v.tupleWithRest(
  [
    v.object({
      Id: v.string(),
      Os: v.optional(v.string(), ''),
      Architecture: v.optional(v.string(), ''),
      /** Only with the containerd image store. */
      Descriptor: v.optional(v.unknown()),
    }),
  ],
  v.unknown(),
);

type Inspected = v.InferOutput<typeof InspectSchema>[0];

/** An image on this machine. */
export interface HostImage {
  /**
   * What a node may have it by: the digest of its configuration, and with the containerd image store instead those of its
   * manifest for the platform and of its index.
   */
  readonly digests: readonly string[];
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
  const forPlatform = await inspect(engine, ['--platform', platform, image]);
  if (forPlatform === 'missing') return undefined;
  const whole = await inspect(engine, [image]);
  if (typeof whole === 'string') return undefined;
  if (typeof forPlatform === 'string' && !isFor(whole, platform)) return undefined;
  const all = [forPlatform, whole].flatMap((one) => (typeof one === 'string' ? [] : [one.Id]));
  return { digests: [...new Set(all.map((id) => `sha256:${id.replace(/^sha256:/, '')}`))] }; // podman leaves it out
}

/** Pulls an image for a platform. Throws IMAGE_FAILED with the engine's message. */
export async function pullImage(
  engine: ContainerEngine,
  image: string,
  { platform, env, signal }: PullOptions,
): Promise<HostImage> {
  const result = await engine.exec(['pull', '--quiet', '--platform', platform, image], { env, signal });
  signal.throwIfAborted();
  if (result.exitCode !== 0) throw pullFailure(engine, image, result.stderr);
  const pulled = await findImage(engine, image, platform);
  if (pulled !== undefined) return pulled;
  throw new KindGcrError('IMAGE_FAILED', `${image} is not available for ${platform}, which the node needs`, {
    hint: `Build and push it for that platform: docker buildx build --platform ${platform} --push …`,
  });
}

/** `missing`: there is no such image, or not for that platform; `unknown`: the engine can't say. */
async function inspect(engine: ContainerEngine, args: readonly string[]): Promise<Inspected | 'missing' | 'unknown'> {
  const { exitCode, stdout, stderr } = await engine.exec(['image', 'inspect', ...args]);
  // Docker before 28.1 and podman can't be asked for a platform.
  if (exitCode !== 0) return /unknown flag|requires API version/i.test(stderr) ? 'unknown' : 'missing';
  const inspected = v.safeParse(v.pipe(v.string(), v.parseJson(), InspectSchema), stdout);
  return inspected.success ? inspected.output[0] : 'unknown'; // then a pull shows whether it is there
}

/** With the containerd image store an image that is here for other platforms only has no architecture. */
function isFor({ Os, Architecture, Descriptor }: Inspected, wanted: string): boolean {
  if (Architecture === '') return Descriptor === undefined;
  return `${Os || 'linux'}/${Architecture}` === wanted;
}

function pullFailure(engine: ContainerEngine, image: string, stderr: string): KindGcrError {
  const denied = /unauthorized|denied|forbidden|40[13]|authorization failed/i.test(stderr);
  return new KindGcrError('IMAGE_FAILED', withReason(`${engine.name} could not pull ${image}`, stderr), {
    hint: denied
      ? 'The account needs the role roles/artifactregistry.reader on that repository; or log in as another: gcloud auth login'
      : `Try it yourself: ${engine.name} pull ${image}`,
  });
}
