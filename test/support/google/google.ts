import { appendFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AtEnd, tempDir } from '../files/temp-dir.ts';
import { createCertificateAuthority } from '../network/certificates.ts';
import { startConnectProxy } from '../network/connect-proxy.ts';
import { listen } from '../network/listen.ts';
import { type GoogleApis, googleApis } from './google-apis.ts';
import { type RunningTokenEndpoint, startTokenEndpoint, type TokenEndpointSettings } from './token-endpoint.ts';

/** Google's token endpoint as a program under test sees it: behind a proxy, with a certificate of the test's own CA. */
export interface Google {
  readonly endpoint: RunningTokenEndpoint;
  /** Impersonation and other APIs. */
  readonly apis: GoogleApis;
  /** Environment variables that send a program there, and nowhere else. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a new service account key into the test's folder and returns its path. */
  keyfile(email?: string): Promise<string>;
}

/** STS for clients with a certificate of their own. */
const MTLS = 'sts.mtls.googleapis.com';

/** Other servers that a program reaches through the same proxy. */
export interface Neighbours {
  /** Ports by `name:port`. */
  readonly routes: Readonly<Record<string, number>>;
  /** Their CA, PEM. */
  readonly ca: string;
}

/** Starts the fake Google for the running test. */
export async function startGoogle(
  settings: TokenEndpointSettings & Partial<Neighbours> = {},
  atEnd: AtEnd = onTestFinished,
): Promise<Google> {
  const folder = await tempDir(atEnd);
  const ca = await createCertificateAuthority();
  const tls = await ca.issue(['oauth2.googleapis.com', 'iamcredentials.googleapis.com', MTLS]);
  const endpoint = await startTokenEndpoint({ ...settings, tls });
  atEnd(() => endpoint.close());
  const apis = googleApis(endpoint);
  const iam = await listen(createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, apis.handle));
  atEnd(() => iam.close());
  const proxy = await startConnectProxy({
    'oauth2.googleapis.com:443': endpoint.port,
    'iamcredentials.googleapis.com:443': iam.port,
    [`${MTLS}:443`]: iam.port,
    ...settings.routes,
  });
  atEnd(() => proxy.close());
  const caFile = join(folder, 'ca.crt');
  await ca.writeCert(caFile);
  await appendFile(caFile, `\n${settings.ca ?? ''}`);
  let keys = 0;
  return {
    endpoint,
    apis,
    env: { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: caFile },
    async keyfile(email) {
      const path = join(folder, `key-${++keys}.json`);
      await endpoint.writeServiceAccountKey(path, email === undefined ? {} : { email });
      return path;
    },
  };
}
