import { faultCases, testsOf } from '../fault-case.ts';

const serve = testsOf('helper/serve.test.ts');
const gcloud = testsOf('core/google/sources/gcloud.test.ts');
const foreign = testsOf('installer/host/docker/foreign-config.test.ts');

/** Inputs made by fast-check, which prints the seed of one that fails. */
export const WHATEVER = faultCases('whatever comes in', {
  'bytes to get': serve(
    'get answers in the words of the protocol whatever bytes come in, and with a secret for Google’s registries alone',
  ),
  'bytes to store': serve('store keeps to its five sentences whatever bytes come in, and says nothing of a secret'),
  'bytes to erase': serve('erase succeeds for whatever names a server, and says nothing'),
  'bytes to the program itself': testsOf('integration/helper-inputs.test.ts')(
    'whatever bytes come in, it ends with an answer in the protocol’s words and no stack trace',
  ),
  'texts that are nearly a Google registry': testsOf('core/registry/google-hosts.test.ts')(
    'whatever is asked, an answer is a plain Google host that a URL parser sees in it, too',
  ),
  'docker configs: what is foreign comes through, undoing brings back the bytes': foreign(
    'whatever else is in a docker config comes through, to the digit, and undoing brings back the bytes',
  ),
  'docker configs that are none: refused, not touched': foreign(
    'what Docker itself could not read is refused with exit code 8, and not touched',
  ),
  'the kubelet’s config.json': testsOf('agent/foreign-file.test.ts')(
    'whatever lies in config.json, the kubelet gets a file that it reads, nothing of others is lost, and all of it comes back',
  ),
  'the kubelet’s config.json, beside the kubelet’s own code': testsOf('e2e/kubelet-rules.test.ts')(
    'whatever is in the file, we take it for readable just when the kubelet reads it',
  ),
  'agent.json': testsOf('agent/files/agent-config.test.ts')(
    'whatever bytes are in agent.json, it is a config or one sentence that names the place and not what stands there',
  ),
  'handovers to receive': testsOf('agent/logins/handover.test.ts')(
    'whatever bytes come in, they are taken and make a file that the kubelet reads, or are refused in a sentence that quotes nothing',
  ),
  'a cached token': testsOf('core/google/cache/token-cache.test.ts')(
    'whatever bytes are in a cached token’s file, it is a token with enough life or none',
  ),
  'a key file': testsOf('core/google/sources/service-account-key.test.ts')(
    'whatever is in a key file that is none, the sentence names the file and quotes nothing',
  ),
  'what gcloud prints': [
    gcloud('whatever gcloud prints around its answer, the answer is found'),
    gcloud('whatever else gcloud prints is one sentence that quotes no token'),
  ],
  'the person’s settings': testsOf('installer/host/settings.test.ts')(
    'whatever bytes are in the settings, installer and helper read them or say that they are none, with exit code 8',
  ),
  'questions of the kubelet to the plugin': testsOf('agent/credential-provider/protocol.test.ts')(
    'whatever the question, a token goes to Google’s private registries alone, and what is no question is refused unquoted',
  ),
});
