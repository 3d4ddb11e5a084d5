import { faultCases, testsOf } from '../fault-case.ts';

const ticks = testsOf('core/system/ticks.test.ts');
const time = testsOf('agent/logins/renewal-time.test.ts');
const pass = testsOf('agent/pass/pass.test.ts');
const life = testsOf('e2e/restarts.test.ts');
const restart = testsOf('agent/kubelet/restart.test.ts');

/** The node's clocks. */
export const CLOCK = faultCases('the clock', {
  'a short tick by the wall clock': ticks('a tick at once, and then four a minute by the wall clock'),
  'never two ticks at a time': ticks('a tick that takes long has no second one beside it'),
  'a leap ahead': [
    ticks('a wall clock that leaps ahead is made up for by one tick, not by all that it leapt over'),
    pass('a clock that leaps a day forward is made up for at the next tick'),
  ],
  'a step back: the watchdog': [
    ticks('a wall clock that is set back a day stops nothing for longer than a minute and a half'),
    pass('a clock that is set back does not keep a node from renewing'),
  ],
  'due at half of its life': time('a login that lives an hour is due at half of it'),
  'never later than ten minutes before its end': time(
    'with a life of 3600 s that is never later than 10 minutes before its end',
  ),
  'a day: each minute’s pull has a live token': pass(
    'a day goes by, and a pull in any minute of it has a live token, with no restart after the first',
  ),
  'renewals on a real kubelet, its cache as it is': testsOf('e2e/rotation.test.ts')(
    'with tokens of three minutes, a new private image still pulls after ten, all former tokens dead',
  ),
  suspend: [
    life('waking up after a sleep that was longer than the token of before: one'),
    restart('a laptop that sleeps through the end of a token wakes up with a restart'),
  ],
  'suspend right after a renewal': restart(
    'a laptop that goes to sleep right after a renewal wakes up with a restart, too: the kubelet still holds the token of before',
  ),
  'docker pause': [
    life('docker pause over the end of a token: one when it goes on, and what comes then is pulled'),
    restart('a node that was paused through the end of a token, whose clocks went on, does not pull with it'),
  ],
  'four minutes of life': restart(
    'tokens of four minutes end within the cache of the kubelet, so each renewal restarts it',
  ),
  'no expiry given': testsOf('integration/agent-source.test.ts')(
    '200 with a token without an end: one sentence with a hint, told by status, and at the next try all is well',
  ),
  'ten nodes don’t ask in the same second': time(
    'ten nodes that were installed in the same second spread their questions',
  ),
});
