import 'reflect-metadata'; // the X.509 library needs it loaded first
import type { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { writeSecretFile } from '../files/secret-file.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 24 * 3600_000;

/** A certificate and its private key, PEM, for `node:tls` and `node:https`. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for one test run. */
export interface CertificateAuthority {
  /** The CA's own certificate, PEM. */
  readonly cert: string;
  /** A certificate for these DNS names and IP addresses, for servers and clients. */
  issue(names: readonly string[]): Promise<TlsIdentity>;
  /** Writes the CA's certificate, for `NODE_EXTRA_CA_CERTS`, `certs.d` and system CA stores. */
  writeCert(path: string): Promise<void>;
  /** Writes the CA's private key, 0600, so that a later process of the same run can issue certificates with it. */
  writeKey(path: string): Promise<void>;
}

/** Creates a CA; with `existing`, loads one whose certificate and key were written before. */
export async function createCertificateAuthority(existing?: TlsIdentity): Promise<CertificateAuthority> {
  const ca = existing ?? (await selfSigned());
  const issuer = new X509Certificate(ca.cert);
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(ca.key), ALGORITHM, false, [
    'sign',
  ]);
  return {
    cert: ca.cert,
    async issue(names) {
      const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await X509CertificateGenerator.create({
        subject: `CN=${names[0] ?? 'localhost'}`,
        issuer: issuer.subject,
        ...validity(),
        signingAlgorithm: ALGORITHM,
        publicKey: keys.publicKey,
        signingKey,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          new SubjectAlternativeNameExtension(
            names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
          ),
          await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
          await SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      return { cert: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
    },
    writeCert: (path) => writeFile(path, ca.cert),
    writeKey: (path) => writeSecretFile(path, ca.key),
  };
}

async function selfSigned(): Promise<TlsIdentity> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // Two CAs with the same name confuse OpenSSL's lookup by subject in a store that holds both.
    name: `CN=kindgcr test CA ${crypto.randomUUID().slice(0, 8)}`,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
}

/** Starts in the past, so that a test may set a clock back. */
function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 7 * DAY), notAfter: new Date(Date.now() + 90 * DAY) };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
