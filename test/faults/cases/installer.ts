import { faultCases, testsOf } from '../fault-case.ts';

const many = testsOf('e2e/many-nodes.test.ts');
const spine = testsOf('e2e/spine.test.ts');
const install = testsOf('integration/install.test.ts');
const engines = testsOf('integration/engines.test.ts');
const leave = testsOf('integration/look-and-leave.test.ts');

const alone = (engine: string) => engines(`${engine} alone is found, and the clusters in it`);

/** The person's command line. */
export const INSTALLER = faultCases('the installer', {
  'an HA cluster with a load balancer': [
    many('install on a terminal: each node has a line that moves, and the summary stays; 80 columns are enough'),
    install('a load balancer alone is no node'),
  ],
  'a stopped node': many('install again: each node is told in JSON, and the executable is not sent twice'),
  'a cluster that is stopped': install('a stopped cluster: exit 6, and the command that starts it'),
  'zero nodes': install('no such cluster: exit 6, and how to see which there are'),
  'a name with the signs of a pattern': [
    engines('the dot in a cluster’s name is a dot: no other cluster is taken for it'),
    testsOf('installer/kind/containers.test.ts')(
      'what the labels say counts, not what the engine’s filter lets through',
    ),
    leave('a name that kind would not take: said in one sentence, exit 2'),
  ],
  podman: testsOf('e2e/podman.test.ts')(
    'podman: nodes are found, the agent goes in, status tells of it, and uninstall takes it out',
  ),
  'nerdctl (found; not installed into)': alone('nerdctl'),
  'finch (found; not installed into)': alone('finch'),
  'no engine': install('install without a container engine: said in one sentence, exit 5, nothing left behind'),
  'an engine that does not answer': install('an engine that does not answer: its own words come through, exit 5'),
  'a second run': [
    many('install again: each node is told in JSON, and the executable is not sent twice'),
    spine('a second install changes nothing and restarts nothing'),
  ],
  'one node of three fails': many(
    'install with one node that fails: the others are done, each is told of, and the exit code says so',
  ),
  'Ctrl-C in the middle': [
    spine('Ctrl-C in the middle of an install: exit 130, and node and docker config are untouched'),
    many(
      'Ctrl-C in the middle of an install over an old one: every node has all of the new or all of the old, and works',
    ),
  ],
  'uninstall restores': [
    spine('uninstall leaves the node and the docker config as they were'),
    many('uninstall --all --purge: nothing is left in a node or in the home'),
  ],
  'uninstall of a cluster that is gone': leave(
    'uninstall of a cluster that is gone already: it is forgotten, and Docker no longer asks',
  ),
  '--dry-run': many('install --dry-run says what would be done to each node, and does nothing'),
  'a docker config that is broken': install(
    'a docker config that is broken stops the install before a node is touched, and is left as it is',
  ),
  'a key that Google refuses': install('a key that Google refuses stops the install before a node is touched'),
});
