import { faultCases, testsOf } from '../fault-case.ts';

const node = testsOf('e2e/agent.test.ts');
const spine = testsOf('e2e/spine.test.ts');
const run = testsOf('integration/agent-run.test.ts');

/** The agent as a service of its node. */
export const SERVICE = faultCases('the service', {
  'no rights beyond need, and systemd-analyze verify is content': node('the service may do what it needs and no more'),
  'a node that is started again: credentials before the kubelet’s first pull': node(
    'after docker restart the credentials are there before the kubelet is, which needs no restart for them',
  ),
  'a node that is started again: nobody has to do a thing': spine(
    'after docker restart the credentials are back without a hand',
  ),
  'killed: at work again by itself': node('an agent that is killed is at work again by itself'),
  'no kubelet’s folder yet, on podman: it starts and writes': testsOf('e2e/podman.test.ts')(
    'podman: nodes are found, the agent goes in, status tells of it, and uninstall takes it out',
  ),
  'a mount over config.json while it runs': node(
    'a config.json that is mounted over is written all the same, without replacing it',
  ),
  'systemctl stop, and a second agent': node('a node has one agent, which stops when it is told to'),
  SIGTERM: run('the daemon heals by itself: no key at first, then a key, then a file that somebody empties'),
  'one instance only': run('a node has one daemon; when that is killed the next one starts at once'),
  'at rest it holds nothing that only a mint needs': testsOf('scripts/agent-at-rest.test.ts')(
    "what the daemon holds while it waits has nothing of Google's library, which comes with a mint alone",
  ),
  'the lock of one that was killed': testsOf('core/system/lock.test.ts')(
    'the lock of a process that was killed is free, and nothing is left beside it',
  ),
});

const secrets = testsOf('e2e/secrets.test.ts');

/** What is logged and shown. */
export const LOGS = faultCases('logs and secrets', {
  'one line a fact': testsOf('core/redact.test.ts')('a log line is one line, its facts quoted where they must be'),
  'journald’s priorities': run('under journald a line begins with its priority and without a time'),
  'a failure that goes on is told once': run('a failure that goes on is told once'),
  'everything is done that the programs can do': secrets(
    'nodes that feed themselves, nodes that the host feeds, docker and failures: the programs do all that they can, and are watched',
  ),
  'the search would find a secret': secrets(
    'a secret that is looked for would be found: config.json holds a token, in base64',
  ),
  'no secret in a command line or an environment': secrets('no command line and no environment showed a secret'),
  'no secret in a log or in what is printed': secrets('nothing that was printed or logged holds a secret'),
  'no secret in a file that others can read': secrets('where a secret lies, only its owner reads it'),
});
