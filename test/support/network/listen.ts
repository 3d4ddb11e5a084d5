import type { Server } from 'node:net';

/** Where a service listens; a free port of the loopback interface unless told. */
export interface ListenOptions {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** A server that is up. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Stops listening and drops what is still connected; safe to call twice. */
  close(): Promise<void>;
}

/** Puts a server to work and resolves when it can be reached. */
export async function listen(
  server: Server,
  { address = '127.0.0.1', port = 0 }: ListenOptions = {},
): Promise<Listening> {
  const open = new Set<{ destroy(): void }>();
  // An HTTPS server counts its own sockets only after the handshake, and a tunnel is never its own: keep them here.
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address and a port');
  return {
    address,
    port: bound.port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
