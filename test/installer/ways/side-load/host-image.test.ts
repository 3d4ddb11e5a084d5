import { expect, test } from 'vitest';
import type { ContainerEngine } from '../../../../installer/kind/container-engine.ts';
import { findImage } from '../../../../installer/ways/side-load/host-image.ts';

type Answer = { readonly stdout?: string; readonly stderr?: string };

/** An engine that answers `image inspect` so, with and without a platform. */
function engineWith(forPlatform: Answer, plain: Answer): ContainerEngine {
  return {
    name: 'docker',
    async exec(args) {
      const { stdout = '', stderr = '' } = args.includes('--platform') ? forPlatform : plain;
      return { exitCode: stdout === '' ? 1 : 0, stdout, stderr, ended: 'exited' };
    },
  };
}

const shown = (image: object) => ({ stdout: JSON.stringify([image]) });
const INDEX = shown({ Id: 'sha256:index', Os: 'linux', Architecture: 'amd64', Descriptor: {} });
const OTHER_ONLY = shown({ Id: 'sha256:index', Os: '', Architecture: '', Descriptor: {} });
const GRAPH = shown({ Id: 'sha256:config', Os: 'linux', Architecture: 'amd64' });
const UNKNOWN = { stderr: 'unknown flag: --platform' };
const OLD_API = { stderr: '"--platform" requires API version 1.49, but the Docker daemon API version is 1.48' };
const NO_IMAGE = { stderr: 'Error response from daemon: No such image: gcr.io/p/app:1' };
const OTHER = {
  stderr:
    'Error response from daemon: image with reference gcr.io/p/app:1 was found but does not provide the specified platform (linux/amd64)',
};

test.each<[string, Answer, Answer, readonly string[] | undefined]>([
  [
    'containerd store, Docker 29',
    shown({ Id: 'sha256:manifest', Architecture: 'amd64' }),
    INDEX,
    ['sha256:manifest', 'sha256:index'],
  ],
  ['containerd store, for another platform only', OTHER, OTHER_ONLY, undefined],
  ['containerd store, for another platform only, an API that knows no platform', OLD_API, OTHER_ONLY, undefined],
  ['containerd store, an API that knows no platform', OLD_API, INDEX, ['sha256:index']],
  ['graph drivers', GRAPH, GRAPH, ['sha256:config']],
  ['graph drivers, docker before 28', UNKNOWN, GRAPH, ['sha256:config']],
  [
    'graph drivers, for another platform',
    UNKNOWN,
    shown({ Id: 'sha256:c', Os: 'linux', Architecture: 'arm64' }),
    undefined,
  ],
  ['podman, an image that names no architecture', UNKNOWN, shown({ Id: 'c0ffee' }), ['sha256:c0ffee']],
  ['no such image', NO_IMAGE, NO_IMAGE, undefined],
])('an image on this machine, %s', async (_, forPlatform, plain, digests) => {
  const found = await findImage(engineWith(forPlatform, plain), 'gcr.io/p/app:1', 'linux/amd64');
  expect(found?.digests).toEqual(digests);
});
