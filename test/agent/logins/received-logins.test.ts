import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeLogins } from '../../../agent/docker-config/entries.ts';
import { parseLoginsMessage, readLoginsMessage } from '../../../agent/logins/received-logins.ts';
import { KindGcrError } from '../../../core/errors.ts';
import { formatDockerConfig } from '../../../core/registry/docker-config.ts';
import { readAsKubelet } from '../../support/kubelet/keyring.ts';
import { anyJson, jsonObject, spoilt } from '../../support/text/json-texts.ts';

const NOON = new Date('2031-05-06T12:00:00.000Z');
const SECRET = 's3cret';

/** Messages that are almost valid, and sometimes valid, with a secret wherever text is allowed. */
const ENDS = ['2031-05-06T11:00:00.000Z', '2031-02-31T23:59:59Z', '2031-05-06 13:00:00+99:99'];
const text = fc.constantFrom(
  ...ENDS,
  ...['gcr.io', '*-docker.pkg.dev', '*', 'gcr.io:443', 'constructor', '::', '?', '', SECRET, `u:${SECRET}`, 'google'],
);
const mostly = (usual: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: text });
const value = fc.oneof(
  { weight: 8, arbitrary: text.map((one) => JSON.stringify(one)) },
  { weight: 4, arbitrary: fc.array(text, { maxLength: 3 }).map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: anyJson },
);
const odd = jsonObject(fc.constantFrom('registries', 'username', 'secret', 'expiresAt', 'owner', '__proto__'), value);
const right = fc
  .record({
    registries: fc.array(mostly(fc.constantFrom('gcr.io', '*.gcr.io', 'quay.io:443')), { minLength: 1, maxLength: 3 }),
    username: mostly(fc.string({ unit: 'binary', minLength: 1 })),
    secret: fc.oneof(fc.constant(SECRET), fc.string({ unit: 'binary', minLength: 1 })),
    expiresAt: fc.constantFrom('2031-05-06T13:00:00.000Z', ...ENDS),
    owner: mostly(fc.constant('google')),
  })
  .map((login) => JSON.stringify(login));
const loginsMessage = fc
  .tuple(
    fc.array(fc.oneof({ weight: 5, arbitrary: right }, { weight: 1, arbitrary: odd }), { maxLength: 2 }),
    fc.constantFrom('1', '1', '1', '1', '1.0', '2', `"${SECRET}"`),
  )
  .map(([logins, version]) => `{"version":${version},"logins":[${logins.join(',')}]}`);
const anyInput = fc.oneof(
  { weight: 6, arbitrary: loginsMessage.map((one) => Buffer.from(one)) },
  { weight: 2, arbitrary: spoilt(loginsMessage).map((one) => Buffer.from(one)) },
  { weight: 1, arbitrary: anyJson.map((one) => Buffer.from(one)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

test('any input is either accepted and gives a file that the kubelet reads, or refused with a message that does not quote it', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(anyInput, fc.constantFrom('host', 'keyfile'), fc.nat(60), async (bytes, source, cut) => {
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].map((piece) => Buffer.from(piece));
      const read = await readLoginsMessage(Readable.from(pieces));
      try {
        const { logins } = parseLoginsMessage(read, { source }, NOON);
        taken += 1;
        expect(logins.length).toBeGreaterThan(0);
        const { config } = mergeLogins({ config: {}, displaced: {} }, logins, NOON);
        expect(readAsKubelet(formatDockerConfig(config))).toBeDefined();
        expect(Object.keys(config)).toEqual(['auths']);
      } catch (error) {
        if (!(error instanceof KindGcrError)) throw error;
        expect(error.exitCode).toBe(3);
        expect(error.message).not.toMatch(/[\r\n]/);
        expect(`${error.message} ${error.hint} ${error.cause}`).not.toContain(SECRET);
      }
    }),
    { numRuns: 1500 },
  );
  expect(taken).toBeGreaterThan(15);
});
