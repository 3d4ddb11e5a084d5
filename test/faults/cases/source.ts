import { faultCases, testsOf } from '../fault-case.ts';

const source = testsOf('integration/agent-source.test.ts');
const once = testsOf('integration/agent-once.test.ts');
const time = testsOf('agent/logins/renewal-time.test.ts');
const minting = testsOf('agent/logins/minting.test.ts');
const pass = testsOf('agent/pass/pass.test.ts');

const told = (what: string) =>
  source(`${what}: one sentence with a hint, told by status, and at the next try all is well`);

/** Where a node's tokens come from. */
export const SOURCE = faultCases('the source fails', {
  'DNS is down': told('the name of a host that is not found'),
  'the connection is refused': told('a connection that is refused'),
  'the connection is dropped': told('a connection that is dropped'),
  'it hangs': testsOf('core/google/sources/keyfile.test.ts')(
    'a server that takes the question and never answers is given up, and that is told',
  ),
  'status 500': told('500'),
  'status 503': once('an endpoint that answers 503 is tried again later'),
  'status 429 with Retry-After': [
    told('429'),
    source('who says to come back in two minutes is not asked again before'),
  ],
  'status 200 with garbage': [told('200 with a page of a proxy'), told('200 without a token')],
  'invalid_grant: asked no more, and what to do': [
    once('a deleted account ends with what Google says, and what lives is used to its end'),
    pass('a revoked key is asked about once an hour in the end, and at once when the key is another'),
  ],
  'a clock that is hours off': told('a clock that is hours off'),
  'a token that had ended when it came': pass(
    'a token that had ended when it came is a failure, with a word about the clock',
  ),
  'the process that mints dies by a bug': minting(
    'a process that dies by a bug is told by its own words, without what it printed or would not hide',
  ),
  'the kernel kills the process that mints': minting('a process that the kernel kills is worth another try'),
  'the agent is stopped while it waits for a token': minting('an agent that is stopped does not wait for the token'),
  'the waits grow': time('after failures the wait doubles from 5 s to 5 minutes'),
  'it recovers by itself': testsOf('integration/agent-run.test.ts')(
    'the daemon heals by itself: no key at first, then a key, then a file that somebody empties',
  ),
  'half an hour without it': pass('with an outage of half an hour nobody notices anything, and Google is not stormed'),
  'entries go at their end and come back, and status tells': pass(
    'credentials that can not be renewed are used to their end, then taken out, and put back when they can',
  ),
  'the host hands in no more': pass(
    'logins from the host are renewed by the host alone, and missed in words when they end',
  ),
});
