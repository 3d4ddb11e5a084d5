import { expect, test } from 'vitest';
import { needsPullSecret } from '../../../../installer/ways/side-load/pulled-records.ts';
import { scriptedNode } from '../../../support/docker/scripted-node.ts';

const IMAGE = 'gcr.io/p/app:1';
const SECRET = { uid: 'u', namespace: 'default', name: 'pull', credentialHash: 'h' };

/** A node that has the image with the id `sha256:c0ffee`, and a kubelet that keeps these lines as its records. */
function nodeWith(...records: readonly string[]) {
  const images = `REF TYPE DIGEST\n${IMAGE} application/json sha256:1\nsha256:c0ffee application/json sha256:1\n`;
  return scriptedNode(async (args) => (args[0] === 'ctr' ? images : records.join('\n')));
}

/** In the form in which kubelet 1.35 and 1.36 write them. */
const record = (imageRef: string, credentialMapping: object) =>
  JSON.stringify({
    kind: 'ImagePulledRecord',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    lastUpdatedTime: '2031-05-06T12:00:00Z',
    imageRef,
    credentialMapping,
  });

test.each<[string, boolean, string[]]>([
  ['that the kubelet never pulled', false, []],
  ['pulled with a pull secret', true, [record('sha256:c0ffee', { 'gcr.io/p/app': { kubernetesSecrets: [SECRET] } })]],
  [
    'pulled with the login of the node',
    false,
    [record('sha256:c0ffee', { 'gcr.io/p/app': { nodePodsAccessible: true } })],
  ],
  ['pulled by another name', true, [record('sha256:c0ffee', { 'gcr.io/q/app': { nodePodsAccessible: true } })]],
  [
    'of which only other records exist',
    false,
    [record('sha256:bad', { 'gcr.io/p/app': { kubernetesSecrets: [SECRET] } })],
  ],
  ['beside a broken record', true, ['{', record('sha256:c0ffee', { 'gcr.io/p/app': { kubernetesSecrets: [SECRET] } })]],
])('an image %s needs a pull secret: %s', async (_, expected, records) => {
  expect(await needsPullSecret(nodeWith(...records), IMAGE)).toBe(expected);
});
