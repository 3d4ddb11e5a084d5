// Amazon's ECR as its credential helper knows it: GetAuthorizationToken, over plain HTTP.
//   node test/support/registry/ecr-endpoint.ts --listen ADDRESS:PORT --htpasswd FILE --access-key ID
// FILE belongs to a docker-registry, which then accepts only the last token; Amazon's accepts each until it expires.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { listen: { type: 'string' }, htpasswd: { type: 'string' }, 'access-key': { type: 'string' } },
});
const { listen = '', htpasswd = '', 'access-key': accessKey = '' } = values;

const TARGET = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
const TWELVE_HOURS = 12 * 3600;

/** A token like Amazon's: base64 of JSON with its expiry. */
function issue(expiration: number): string {
  const payload = randomBytes(30).toString('base64');
  return Buffer.from(JSON.stringify({ payload, version: '2', type: 'DATA_KEY', expiration })).toString('base64');
}

/** A line of an htpasswd file. Perl's crypt is the system's, which supports bcrypt. */
export function htpasswdLine(user: string, password: string): string {
  const script = 'print crypt(<STDIN>, q($2y$05$) . q(abcdefghijklmnopqrstuu))';
  return `${user}:${execFileSync('perl', ['-e', script], { input: password, encoding: 'utf8' })}\n`;
}

if (import.meta.main) {
  const server = createServer((request, response) => {
    const { authorization = '', 'x-amz-target': target } = request.headers;
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    if (target !== TARGET) return void answer(400, { __type: 'UnknownOperationException' });
    const signed = new RegExp(`^AWS4-HMAC-SHA256 Credential=${accessKey}/\\d{8}/us-east-1/ecr/aws4_request, `);
    if (!signed.test(authorization)) {
      const message = 'The security token included in the request is invalid.';
      return void answer(400, { __type: 'UnrecognizedClientException', message });
    }
    const expiresAt = Math.floor(Date.now() / 1000) + TWELVE_HOURS;
    const token = issue(expiresAt);
    writeFileSync(htpasswd, htpasswdLine('AWS', token), { mode: 0o600 });
    answer(200, {
      authorizationData: [
        {
          authorizationToken: Buffer.from(`AWS:${token}`).toString('base64'),
          expiresAt,
          proxyEndpoint: 'https://123456789012.dkr.ecr.us-east-1.amazonaws.com',
        },
      ],
    });
  });
  const [address, port] = listen.split(':');
  server.listen(Number(port), address, () => console.log('ready'));
}
