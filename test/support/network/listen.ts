import type { Server } from 'node:net';

/** Where a service listens; default: a free port of the loopback interface. */
export interface ListenOptions {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** A listening server. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Stops listening and drops open connections; safe to call twice. */
  close(): Promise<void>;
}

/** Starts a server and resolves when it accepts connections. */
export async function listen(
  server: Server,
  { address = '127.0.0.1', port = 0 }: ListenOptions = {},
): Promise<Listening> {
  const open = new Set<{ destroy(): void }>();
  // An HTTPS server tracks its own sockets only after the handshake, and tunnels never: track them here.
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
