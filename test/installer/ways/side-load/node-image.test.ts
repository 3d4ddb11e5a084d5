import { expect, test } from 'vitest';
import { nodeHasImage } from '../../../../installer/ways/side-load/node-image.ts';
import { scriptedNode } from '../../../support/docker/scripted-node.ts';

/** A node in which each command prints this. */
const nodeThatPrints = (stdout: string) => scriptedNode(async () => stdout);

test.each([
  ['alpine', 'docker.io/library/alpine:latest'],
  ['alpine:3', 'docker.io/library/alpine:3'],
  ['team/app', 'docker.io/team/app:latest'],
  ['gcr.io/p/app:1', 'gcr.io/p/app:1'],
  ['gcr.io/p/app', 'gcr.io/p/app:latest'],
  ['localhost/app', 'localhost/app:latest'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
])('an image that docker calls %s is looked for in a node as %s', async (image, full) => {
  const listed = `REF TYPE DIGEST\n${full} application/json sha256:1\nsha256:c0ffee application/json sha256:1\n`;
  expect(await nodeHasImage(nodeThatPrints(listed), image, { digests: ['sha256:c0ffee'] })).toBe(true);
  expect(await nodeHasImage(nodeThatPrints(listed), `${image}-2`, { digests: ['sha256:c0ffee'] })).toBe(false);
});

test.each([
  ['as docker saves it for one platform: by the manifest', 'sha256:0a'],
  ['as a kubelet pulls it: by the index', 'sha256:0b'],
])('an image of the containerd store, %s', async (_, digest) => {
  const node = nodeThatPrints(`REF TYPE DIGEST\ngcr.io/p/app:1 application/json ${digest}\n`);
  expect(await nodeHasImage(node, 'gcr.io/p/app:1', { digests: ['sha256:0a', 'sha256:0b'] })).toBe(true);
  expect(await nodeHasImage(node, 'gcr.io/p/app:1', { digests: ['sha256:0c'] })).toBe(false);
});

test('an image that docker names by the digest of its manifest, as its containerd store does, is found in a node', async () => {
  const listed = 'REF TYPE DIGEST\ngcr.io/p/app:1 application/json sha256:1\nsha256:c0ffee application/json sha256:1\n';
  expect(await nodeHasImage(nodeThatPrints(listed), 'gcr.io/p/app:1', { digests: ['sha256:1'] })).toBe(true);
});
