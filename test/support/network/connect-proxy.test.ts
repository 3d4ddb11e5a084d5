import { createServer } from 'node:http';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { startConnectProxy } from './connect-proxy.ts';
import { listen } from './listen.ts';

test('the proxy connects a known name to its local port and refuses all others', async () => {
  const { port, close } = await listen(createServer((request, response) => response.end(request.headers.host)));
  const proxy = await startConnectProxy({ 'oauth2.googleapis.com:80': port });
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: proxy.url, noProxy: '', proxyTunnel: true });
  onTestFinished(async () => {
    await dispatcher.destroy();
    await proxy.close();
    await close();
  });
  const known = await fetch('http://oauth2.googleapis.com/', { dispatcher });
  expect(await known.text()).toBe('oauth2.googleapis.com');
  await expect(fetch('http://gcr.io/', { dispatcher })).rejects.toThrow();
  expect(proxy).toMatchObject({ tunnels: ['oauth2.googleapis.com:80'], refused: ['gcr.io:80'] });
});
