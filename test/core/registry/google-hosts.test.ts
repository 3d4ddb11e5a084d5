import fc from 'fast-check';
import { expect, test } from 'vitest';
import { googleDockerHost, isGoogleDockerHost } from '../../../core/registry/google-hosts.ts';

test.each([
  ['gcr.io', 'gcr.io'],
  ['us.gcr.io', 'us.gcr.io'],
  ['marketplace.gcr.io', 'marketplace.gcr.io'],
  ['europe-west10-docker.pkg.dev', 'europe-west10-docker.pkg.dev'],
  ['a-region-of-tomorrow7-docker.pkg.dev', 'a-region-of-tomorrow7-docker.pkg.dev'],
  ['docker.us-west8.rep.pkg.dev', 'docker.us-west8.rep.pkg.dev'],
  ['https://gcr.io', 'gcr.io'],
  ['https://us-docker.pkg.dev/v2/', 'us-docker.pkg.dev'],
  ['http://gcr.io/v1/', 'gcr.io'],
  ['gcr.io:443', 'gcr.io'],
  ['GCR.IO', 'gcr.io'],
  ['gcr.io\n', 'gcr.io'],
  [' gcr.io\r\n', 'gcr.io'],
  ['gcr.io/project/image', 'gcr.io'],
])('%j is the Google registry %s', (serverURL, host) => {
  expect(googleDockerHost(serverURL)).toBe(host);
});

test.each([
  '',
  ' ',
  'docker.io',
  'https://index.docker.io/v1/',
  'gcr.io.evil.com',
  'evilgcr.io',
  'a.b.gcr.io',
  'gcr.io@evil.com',
  'https://gcr.io@evil.com',
  'https://user@gcr.io',
  'https://gcr.io:443@evil.com/',
  'evil.com/gcr.io',
  'evil.com?gcr.io',
  'evil.com#gcr.io',
  'evil.com\\gcr.io',
  'https://evil.com\\@gcr.io',
  'us-docker.pkg.dev.evil.com',
  'x-docker.pkg.dev.evil.com',
  'docker.pkg.dev',
  'us.docker.pkg.dev',
  'us-npm.pkg.dev',
  'docker.us.rep.pkg.dev.evil.com',
  'docker..rep.pkg.dev',
  'docker.a.b.rep.pkg.dev',
  'gcr.io:5000',
  'gcr.io:80',
  'gcr.io.',
  '.gcr.io',
  'gcr。io',
  'ɡcr.io',
  '\u212aus.gcr.io', // the sign of the kelvin, whose lower case is a k
  'us-doc\u212aer.pkg.dev',
  'ftp://gcr.io',
  'mirror.gcr.io',
  'k8s.gcr.io',
  'evil.com\ngcr.io',
])('%j gets no credentials', (serverURL) => {
  expect(googleDockerHost(serverURL)).toBeUndefined();
});

test('whatever is asked, an answer is a plain Google host that a URL parser sees in it, too', () => {
  const word = fc.constantFrom(
    'gcr.io',
    '-docker.pkg.dev',
    'us',
    'docker.',
    '.rep.pkg.dev',
    'evil.com',
    '@',
    ':',
    '443',
    '/',
    '.',
    'https://',
    '\\',
    '?',
    '#',
    '%2f',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 7 }).map((words) => words.join('')),
      (serverURL) => {
        const host = googleDockerHost(serverURL);
        if (host === undefined) return;
        expect(isGoogleDockerHost(host)).toBe(true);
        const url = new URL(/^https?:/i.test(serverURL.trim()) ? serverURL.trim() : `https://${serverURL.trim()}`);
        expect(url.hostname).toBe(host);
        expect(url.username).toBe('');
      },
    ),
    { numRuns: 5000 },
  );
});
