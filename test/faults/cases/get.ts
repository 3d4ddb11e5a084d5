import { faultCases, testsOf } from '../fault-case.ts';

const helper = testsOf('integration/helper.test.ts');
const inputs = testsOf('integration/helper-inputs.test.ts');
const hardship = testsOf('integration/helper-hardship.test.ts');
const gcloud = testsOf('core/google/sources/gcloud.test.ts');
const cache = testsOf('core/google/cache/token-through-cache.test.ts');

const answered = (input: string) => inputs(`get with "${input}" on stdin: a token, and the server as it was asked for`);
const notFound = (input: string) => inputs(`get with "${input}" on stdin: not found`);
const refused = (input: string) => inputs(`get with ${input} on stdin: the protocol’s own words`);
const toldBy = (what: string) => helper(`get with ${what}: not found on stdout, the reason on stderr, exit 1`);

/** What `docker-credential-kindgcr get` is asked. */
export const GET_INPUT = faultCases('get: what it is asked', {
  'a Google registry': [helper('get answers with a live token for a Google registry'), answered('us-docker.pkg.dev')],
  'https://host': answered('https://gcr.io'),
  'https://host/v2/': answered('https://gcr.io/v2/'),
  'a line end behind it': answered('gcr.io\\n'),
  CRLF: answered('gcr.io\\r\\n'),
  'no line end': answered('gcr.io'),
  'port 443': answered('gcr.io:443'),
  'another port': notFound('gcr.io:5000'),
  'upper case': answered('GCR.IO'),
  nothing: refused('nothing'),
  'white space': refused('white space'),
  'an unknown registry': notFound('docker.io'),
  'the look-alike gcr.io.evil.com': notFound('gcr.io.evil.com'),
  'the look-alike evilgcr.io': notFound('evilgcr.io'),
  'the look-alike x-docker.pkg.dev.evil.com': notFound('x-docker.pkg.dev.evil.com'),
  'the look-alike gcr.io@evil': notFound('gcr.io@evil'),
  'a look-alike in upper case': notFound('GCR.IO.EVIL.COM'),
  'letters that only look like ASCII': testsOf('core/registry/google-hosts.test.ts')('"ɡcr.io" gets no credentials'),
  'closed stdin': hardship('closed stdin is the same as nothing said'),
  'more than 64 KiB': refused('more than 64 KiB'),
  'input without an end': inputs('input without an end is not read for ever'),
});

/** What goes wrong around a `get`. */
export const GET_WORLD = faultCases('get: what goes wrong around it', {
  'no gcloud': toldBy('no gcloud'),
  'no key file': toldBy('no key file'),
  'a key that is none': toldBy('a key that is none'),
  'nobody is logged in': helper('gcloud with nobody logged in: not found, and why'),
  'gcloud hangs': gcloud('a gcloud that hangs is stopped, and that is told'),
  'gcloud prints warnings on stdout': hardship('gcloud that prints a notice before its answer is understood'),
  'gcloud prints garbage': helper('gcloud with garbage: not found, and why'),
  'gcloud crashes': helper('gcloud with a crash: not found, and why'),
  'gcloud gives an expired token': hardship('gcloud with an expired token: not found, and why'),
  'gcloud tells no expiry': hardship('gcloud with a token without its end: not found, and why'),
  'two gclouds in each other’s way': gcloud(
    'two gclouds in each other’s way: the second try comes through, a second failure is told',
  ),
  'many gets at once, one call of the source': [
    helper('many gets at once ask the source once'),
    cache('fifty who ask at the same time share one token'),
  ],
  'many gets of a source that fails': cache('fifty who ask a failing source at the same time share one failure'),
  'the holder of the lock is killed': hardship('the holder of the lock is killed: the next get answers all the same'),
  'a corrupt or truncated cache': helper('a cache file that is cut off does not get in the way'),
  'a cache that is a folder': helper('a cache file that is a folder does not get in the way'),
  'a cache that others may read': helper('a cache file that is readable by others does not get in the way'),
  'a cache of another owner': hardship('a cached token that belongs to somebody else is not served'),
  'a cache that can’t be written': helper('get without a writable home still answers'),
  'a full disk': hardship('get on a full disk still answers'),
  'a read-only home': hardship('get with a read-only home still answers, and says nothing of it'),
  'HOME unset': hardship('get with HOME unset still answers'),
  'a clock that leaps': cache(
    'a clock that leaps ahead makes the source be asked, one that leaps back does not lose the token',
  ),
});
