/**
 * A stand-in for the docker CLI that knows containers and nothing that runs in them: enough for all that goes wrong
 * before a node is touched. Reads `state.json` beside it; answers in the real one's words (docker 28).
 */
import { readFileSync } from 'node:fs';

interface State {
  readonly running: boolean;
  /** Whether what is to be run in a container never ends. */
  readonly hangs: boolean;
  readonly containers: readonly {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly running: boolean;
  }[];
}

const [stateFile = '', command = '', ...args] = process.argv.slice(2);
const { running, containers, hangs }: State = JSON.parse(readFileSync(stateFile, 'utf8'));

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
  setTimeout(() => {}, 20_000); // no test waits so long, and none leaves it behind for ever
} else {
  process.stderr.write(`Error response from daemon: the stand-in can't ${command}\n`);
  process.exitCode = 1;
}
