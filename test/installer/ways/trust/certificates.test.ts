import { expect, test } from 'vitest';
import { checkTrust } from '../../../../installer/ways/trust/certificates.ts';
import { createCertificateAuthority } from '../../../support/network/certificates.ts';

const NAMES = { ca: 'ca.crt', cert: 'client.crt', key: 'client.key' };

test('a CA and a client certificate with its key pass', async () => {
  const authority = await createCertificateAuthority();
  const client = await authority.issue(['client']);
  expect(() => checkTrust({ ca: authority.cert, client: undefined }, NAMES, new Date())).not.toThrow();
  expect(() => checkTrust({ ca: authority.cert, client }, NAMES, new Date())).not.toThrow();
});

test('what can not work is refused before a node gets it, naming the file', async () => {
  const authority = await createCertificateAuthority();
  const [client, other] = [await authority.issue(['client']), await authority.issue(['other'])];
  const ca = authority.cert;
  const check =
    (trust: Parameters<typeof checkTrust>[0], now = new Date()) =>
    () =>
      checkTrust(trust, NAMES, now);
  expect(check({ ca: 'hello', client: undefined })).toThrow('ca.crt has no certificate in PEM form');
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  expect(check({ ca: broken, client: undefined })).toThrow("ca.crt has a certificate that can't be read");
  expect(check({ ca, client: undefined }, new Date('2099-01-01'))).toThrow(/a certificate in ca\.crt expired at/);
  expect(check({ ca, client: { cert: client.cert, key: other.key } })).toThrow(
    'the key client.key does not belong to the certificate client.crt',
  );
  expect(check({ ca, client: { cert: client.cert, key: 'no key' } })).toThrow(/client\.key has no private key/);
});
