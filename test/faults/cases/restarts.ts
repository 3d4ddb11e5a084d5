import { faultCases, testsOf } from '../fault-case.ts';

const node = testsOf('e2e/agent.test.ts');
const once = testsOf('integration/agent-once.test.ts');
const restart = testsOf('agent/kubelet/restart.test.ts');

/** Restarts of the kubelet, on a real one as far as there are such tests. */
export const RESTARTS = faultCases('restarts of the kubelet', {
  'the first install: one': node('the first credentials restart the kubelet, once'),
  'ten renewals: none, and a pod goes on': node('ten renewals restart nothing, and a pod that runs goes on'),
  'a gap: one, at its end': node('after a gap there is one restart, at its end, and the pod goes on through it'),
  'after a suspend: one': restart('a laptop that sleeps through the end of a token wakes up with a restart'),
  'another hand changed the file: none': node(
    'a file that another hand changed or took away is put right without a restart',
  ),
  'the kubelet is inactive before kubeadm': node(
    'while nothing has configured the kubelet, the agent writes and restarts nothing',
  ),
  'kubeadm is at work': once('while a kubeadm join runs the restart waits'),
  'the kubelet does not come back: the old file does': restart(
    'when the kubelet does not come back with the new file, it gets the old one, and peace for ten minutes',
  ),
  'systemd refuses': once('a restart that fails is an error, with the credentials in place'),
  'a kubelet that is stopped is left so': once('a kubelet that is not running is not started'),
  'each is told with its reason': testsOf('integration/agent-receive.test.ts')(
    'receive puts what the host hands in in force at once, and tells it in a line',
  ),
  'never two within half a minute': restart('two restarts are half a minute apart'),
});
