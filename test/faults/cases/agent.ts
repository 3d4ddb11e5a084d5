import { faultCases, testsOf } from '../fault-case.ts';

const node = testsOf('e2e/agent.test.ts');
const spine = testsOf('e2e/spine.test.ts');
const once = testsOf('integration/agent-once.test.ts');
const file = testsOf('agent/docker-config/file.test.ts');
const restart = testsOf('agent/kubelet/restart.test.ts');
const pass = testsOf('agent/pass/pass.test.ts');

/** The agent in its node. */
export const AGENT = faultCases('the agent', {
  'foreign auths are kept': spine(
    'a foreign entry and a foreign key of config.json survive install, renewal and docker restart',
  ),
  'a file that is bad already: backed up, replaced': once(
    'once keeps the entries of others, and a copy of a file that is broken',
  ),
  'mode 0600, root': spine('what an install leaves in the node is for root alone, and the unit is in order'),
  'atomic: a reader never sees a part': file('a reader never sees a part of it'),
  'unchanged content: no write, no restart': [
    once('a second once asks nobody, writes nothing and restarts nothing'),
    spine('a second install changes nothing and restarts nothing'),
  ],
  'the target is a bind mount': file(
    'a file that is a mount is written in place, shorter or longer, and the host sees it',
  ),
  'no /var/lib/kubelet yet': once('before kubeadm has been there, the folder is made and nothing is restarted'),
  'the kubelet is inactive by ConditionPathExists': testsOf('e2e/restarts.test.ts')(
    'while nothing has configured the kubelet: none, nor after it has started by itself',
  ),
  'the restart fails': once('a restart that fails is an error, with the credentials in place'),
  'expired and not to be renewed: the entry goes, others stay': pass(
    'entries and keys of others survive everything, also while ours come and go',
  ),
  'suspend, eight hours': restart('a laptop that sleeps through the end of a token wakes up with a restart'),
  reboot: [
    node('after docker restart the credentials are there before the kubelet is, which needs no restart for them'),
    pass('after a reboot the file keeps its live credentials until new ones come'),
  ],
  'two agents at once': testsOf('integration/agent-run.test.ts')(
    'a node has one daemon; when that is killed the next one starts at once',
  ),
  'many handovers at once': testsOf('integration/agent-receive.test.ts')(
    'many receives at once: all succeed, the file is whole, and the last one holds',
  ),
  'a full disk': file('on a full disk the old file stays whole, and the message says so'),
  'anything, in any order': testsOf('agent/promises.test.ts')(
    'whatever happens to a node, in whatever order, the agent keeps its promises',
  ),
});
