import { expect, test } from 'vitest';
import { serviceEnvironment } from '../../../../installer/host/service/service-environment.ts';

test('the service knows the engine, the account and the proxy that the user meant, and nothing else', () => {
  const meant = {
    PATH: '/home/me/google-cloud-sdk/bin:/usr/bin',
    DOCKER_HOST: 'ssh://me@build.example',
    CLOUDSDK_CONFIG: '/home/me/gc',
    KINDGCR_SOURCE: 'gcloud',
    HTTPS_PROXY: 'http://proxy.example:3128',
    no_proxy: '10.0.0.0/8',
  };
  const { env, withheld } = serviceEnvironment({
    ...meant,
    AWS_SECRET_ACCESS_KEY: 'x',
    TERM: 'xterm',
    DOCKER_CONTEXT: '',
  });
  expect(env).toEqual(meant);
  expect(withheld).toEqual([]);
});

test("a proxy with a password stays out of the service's file, and is named", () => {
  const { env, withheld } = serviceEnvironment({ PATH: '/bin', HTTPS_PROXY: 'http://me:hunter2@proxy.example:3128' });
  expect(env).toEqual({ PATH: '/bin' });
  expect(withheld).toEqual(['HTTPS_PROXY']);
});
