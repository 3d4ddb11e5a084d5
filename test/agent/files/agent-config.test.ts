import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAgentConfig } from '../../../agent/files/agent-config.ts';
import { tempDir } from '../../support/files/temp-dir.ts';
import { anyJson, jsonObject, spoilt } from '../../support/text/json-texts.ts';

const SECRET = 's3cret';

const value = fc.oneof(
  fc.constantFrom('1', '1', '2', '"keyfile"', '"host"', '"never"', '"config-file"', '["a"]', '[]', `"${SECRET}"`),
  anyJson,
);
const config = fc.oneof(
  jsonObject(fc.constantFrom('version', 'source', 'scopes', 'restart', 'delivery', SECRET, '__proto__'), value),
  fc
    .record({
      version: fc.constant(1),
      source: fc.constantFrom('keyfile', 'host', SECRET),
      restart: fc.constantFrom('never', 'always', SECRET),
    })
    .map((right) => JSON.stringify(right)),
);
const anyFile = fc.oneof(
  { weight: 6, arbitrary: config.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: spoilt(config).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }) },
);

test('any agent.json is either a valid config or an error that names the key but never the value', async () => {
  const path = join(await tempDir(), 'agent.json');
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(anyFile, async (bytes) => {
      await writeFile(path, bytes);
      const found = await readAgentConfig(path).catch((error: unknown) => ({ error }));
      if ('error' in found) {
        expect(found.error).toMatchObject({ exitCode: 8, hint: expect.stringContaining('kindgcr install') });
        const { message } = found.error as Error;
        expect(message).toMatch(/agent\.json is (not JSON|invalid.*)$/);
        const places = message.replaceAll(`(at ${SECRET})`, ''); // the message names unknown keys
        expect(places).not.toContain(SECRET);
      } else {
        taken += 1;
        expect(found.source).toMatch(/^(keyfile|host)$/);
        expect(found.scopes.length).toBeGreaterThan(0);
        expect(found.restart).toMatch(/^(when-needed|always|never)$/);
      }
    }),
    { numRuns: 1500 },
  );
  expect(taken).toBeGreaterThan(30);
});
