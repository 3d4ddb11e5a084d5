import { gaxios, IdentityPoolClient, type IdentityPoolClientOptions } from 'google-auth-library';
import { errorMessage, KindGcrError } from '../../errors.ts';
import { oneLine } from '../../one-line.ts';
import type { ClientCertificate } from '../../system/proxy-fetch.ts';

/** Makes the transport for requests with a client certificate. */
type CertifiedTransport = (certificate: ClientCertificate) => gaxios.GaxiosOptions;

/**
 * An external account with a client certificate (X.509 workload identity). The library's own requests bypass proxies,
 * have no time limit and follow redirects, so its transport is replaced.
 */
export class CertificateClient extends IdentityPoolClient {
  readonly #transport: CertifiedTransport;

  constructor(options: IdentityPoolClientOptions, transport: CertifiedTransport) {
    super(options);
    this.#transport = transport;
  }

  override async retrieveSubjectToken(): Promise<string> {
    const token = await super.retrieveSubjectToken().catch((error: unknown) => {
      throw new KindGcrError(
        'CREDENTIAL_INVALID',
        `the client certificate can't be used: ${oneLine(errorMessage(error))}`,
        {
          hint: 'Check credential_source.certificate in the credentials file, and the files that it names.',
        },
      );
    });
    const { cert, key }: Partial<ClientCertificate> = { ...Reflect.get(this, 'subjectTokenSupplier') };
    if (cert === undefined || key === undefined)
      throw new Error("google-auth-library's certificate supplier has changed");
    this.transporter = new gaxios.Gaxios(this.#transport({ cert, key }));
    Reflect.set(Reflect.get(this, 'stsCredential'), 'transporter', this.transporter);
    return token;
  }
}
