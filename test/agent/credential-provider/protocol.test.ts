import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { answer, loginFor, registryOf } from '../../../agent/credential-provider/answer.ts';
import { parseRequest } from '../../../agent/credential-provider/protocol.ts';
import { KindGcrError } from '../../../core/errors.ts';
import { googleLogin } from '../../../core/registry/registry-login.ts';
import { anyJson, jsonObject, spoilt } from '../../support/text/json-texts.ts';

const NOON = new Date('2031-05-06T12:00:00Z');
const SECRET = 'eyJ.service-account-token';
const LOGIN = googleLogin({ token: 'ya29.token', expiresAt: new Date('2031-05-06T13:00:00Z') });

const some = fc.constantFrom(
  ...['gcr.io', 'us', '-docker.pkg.dev', 'docker.', '.rep.pkg.dev', 'mirror.', 'evil.com', '/', ':443'],
  ...['@', '.', '*', '[', '\\', '\n', 'GCR.IO', '\u212a', '__proto__'],
);
const scrap = fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: some });
const image = fc
  .tuple(scrap, scrap, fc.constantFrom('gcr.io', 'us-docker.pkg.dev', ''), scrap, fc.constantFrom('/a/b:1', '/', ''))
  .map((words) => words.join(''));
const value = fc.oneof(
  { weight: 6, arbitrary: image.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.constantFrom('"CredentialProviderRequest"', `"${SECRET}"`, 'null') },
  { weight: 1, arbitrary: anyJson },
);
const right = fc.tuple(fc.constantFrom('v1', 'v1beta1', 'v1alpha1', 'v2'), image).map(([version, asked]) =>
  JSON.stringify({
    kind: 'CredentialProviderRequest',
    apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
    image: asked,
    serviceAccountToken: SECRET,
  }),
);
const anyText = fc.oneof(
  { weight: 6, arbitrary: right },
  { weight: 2, arbitrary: spoilt(right) },
  { weight: 2, arbitrary: jsonObject(fc.constantFrom('kind', 'apiVersion', 'image', 'serviceAccountToken'), value) },
  { weight: 1, arbitrary: fc.oneof(anyJson, fc.string({ unit: 'binary' })) },
);

test("for any request, tokens go only to Google's private registries, and an invalid request is refused without quoting it", () => {
  let given = 0;
  fc.assert(
    fc.property(anyText, (text) => {
      try {
        const request = parseRequest(text);
        const registry = registryOf(request.image);
        const { auth, ...rest } = answer(request, loginFor([LOGIN], request.image, NOON), NOON);
        expect(rest.apiVersion).toBe(request.apiVersion);
        expect(JSON.stringify(rest)).not.toContain(SECRET);
        if (Object.keys(auth).length === 0) return;
        given += 1;
        expect(Object.keys(auth)).toEqual([registry]);
        expect(registry).toMatch(/^gcr\.io$|\.gcr\.io$|-docker\.pkg\.dev$|^docker\..*\.rep\.pkg\.dev$/);
        expect(registry).not.toMatch(/^mirror\.gcr\.io$|[\n:@/]/);
        expect(request.image.startsWith(`${registry}/`)).toBe(true); // without a slash it is an image of Docker Hub
      } catch (error) {
        if (!(error instanceof KindGcrError)) throw error;
        expect(error.exitCode).toBe(2);
        expect(`${error.message} ${error.hint} ${error.cause}`).not.toContain(SECRET);
      }
    }),
    { numRuns: 3000 },
  );
  expect(given).toBeGreaterThan(20);
});
