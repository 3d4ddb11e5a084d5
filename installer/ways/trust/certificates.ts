import { createPrivateKey, X509Certificate } from 'node:crypto';
import { KindGcrError } from '../../../core/errors.ts';
import type { RegistryTrust } from '../../host/trusted-registries.ts';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Checks certificates before any node gets them. Throws CREDENTIAL_INVALID for one that can't work, naming the file. */
export function checkTrust(
  { ca, client }: RegistryTrust,
  names: { ca: string; cert: string; key: string },
  now: Date,
): void {
  certificatesIn(ca, names.ca, now);
  if (client === undefined) return;
  const [first] = certificatesIn(client.cert, names.cert, now);
  if (first !== undefined && fits(first, client.key, names.key)) return;
  throw invalid(
    `the key ${names.key} does not belong to the certificate ${names.cert}`,
    'Name the two that belong together.',
  );
}

function certificatesIn(pem: string, path: string, now: Date): readonly X509Certificate[] {
  const found = pem.match(PEM) ?? [];
  if (found.length === 0)
    throw invalid(`${path} has no certificate in PEM form`, `Look at it: openssl x509 -in ${path} -noout -text`);
  return found.map((text) => {
    const certificate = parse(text, path);
    if (certificate.validToDate < now) {
      throw invalid(`a certificate in ${path} expired at ${certificate.validToDate.toISOString()}`, 'Get a new one.');
    }
    return certificate;
  });
}

function parse(text: string, path: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw invalid(`${path} has a certificate that can't be read`, `Look at it: openssl x509 -in ${path} -noout -text`);
  }
}

function fits(certificate: X509Certificate, key: string, path: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw invalid(
      `${path} has no private key that can be used without a passphrase`,
      `Look at it: openssl pkey -in ${path} -noout`,
    );
  }
}

function invalid(message: string, hint: string): KindGcrError {
  return new KindGcrError('CREDENTIAL_INVALID', message, { hint });
}
