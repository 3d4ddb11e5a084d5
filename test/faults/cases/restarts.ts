import { faultCases, testsOf } from '../fault-case.ts';

const node = testsOf('e2e/agent.test.ts');
const once = testsOf('integration/agent-once.test.ts');
const restart = testsOf('agent/kubelet/restart.test.ts');
const life = testsOf('e2e/restarts.test.ts');
const back = testsOf('e2e/rollback.test.ts');
const cluster = testsOf('e2e/open-streams.test.ts');

/** Restarts of the kubelet, on a real one where that can be. */
export const RESTARTS = faultCases('restarts of the kubelet', {
  'the first install: one': life('the first credentials: one'),
  'ten renewals: none, and a pod goes on': life('ten renewals: none, and a pod that runs goes on'),
  'ten renewals: a followed log misses no line': cluster(
    'ten renewals: the kubelet is the same, a pod runs on, and who follows its log misses no line',
  ),
  'a gap: one, at its end': life('a gap: one, at its end, and the pod goes on through it'),
  'a token replaced too late for the kubelet to notice: one': life(
    'a token replaced too late for the kubelet to notice: one, and not within half a minute of the last',
  ),
  'after a suspend: one': [
    life('waking up after a sleep that was longer than the token of before: one'),
    restart('a laptop that sleeps through the end of a token wakes up with a restart'),
  ],
  'after docker pause over the end of a token: one': life(
    'docker pause over the end of a token: one when it goes on, and what comes then is pulled',
  ),
  'another hand changed the file: none': node(
    'a file that another hand changed or took away is put right without a restart',
  ),
  'the kubelet is inactive before kubeadm': life(
    'while nothing has configured the kubelet: none, nor after it has started by itself',
  ),
  'kubeadm init is at work': cluster('an install while kubeadm sets the node up leaves the kubelet to kubeadm'),
  'kubeadm join is at work': [
    cluster(
      'while a kubeadm runs a restart that is needed waits; afterwards it is done, and that ends what was followed',
    ),
    once('while a kubeadm join runs the restart waits'),
  ],
  'the kubelet does not come back: the old file does': [
    back('a kubelet that dies at each start with our file has the old one back, then peace, then ours'),
    restart('when the kubelet does not come back with the new file, it gets the old one, and peace for ten minutes'),
  ],
  'systemd ends the kubelet and can not start another: the old file comes back': [
    back('a kubelet that is not even started by systemd with our file has the old one back, then peace, then ours'),
    restart('the old file comes back also where systemd has ended the kubelet and can not start another'),
  ],
  'systemd refuses': once('a restart that fails is an error, with the credentials in place'),
  'a kubelet that is stopped is left so': once('a kubelet that is not running is not started'),
  'each is told with its reason': [
    life('the journal tells of each of them with its reason, and systemd of no other'),
    testsOf('integration/agent-run.test.ts')('the journal tells of a restart for a handover, too, and once'),
    testsOf('integration/agent-receive.test.ts')(
      'receive puts what the host hands in in force at once, and tells it in a line',
    ),
  ],
  'never two within half a minute': restart('two restarts are half a minute apart'),
});
