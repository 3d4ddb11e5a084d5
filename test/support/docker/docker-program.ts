/**
 * A fake docker CLI. Reads the state file given to it and answers with the messages of the real one
 * (docker 28). A container may have a root folder: its commands run on this machine, with that folder put
 * before each node path in their arguments and stdin. Each call is appended to `docker-calls` next to the state.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

interface State {
  readonly running: boolean;
  /** Whether a command that runs in a container hangs. */
  readonly hangs: boolean;
  readonly containers: readonly {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly running: boolean;
    /** The folder that is its root. */
    readonly root?: string;
  }[];
  /** What programs in containers get. */
  readonly env: Record<string, string>;
}

const [stateFile = '', command = '', ...args] = process.argv.slice(2);
const { running, containers, hangs, env }: State = JSON.parse(readFileSync(stateFile, 'utf8'));
appendFileSync(join(dirname(stateFile), 'docker-calls'), `${JSON.stringify([command, ...args])}\n`);

/** Puts a container's folder before each path of a node, wherever a path may begin in a text. */
function within(root: string, text: string): string {
  return text.replace(/(^|[\s"'=(])(?=\/(?:usr\/local|etc|var\/lib|run|proc|\.docker)\b)/g, `$1${root}`);
}

/** Passes a stream on line by line, so that a path is never cut in two. */
async function eachLine(from: Readable, to: Writable, change: (line: string) => string): Promise<void> {
  let rest = '';
  for await (const piece of from.setEncoding('utf8')) {
    const whole = `${rest}${piece}`;
    const end = whole.lastIndexOf('\n') + 1;
    rest = whole.slice(end);
    if (end > 0) to.write(change(whole.slice(0, end)));
  }
  if (rest !== '') to.write(change(rest));
}

async function runIn(root: string, program: readonly string[], isInteractive: boolean): Promise<number> {
  const [file = '', ...rest] = program.map((arg) => within(root, arg));
  const PATH = `${join(root, 'stand-ins')}:/usr/bin:/bin`;
  const child = spawn(file, rest, { env: { ...env, PATH }, stdio: ['pipe', 'pipe', 'inherit'] });
  const code = new Promise<number>((resolve) => {
    child.once('error', () => resolve(126));
    child.once('close', (status) => resolve(status ?? 126));
  });
  child.stdin.on('error', () => {}); // the program may exit without reading all of it
  if (isInteractive)
    void eachLine(process.stdin, child.stdin, (line) => within(root, line)).then(() => child.stdin.end());
  else child.stdin.end();
  await eachLine(child.stdout, process.stdout, (line) => line.replaceAll(root, '')); // inside, the folder is the root
  process.stdin.destroy();
  return await code;
}

const rootOf = (name: string) => containers.find((one) => one.name === name)?.root;

if (!running) {
  process.stderr.write(
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
  );
  process.exitCode = 1;
} else if (command === 'version') {
  process.stdout.write('Client:\n Version: 28.2.2\nServer:\n Engine:\n  Version: 28.2.2\n');
} else if (command === 'ps') {
  const [, key, value] = /^label=([^=]+)(?:=(.*))?$/.exec(args[args.indexOf('--filter') + 1] ?? '') ?? [];
  const listed = containers.filter(
    ({ labels }) => key !== undefined && key in labels && (value === undefined || labels[key] === value),
  );
  process.stdout.write(listed.map(({ name }) => `${name}\n`).join(''));
} else if (command === 'inspect') {
  const found = containers.filter(({ name }) => args.includes(name));
  const shown = found.map(({ name, labels, running: isUp }) => ({
    Id: name,
    Name: `/${name}`,
    State: { Running: isUp, Status: isUp ? 'running' : 'exited', StartedAt: '2031-05-06T12:00:00.123456789Z' },
    Config: { Labels: labels },
  }));
  process.stdout.write(JSON.stringify(shown));
} else if (command === 'exec' && hangs) {
  setTimeout(() => {}, 20_000); // longer than any test waits, short enough to leave no process behind
} else if (command === 'exec' && rootOf(args[0] === '--interactive' ? (args[1] ?? '') : (args[0] ?? ''))) {
  const interactive = args[0] === '--interactive';
  const [name = '', ...program] = interactive ? args.slice(1) : args;
  const root = rootOf(name) ?? '';
  process.exitCode = await runIn(root, program, interactive);
} else if (command === 'logs' && rootOf(args.at(-1) ?? '')) {
  process.stdout.write('[  OK  ] Reached target multi-user.target - Multi-User System.\n');
} else if (command === 'cp' && rootOf((args[1] ?? '').split(':')[0] ?? '')) {
  const [name = '', path = ''] = (args[1] ?? '').split(':');
  const root = rootOf(name) ?? '';
  if (existsSync(join(root, 'slow'))) {
    setTimeout(() => {}, 20_000); // as with `hangs`
  } else if (existsSync(join(root, 'no-space'))) {
    process.stderr.write('Error response from daemon: write /usr/local/bin/x: no space left on device\n');
    process.exitCode = 1;
  } else copyFileSync(args[0] ?? '', join(root, path));
} else {
  process.stderr.write(`Error response from daemon: the stand-in can't ${command}\n`);
  process.exitCode = 1;
}
