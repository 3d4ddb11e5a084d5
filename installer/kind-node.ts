import { KindGcrError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import type { ExecOptions, ExecResult } from '../core/system/exec.ts';
import type { ContainerEngine } from './container-engine.ts';

/** A kind node: a thing that runs commands, just like this machine. */
export interface KindNode {
  readonly name: string;
  /** Runs a command in the node as root. Never throws for a command that fails. */
  exec(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** The same, and the command must succeed: its stdout, or NODE_FAILED with what it said. */
  run(args: readonly string[], options?: ExecOptions): Promise<string>;
  /**
   * Puts a file in place whole (temporary file and rename), with `mode` from the first byte; folders are made.
   * True when the file was not there with this content and mode before.
   */
  writeFile(path: string, content: string, mode: number): Promise<boolean>;
  /** Copies a local file into the node and makes it executable; a running program's old file is not disturbed. */
  copyExecutable(localPath: string, path: string): Promise<void>;
}

/** $1 path, $2 mode in octal; the content comes on stdin, since it may be a secret. */
const WRITE_FILE = `set -eu
umask 077
folder=$(dirname "$1")
[ -d "$folder" ] || (umask 022; mkdir -p "$folder")
temporary=$(mktemp "$folder/.kindgcr.XXXXXX")
trap 'rm -f "$temporary"' EXIT
cat > "$temporary"
chmod "$2" "$temporary"
if cmp -s "$temporary" "$1" && [ "$(stat -c %a "$1")" = "$2" ]; then echo same; else mv "$temporary" "$1"; echo written; fi`;

/** A node by its container's name, reached through the engine: no port is opened, and remote engines work too. */
export function kindNode(engine: ContainerEngine, name: string): KindNode {
  const exec: KindNode['exec'] = (args, options = {}) =>
    engine.run(['exec', ...(options.input === undefined ? [] : ['--interactive']), name, ...args], options);

  const run: KindNode['run'] = async (args, options) => must(await exec(args, options), args);

  function must(result: ExecResult, args: readonly string[]): string {
    if (result.exitCode === 0) return result.stdout;
    if (result.ended === 'killed') throw new KindGcrError('INTERRUPTED', `stopped while working on ${name}`);
    const command = args[0] === 'sh' ? 'a shell command' : args.join(' ');
    const said = redact(result.stderr.trim().split('\n').at(-1) ?? '');
    const why = result.ended === 'timed-out' ? 'took too long' : `failed${said === '' ? '' : `: ${said}`}`;
    throw new KindGcrError('NODE_FAILED', `${name}: ${command} ${why}`, {
      hint: `Look at the node: ${engine.name} exec ${name} journalctl --no-pager --lines=50`,
    });
  }

  return {
    name,
    exec,
    run,
    async writeFile(path, content, mode) {
      const script = ['sh', '-c', WRITE_FILE, 'sh', path, mode.toString(8)];
      return (await run(script, { input: content, timeout: 30_000 })).trim() === 'written';
    },
    async copyExecutable(localPath, path) {
      const temporary = `${path}.new`;
      const args = ['cp', localPath, `${name}:${temporary}`];
      must(await engine.run(args, { timeout: 300_000 }), args);
      await run(['sh', '-c', 'chown 0:0 "$1" && chmod 755 "$1" && mv -f "$1" "$2"', 'sh', temporary, path]);
    },
  };
}
