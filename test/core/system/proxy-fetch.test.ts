import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { proxyFetch } from '../../../core/system/proxy-fetch.ts';
import { listen } from '../../support/network/listen.ts';
import { REPOSITORY, run } from '../../support/run/run.ts';

/** A server of one answer, for the running test. */
async function serverOf(status: number, headers: Record<string, string>, body: string) {
  const asked: string[] = [];
  const server = await listen(
    createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status, headers).end(body);
    }),
  );
  onTestFinished(() => server.close());
  return { url: `http://127.0.0.1:${server.port}`, asked };
}

test('no redirect is followed', async () => {
  const other = await serverOf(200, {}, '{}');
  const { url } = await serverOf(307, { location: `${other.url}/token` }, '');
  await expect(proxyFetch({})(`${url}/token`, { method: 'POST', body: 'assertion=x' })).rejects.toThrow(
    /redirects to 127\.0\.0\.1:\d+ \(307\)/,
  );
  expect(other.asked).toEqual([]);
});

test('an endless answer is aborted at 1 MiB', async () => {
  const { url } = await serverOf(200, {}, 'x'.repeat(2 * 1024 * 1024));
  await expect(proxyFetch({})(url)).rejects.toThrow(/answered with more than 1 MiB/);
});

test('a proxy that asks for a login is called that, and is not asked again', async () => {
  const proxy = createTcpServer((socket) =>
    socket.on('data', () => socket.end('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n')),
  );
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const address = proxy.address();
  const env = { HTTPS_PROXY: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
  const refusal = { code: 'CREDENTIAL_INVALID', message: expect.stringContaining('proxy asks for a login (407') };
  await expect(proxyFetch(env)('https://oauth2.googleapis.com/token')).rejects.toMatchObject(refusal);
  const plain = { HTTP_PROXY: env.HTTPS_PROXY };
  await expect(proxyFetch(plain)('http://idp.example/token')).rejects.toMatchObject(refusal);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 sends nothing', async () => {
  await expect(proxyFetch({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })('https://127.0.0.1:1/')).rejects.toMatchObject({
    code: 'USAGE',
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
});

test('a program exits after a request to a proxy that never answers CONNECT', async () => {
  const proxy = createTcpServer(() => {});
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const script = `import { proxyFetch } from '${REPOSITORY}/core/system/proxy-fetch.ts';
    await proxyFetch({ HTTPS_PROXY: '127.0.0.1:${port}' })('https://oauth2.googleapis.com/', { signal: AbortSignal.timeout(200) })
      .catch((error) => console.log(error.name));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  expect(stdout).toBe('TimeoutError\n');
});
