/** The images of one run of a client: what it is to fetch, and names for what it makes. */
export interface ClientJob {
  /** To pull; for `push`, to push. */
  readonly image: string;
  /** A folder of the test's own, with a Dockerfile that begins with `FROM` this image and a compose.yaml that uses it. */
  readonly folder: string;
}

/** A program that asks credential helpers, and how a user runs it. */
export interface RegistryClient {
  readonly name: string;
  /** Debian packages by the program (or file) that shows that they are installed. */
  readonly packages?: Readonly<Record<string, string>>;
  /** Whether the engine must not have the image before, and has it afterwards. */
  readonly usesEngine?: true;
  readonly env?: Readonly<Record<string, string>>;
  command(job: ClientJob): readonly string[];
}

/** Options that keep what podman and buildah store in the test's own folder. */
const storage = (folder: string) => [
  ...['--root', `${folder}/root`, '--runroot', `${folder}/run`],
  ...['--storage-driver', 'vfs'],
];

const DOCKER_PY = `
import docker, sys
docker.from_env(version="auto").images.pull(*sys.argv[1].rsplit(":", 1))
`;

/** The clients that README names as tried. */
export const CLIENTS: readonly RegistryClient[] = [
  { name: 'docker pull', usesEngine: true, command: ({ image }) => ['docker', 'pull', image] },
  {
    name: 'docker build (legacy builder)',
    usesEngine: true,
    env: { DOCKER_BUILDKIT: '0' },
    command: ({ folder }) => ['docker', 'build', '--tag', 'kindgcr.lab/built', folder],
  },
  {
    name: 'docker buildx build',
    usesEngine: true,
    command: ({ folder }) => ['docker', 'buildx', 'build', '--pull', '--tag', 'kindgcr.lab/built', folder],
  },
  {
    name: 'docker compose pull',
    usesEngine: true,
    command: ({ folder }) => ['docker', 'compose', '--file', `${folder}/compose.yaml`, 'pull'],
  },
  {
    name: 'podman pull',
    packages: { podman: 'podman' },
    command: ({ image, folder }) => ['podman', ...storage(folder), 'pull', image],
  },
  {
    name: 'buildah pull',
    packages: { buildah: 'buildah' },
    command: ({ image, folder }) => ['buildah', ...storage(folder), 'pull', image],
  },
  {
    name: 'skopeo inspect',
    packages: { skopeo: 'skopeo' },
    command: ({ image }) => ['skopeo', 'inspect', `docker://${image}`],
  },
  { name: 'crane manifest', command: ({ image }) => ['crane', 'manifest', image] },
  { name: 'oras manifest fetch', command: ({ image }) => ['oras', 'manifest', 'fetch', image] },
  {
    name: 'docker-py pull',
    packages: { '/usr/lib/python3/dist-packages/docker/__init__.py': 'python3-docker' },
    usesEngine: true,
    command: ({ image }) => ['/usr/bin/python3', '-c', DOCKER_PY, image],
  },
];
