import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { pipeline } from 'node:stream';

/**
 * Streams a request to the registry behind the front door and its answer back; 502 when it does not answer. The login is
 * for the front door only, unless `keepLogin` leaves it to the registry.
 */
export function proxyTo(
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
  { keepLogin = false } = {},
): void {
  // Node has already answered "100 Continue".
  const { authorization, expect: _, ...others } = request.headers;
  const headers = keepLogin && authorization !== undefined ? { ...others, authorization } : others;
  const host = request.headers.host ?? 'localhost';
  const scheme = 'encrypted' in request.socket ? 'https' : 'http';
  const onward = send(
    new URL(request.url ?? '/', upstream),
    // The registry builds the URLs in its answers from these two, so that uploads come back through the front door.
    { method: request.method, headers: { ...headers, host, 'x-forwarded-proto': scheme } },
    (answer) => {
      const location = answer.headers.location?.replace(new URL(upstream).origin, `${scheme}://${host}`);
      const more = location === undefined ? {} : { location };
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...more });
      pipeline(answer, response, () => {});
    },
  );
  pipeline(request, onward, (error) => {
    if (error && !response.headersSent) response.writeHead(502).end('the registry behind the door does not answer\n');
  });
  response.once('close', () => onward.destroy());
}
