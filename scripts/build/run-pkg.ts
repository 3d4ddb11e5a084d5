import pkg from '@yao-pkg/pkg/lib-es5/sea.js';

/** What pkg should make. */
export interface PackOrder {
  readonly main: string;
  readonly targets: readonly {
    readonly nodeRange: string;
    readonly platform: 'linux' | 'macos' | 'win';
    readonly arch: 'x64' | 'arm64';
    readonly output: string;
  }[];
  /** Node's SEA configuration: https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html */
  readonly seaConfig: {
    /** The main script as seen from the folder that the generator runs in: the executable records this name. */
    readonly main: string;
    readonly assets: Readonly<Record<string, string>>;
    readonly execArgv: readonly string[];
    readonly execArgvExtension: 'none';
  };
}

// node run-pkg.ts ORDER
// pkg in its simple SEA mode, through its inner module: the public API takes assets and options only from a config file,
// which switches to a mode with twice the start-up time.
const { main, targets, seaConfig }: PackOrder = JSON.parse(process.argv[2] ?? '');
await pkg.default(main, {
  targets: [...targets],
  seaConfig: {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    ...seaConfig,
    assets: { ...seaConfig.assets },
  },
});
