import { expect, test } from 'vitest';
import { fullName } from '../../../installer/side-load/node-image.ts';

test.each([
  ['alpine', 'docker.io/library/alpine:latest'],
  ['alpine:3', 'docker.io/library/alpine:3'],
  ['team/app', 'docker.io/team/app:latest'],
  ['gcr.io/p/app:1', 'gcr.io/p/app:1'],
  ['gcr.io/p/app', 'gcr.io/p/app:latest'],
  ['localhost/app', 'localhost/app:latest'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
])('an image that docker calls %s is looked for in a node as %s', (image, full) => {
  expect(fullName(image)).toBe(full);
});
