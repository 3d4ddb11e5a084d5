import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { whyRefused } from '../../agent/docker-config/kubelet-rules.ts';
import { parseConfigText } from '../../agent/docker-config/text.ts';
import { formatDockerConfig } from '../../core/registry/docker-config.ts';
import { isGoogleDockerHost, KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { KNOWN_HOSTS } from '../../core/registry/google-hosts-known.ts';
import { type CredentialOracle, credentialOracle } from './credential-oracle.ts';

// Our reading of config.json against the kubelet's own code, compiled from its source.

const world = inject('lab');
let kubelet: CredentialOracle;

beforeAll(async () => {
  if (!('obstacle' in world)) kubelet = await credentialOracle(world);
});
beforeEach((context) => {
  if ('obstacle' in world) context.skip(world.obstacle);
  else if (kubelet.obstacle !== undefined) context.skip(kubelet.obstacle);
});

const entry = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
const OURS = JSON.stringify({ auths: Object.fromEntries(KUBELET_KEYS.map((key) => [key, entry(`us:${key}`)])) });

test('the four keys give exactly one credential for each of the Google registries known by name', async () => {
  const [answer] = await kubelet.ask([{ config: OURS, images: KNOWN_HOSTS.map((host) => `${host}/project/app`) }]);
  const wrong = KNOWN_HOSTS.filter((_host, index) => answer?.credentials[index]?.length !== 1);
  expect(KNOWN_HOSTS.length).toBeGreaterThan(90);
  expect(wrong).toEqual([]);
});

const LOOK_ALIKES = [
  'gcr.io.example.com',
  'notgcr.io',
  'a.b.gcr.io',
  'gcr.i',
  'pkg.dev',
  'us-docker.pkg.dev.example.com',
  'usdocker.pkg.dev',
  'us-python.pkg.dev',
  'a.us-docker.pkg.dev',
  'docker.rep.pkg.dev',
  'npm.us-central1.rep.pkg.dev',
  'a.docker.us-central1.rep.pkg.dev',
  'docker.us-central1.rep.pkg.dev.example.com',
  'example.com/gcr.io',
  'docker.io',
];

test('a look-alike gets none', async () => {
  const [answer] = await kubelet.ask([{ config: OURS, images: LOOK_ALIKES.map((host) => `${host}/project/app`) }]);
  expect(LOOK_ALIKES.filter((_host, index) => answer?.credentials[index]?.length !== 0)).toEqual([]);
});

test("which hosts are Google's is one answer from us and from the kubelet with our keys", async () => {
  const label = fc.constantFrom('gcr', 'io', 'docker', 'us-docker', 'us', 'a1', 'rep', 'pkg', 'dev', 'us-gcr', 'com');
  const ending = fc.constantFrom('', '.gcr.io', '-docker.pkg.dev', '.rep.pkg.dev', '.pkg.dev', '.example.com');
  const anyHost = fc
    .tuple(fc.array(label, { minLength: 1, maxLength: 4 }), ending)
    .map(([labels, end]) => `${labels.join('.')}${end}`)
    .filter((host) => host.includes('.')); // without a dot it is a repository of Docker Hub
  const hosts = [...new Set(fc.sample(anyHost, 2000))];
  const [answer] = await kubelet.ask([{ config: OURS, images: hosts.map((host) => `${host}/project/app`) }]);
  const differ = hosts.filter((host, index) => (answer?.credentials[index]?.length === 1) !== isGoogleDockerHost(host));
  expect(differ).toEqual([]);
  expect(hosts.some(isGoogleDockerHost)).toBe(true);
});

test('a more specific key of the user is tried before ours', async () => {
  const config = JSON.stringify({ auths: { ...JSON.parse(OURS).auths, 'gcr.io/team': entry('own:one') } });
  const [answer] = await kubelet.ask([{ config, images: ['gcr.io/team/app', 'gcr.io/other/app'] }]);
  expect(answer?.credentials.map((found) => found.map(({ username }) => username))).toEqual([['own', 'us'], ['us']]);
});

test('whatever is in the file, we take it for readable just when the kubelet reads it', async () => {
  const texts = [...new Set(fc.sample(anyFile(), 6000))];
  const answers = await kubelet.ask(texts.map((config) => ({ config, images: [] })));
  const differ = texts.filter((text, index) => answers[index]?.refused !== (whyRefused(text) !== undefined));
  expect(differ.slice(0, 5)).toEqual([]);
  const refused = answers.filter((answer) => answer.refused).length;
  expect(refused).toBeGreaterThan(texts.length / 10);
  expect(refused).toBeLessThan((texts.length * 9) / 10);
});

test('what we take over from a file gives the kubelet the credentials that the file itself gave it', async () => {
  const texts = [...new Set(fc.sample(anyFile(), 6000))].filter((text) => whyRefused(text) === undefined);
  const images = ['gcr.io/a/b', 'a.io/b'];
  const before = await kubelet.ask(texts.map((config) => ({ config, images })));
  const taken = texts.map((text) => formatDockerConfig(parseConfigText(text).usable));
  const after = await kubelet.ask(taken.map((config) => ({ config, images })));
  const differ = texts.filter((_text, index) => !isDeepStrictEqual(before[index], after[index]));
  expect(differ.slice(0, 5)).toEqual([]);
  expect(before.filter(({ credentials }) => credentials.some((found) => found.length > 0)).length).toBeGreaterThan(99);
});

/** Texts that are nearly a docker config, now and then quite one. */
function anyFile(): fc.Arbitrary<string> {
  const odd = fc.oneof(fc.constant(null), fc.boolean(), fc.double(), fc.string(), fc.constant([]), fc.constant({}));
  const base64 = fc.string({ unit: 'binary', maxLength: 9 }).map((text) => Buffer.from(`${text}:b`).toString('base64'));
  const scrap = fc.string({ unit: fc.constantFrom(...'YTpi06+/-_= \n\r\t:\u00a0\u0085'), maxLength: 9 });
  const lines = fc.tuple(base64, fc.nat(8)).map(([text, at]) => `${text.slice(0, at)}\r\n${text.slice(at)}`);
  const auth = fc.oneof(
    { weight: 12, arbitrary: base64 },
    { weight: 4, arbitrary: base64.map((text) => text.replaceAll('=', '')) },
    { weight: 4, arbitrary: lines },
    { weight: 3, arbitrary: scrap },
    { weight: 1, arbitrary: odd },
  );
  const authName = fc.constantFrom('auth', 'auth', 'Auth', 'AUTH', 'auth ');
  const plainName = fc.constantFrom(
    'username',
    'Password',
    'pa\u017f\u017fword',
    'EMAIL',
    'identitytoken',
    '__proto__',
  );
  const mostly = (usual: fc.Arbitrary<unknown>, weight = 20) =>
    fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });
  const anyEntry = fc
    .tuple(fc.dictionary(authName, auth, { maxKeys: 2 }), fc.dictionary(plainName, mostly(fc.string()), { maxKeys: 2 }))
    .map(([one, other]) => ({ ...other, ...one }));
  const auths = fc.dictionary(fc.constantFrom('gcr.io', 'a.io', '[', '', '*'), mostly(anyEntry), { maxKeys: 3 });
  const headers = fc.dictionary(fc.string(), mostly(fc.string()), { maxKeys: 2 });
  const config = fc
    .tuple(
      fc.dictionary(fc.constantFrom('auths', 'Auths', 'auth\u017f', 'auths2'), mostly(auths), { maxKeys: 2 }),
      fc.dictionary(fc.constantFrom('HttpHeaders', 'HTTPHEADER\u017f', 'credsStore'), mostly(headers), { maxKeys: 1 }),
    )
    .map(([one, other]) => ({ ...one, ...other }));
  const text = fc.tuple(mostly(config, 40), fc.constantFrom(0, 2, '\t')).map(([value, space]) => {
    return JSON.stringify(value, undefined, space);
  });
  const spoilt = fc
    .tuple(text, fc.nat(60), fc.constantFrom('', 'x', '"', '{', '\\', '\0', '\uFEFF', '\n'))
    .map(([whole, at, scar]) => `${whole.slice(0, at)}${scar}${whole.slice(at + 1)}`);
  const repeated = fc.tuple(text, fc.array(fc.nat(), { minLength: 1, maxLength: 4 })).map(([whole, picks]) => {
    return picks.reduce(withKeyAgain, whole);
  });
  return fc.oneof({ weight: 9, arbitrary: text }, { weight: 4, arbitrary: repeated }, { weight: 1, arbitrary: spoilt });
}

/** Gives one key of a JSON text, of those that can be found by their look, the name of another. */
function withKeyAgain(text: string, pick: number): string {
  const keys = [...text.matchAll(/"[^"\\]*"(?=:)/g)];
  const from = keys[pick % Math.max(keys.length, 1)];
  const to = keys[(pick >> 8) % Math.max(keys.length, 1)];
  if (from === undefined || to === undefined) return text;
  return `${text.slice(0, from.index)}${to[0]}${text.slice(from.index + from[0].length)}`;
}
