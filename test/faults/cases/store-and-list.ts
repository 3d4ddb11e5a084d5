import { faultCases, testsOf } from '../fault-case.ts';

const helper = testsOf('integration/helper.test.ts');
const inputs = testsOf('integration/helper-inputs.test.ts');
const hardship = testsOf('integration/helper-hardship.test.ts');

/** `store` and `erase`, which keep nothing. */
export const STORE_AND_ERASE = faultCases('store and erase', {
  'they succeed and do nothing': helper('store and erase succeed, say nothing and keep nothing'),
  'docker login goes through': testsOf('e2e/clients.test.ts')(
    'the docker CLI > login succeeds with the helper’s own answer, and logout after it',
  ),
  'the secret is not printed': hardship('more than 64 KiB on a line is refused, and a secret among them not told'),
  'malformed JSON': hardship('store of what is not JSON says so in its own words, without the secret'),
  'half a JSON text': inputs('store with half a JSON text on stdin: the protocol’s own words'),
  'no server: the magic string': inputs('store with no server on stdin: the protocol’s own words'),
  'no username: the magic string': inputs('store with no username on stdin: the protocol’s own words'),
  'erase of nothing: the magic string': inputs('erase with nothing on stdin: the protocol’s own words'),
});

/** `list`. */
export const LIST = faultCases('list', {
  '{} when there is nothing to list': helper(
    'list tells the registries that Docker asks this helper for, and asks nobody',
  ),
  'a docker config that is broken': hardship('list asks nobody, whatever state gcloud and the docker config are in'),
  'gcloud is never called': hardship('list asks nobody, whatever state gcloud and the docker config are in'),
  'it is quick: nothing is loaded that it has no need of': testsOf('scripts/hot-path.test.ts')(
    'what each start of the helper loads is small, and needs of Node only what Node has loaded anyway',
  ),
});
