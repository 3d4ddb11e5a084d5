import { expect, onTestFinished, test } from 'vitest';
import { checkLogin } from '../../../../core/registry/docker-login/check-login.ts';
import { registryName } from '../../../../core/registry/docker-login/registry-name.ts';
import { type LoginRegistryOptions, startLoginRegistry } from '../../../support/registry/login-registry.ts';

const LOGINS = new Map([['ann', 'secret']]);

async function check(password: string, options: Partial<LoginRegistryOptions> = {}) {
  const registry = await startLoginRegistry({ challenge: 'bearer', logins: LOGINS, ...options });
  onTestFinished(() => registry.close());
  const { signal } = new AbortController();
  const login = { username: 'ann', secret: password };
  const outcome = checkLogin(registryName('registry.test'), login, { fetch: registry.fetch, signal });
  await outcome.catch(() => {});
  return { registry, outcome, signal, login };
}

test.each(['basic', 'bearer'] as const)('a good login passes, asked for by %s', async (challenge) => {
  await expect((await check('secret', { challenge })).outcome).resolves.toBeUndefined();
});

test.each([
  ['basic', 'registry.test refused the login of ann (401, authentication required)'],
  ['bearer', 'registry.test refused the login of ann (401, incorrect username or password)'],
] as const)("a wrong one is refused in the registry's words, asked for by %s", async (challenge, message) => {
  const { outcome } = await check('wrong', { challenge });
  await expect(outcome).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID', message });
});

test('the login goes to the token service alone, and only when it was asked for', async () => {
  const { registry } = await check('secret');
  expect(registry.requests.map(({ host, authorization }) => [host.split(':')[0], authorization !== undefined])).toEqual(
    [
      ['registry.test', false],
      ['auth.registry.test', true],
    ],
  );
});

test('a token service without TLS gets no login', async () => {
  const { outcome } = await check('secret', { realm: 'http://auth.registry.test/token' });
  await expect(outcome).rejects.toThrow(/no login service that is reached by https, so the login was not sent/);
});

test('a redirect is not followed', async () => {
  const { registry, outcome } = await check('secret', { redirect: 'https://elsewhere.test/v2/' });
  await expect(outcome).rejects.toThrow(
    'registry.test could not be asked about the login (307, redirected to elsewhere.test)',
  );
  expect(registry.requests).toHaveLength(1);
});

test('a certificate by an unknown authority is called that', async () => {
  const { registry, signal, login } = await check('secret');
  const outcome = checkLogin(registryName('registry.test'), login, { fetch: registry.fetchWithoutTrust, signal });
  await expect(outcome).rejects.toMatchObject({
    code: 'TOKEN_EXCHANGE_FAILED',
    message: 'the certificate of registry.test is by an authority that is not trusted here',
    hint: 'Trust it: kindgcr trust registry.test --ca ca.crt',
  });
});
