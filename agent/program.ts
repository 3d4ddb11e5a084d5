import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { EXIT_CODES, KindGcrError } from '../core/errors.ts';
import { lineLogger } from '../core/log.ts';
import { nodeLayout } from '../core/node/layout.ts';
import { redact } from '../core/redact.ts';
import { VERSION } from '../core/version.ts';
import type { Mint } from './world.ts';

/** What main.ts passes to the program: streams, environment, clocks, signal. */
export interface ProcessWorld {
  /** The command that runs this program: its file and its first arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Milliseconds of the machine's monotonic clock. */
  awake(): number;
  /** Loads what issues tokens: a separate script in the built executable, with Google's library. */
  loadMint(): Promise<typeof import('./logins/mint.ts')>;
  /** Aborted when the process receives SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** Runs the agent with these arguments and resolves with its exit code. */
export async function runAgent(args: readonly string[], world: ProcessWorld): Promise<number> {
  try {
    await program(world).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, world);
  }
}

function report(error: unknown, { stderr, signal }: ProcessWorld): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.USAGE; // commander has printed it
  if (error instanceof KindGcrError) {
    stderr.write(`error: ${error.message}\nhint: ${error.hint}\n`);
    return error.exitCode;
  }
  if (signal.aborted) {
    stderr.write('error: stopped\n');
    return EXIT_CODES.INTERRUPTED;
  }
  stderr.write(
    redact(`error: this is a bug in kindgcr-agent\n${error instanceof Error ? error.stack : String(error)}\n`),
  );
  return 1;
}

/** The commands. Each loads its own modules, so that `status` and `version` start fast. */
function program(world: ProcessWorld): Command {
  const { stdout, stderr, env, signal } = world;
  const agent = new Command('kindgcr-agent')
    .description("Keeps a kind node's registry credentials valid")
    .option('--root <dir>', 'put every path of the node under this folder', '/')
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride()
    .showHelpAfterError('hint: kindgcr-agent --help');
  const rootOf = () => resolve(agent.opts<{ root: string }>().root);
  const log = lineLogger((line) => stderr.write(line), { debug: env.KINDGCR_DEBUG === '1' });
  const mintOrder = (scopes: readonly string[], stopped = signal) => {
    return {
      keyfile: nodeLayout(rootOf()).keyfile,
      scopes,
      user: { env, platform: 'linux' as const },
      signal: stopped,
    };
  };
  const mintHere: Mint = async ({ scopes }, stopped) => (await world.loadMint()).mint(mintOrder(scopes, stopped));
  const node = async (logger = log, mint = mintHere) => {
    const { nodeWorld } = await import('./node-world.ts');
    return nodeWorld(rootOf(), logger, { awake: world.awake, mint });
  };

  agent
    .command('run')
    .description('keep the credentials valid until stopped (the systemd service runs this)')
    .action(async () => {
      const [{ runDaemon }, { mintInChild }, { exec }, { journal, journalFormat }] = await Promise.all([
        import('./daemon.ts'),
        import('./logins/mint-in-child.ts'),
        import('../core/system/exec.ts'),
        import('../core/journal.ts'),
      ]);
      const level = env.KINDGCR_DEBUG === '1' ? 'debug' : 'info';
      const logger = journal({ format: journalFormat(env), level, output: stdout });
      const mint = mintInChild({ command: world.command, root: rootOf(), exec });
      await runDaemon(await node(logger, mint), { signal });
    });

  agent
    .command('once')
    .description('reconcile once and exit; fails when the credentials are not valid afterwards')
    .option('--no-restart', "don't restart the kubelet")
    .option('--json', 'print the status afterwards, as JSON')
    .action(async ({ restart, json }: { restart: boolean; json?: true }) => {
      const { once } = await import('./commands.ts');
      const status = await once(await node(), { restart, signal });
      if (json === true) stdout.write(`${JSON.stringify(status, undefined, 2)}\n`);
    });

  agent
    .command('receive')
    .description('read logins sent by the host as JSON on stdin, and apply them')
    .option('--json', 'print the status as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { receive } = await import('./commands.ts');
      stdout.write(await receive(await node(), world.stdin, { json: json === true, signal }));
    });

  agent
    .command('credential-provider')
    .description("answer the kubelet's CredentialProviderRequest, sent as JSON on stdin")
    .action(async () => {
      const { serveCredentials } = await import('./credential-provider/serve.ts');
      stdout.write(await serveCredentials(await node(), world.stdin, { signal }));
    });

  agent
    .command('status')
    .description('print the status: credentials, expiry, last failure, kubelet restarts')
    .option('--json', 'print it as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { statusReport, describeStatus } = await import('./status.ts');
      const now = new Date();
      const status = await statusReport(nodeLayout(rootOf()), now);
      stdout.write(json === true ? `${JSON.stringify(status, undefined, 2)}\n` : describeStatus(status, now));
    });

  agent
    .command('withdraw')
    .description("remove kindgcr's entries from the kubelet's config.json")
    .action(async () => {
      const { withdraw } = await import('./commands.ts');
      stdout.write(await withdraw(nodeLayout(rootOf())));
    });

  agent
    .command('mint <scopes...>', { hidden: true })
    .description("issue a token from this node's service account key (internal)")
    .action(async (scopes: readonly string[]) => {
      const { mintForParent } = await world.loadMint();
      stdout.write(await mintForParent(mintOrder(scopes)));
    });

  agent
    .command('version')
    .description('print the version')
    .action(() => {
      stdout.write(`kindgcr-agent ${VERSION}\n`);
    });

  return agent;
}
