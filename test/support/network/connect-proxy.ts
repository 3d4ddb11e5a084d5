import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type ListenOptions, listen } from './listen.ts';

/** Maps names to local ports: `'oauth2.googleapis.com:443'` to a port. */
export type Routes = Readonly<Record<string, number>>;

/** A forward proxy like those in companies, which knows a few names and refuses the rest. */
export interface ConnectProxy {
  /** For `HTTPS_PROXY`. */
  readonly url: string;
  readonly port: number;
  /** The names that were requested and connected, in order. */
  readonly tunnels: readonly string[];
  /** The names that were requested and refused, in order. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

/** Starts an HTTP CONNECT proxy that maps `name:port` to ports of the address it listens on and answers 403 to the rest. */
export async function startConnectProxy(routes: Routes, options: ListenOptions = {}): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const refused: string[] = [];
  const server = createServer((request, response) => {
    refused.push(request.url ?? '');
    response.writeHead(403, { 'content-type': 'text/plain' }).end('This proxy only makes tunnels.\n');
  });
  server.on('connect', (request, client: Socket, head) => {
    const target = request.url ?? '';
    const port = routes[target];
    client.on('error', () => client.destroy());
    if (port === undefined) {
      refused.push(target);
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const upstream = connect(port, options.address ?? '127.0.0.1', () => {
      tunnels.push(target);
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  const { address, port, close } = await listen(server, options);
  return { url: `http://${address}:${port}`, port, tunnels, refused, close };
}
