import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { registerHelper, unregisterHelper } from '../../../../installer/host/docker/helper-registration.ts';
import { tempDir } from '../../../support/files/temp-dir.ts';
import { anyJson, isJson, jsonMembers, jsonObject, spoilt } from '../../../support/text/json-texts.ts';

const HOSTS = ['gcr.io', 'us-docker.pkg.dev'];

/** A user whose docker config holds what the test writes there. */
async function owner() {
  const home = await tempDir();
  await mkdir(join(home, '.docker'));
  const path = join(home, '.docker/config.json');
  const user = { env: { HOME: home }, platform: 'linux' as const };
  return {
    write: (content: string | Uint8Array) => writeFile(path, content),
    text: () => readFile(path, 'utf8'),
    bytes: () => readFile(path),
    register: async () => void (await registerHelper(HOSTS, user)),
    unregister: async () => void (await unregisterHelper(user)),
  };
}

const helpers = jsonObject(
  fc.constantFrom('gcr.io', 'us-docker.pkg.dev', 'quay.io', '__proto__', 'constructor', 'https://index.docker.io/v1/'),
  fc.constantFrom('"gcloud"', '"pass"', '""'),
);

/** A docker config in which anything may stand beside `credHelpers`. */
const config = fc
  .tuple(
    jsonMembers(fc.constantFrom('auths', 'credsStore', 'HttpHeaders', 'proxies', '__proto__', 'x', ' '), anyJson),
    fc.option(helpers.filter((text) => text !== '{}')),
    fc.nat(4),
  )
  .map(([others, own, at]) => {
    const members = [...others];
    if (own !== null) members.splice(at, 0, `"credHelpers":${own}`);
    return `{${members.join(',')}}`;
  });

/** The same JSON in another layout; strings and numbers stay as they are. */
function laidOut(text: string, indent: string, end: string): string {
  const line = (depth: number) => (indent === '' ? '' : `${end}${indent.repeat(depth)}`);
  let depth = 0;
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, (sign) => {
    if (sign === '{' || sign === '[') return sign + line(++depth);
    if (sign === '}' || sign === ']') return line(--depth) + sign;
    if (sign === ',') return sign + line(depth);
    return sign === ':' && indent !== '' ? ': ' : sign;
  });
}

/** Layouts of programs: docker's own, jq's, python's, an editor's on Windows, none. */
const layout = fc.tuple(
  fc.constantFrom('\t', '  ', '    ', ''),
  fc.constantFrom('\n', '\r\n'),
  fc.constantFrom('', '\n'),
);

test('whatever else is in a docker config comes through, to the digit, and undoing brings back the bytes', async () => {
  const it = await owner();
  await fc.assert(
    fc.asyncProperty(config, layout, async (plain, [indent, line, end]) => {
      const original = laidOut(plain, indent, line) + (line === '\n' ? end : end.replace('\n', line));
      await it.write(original);
      await it.register();
      const during = JSON.parse(await it.text());
      expect(during.credHelpers).toMatchObject(Object.fromEntries(HOSTS.map((host) => [host, 'kindgcr'])));
      await it.unregister();
      expect(await it.text()).toBe(original);
    }),
    { numRuns: 150 },
  );
});

test('what Docker itself could not read is refused with exit code 8, and not touched', async () => {
  const it = await owner();
  const odd = fc.constantFrom('7', '1e400', '[]', '"gcloud"', '{"gcr.io":7}', '{"x.io":{}}', 'true');
  const wrong = fc.oneof(
    fc.constantFrom('[]', 'null', '"x"', '7', '\uFEFF{}'),
    odd.map((text) => `{"auths":{},"credHelpers":${text}}`),
    spoilt(config).filter((text) => text.trim() !== '' && !isJson(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        wrong.map((text) => Buffer.from(text)),
        anyBytes,
      ),
      async (bytes) => {
        await it.write(bytes);
        await expect(it.register()).rejects.toMatchObject({ exitCode: 8 });
        await expect(it.unregister()).rejects.toMatchObject({ exitCode: 8 });
        expect((await it.bytes()).equals(Buffer.from(bytes))).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 30 }).filter((bytes) => {
  const text = Buffer.from(bytes).toString('utf8');
  return text.trim() !== '' && !isJson(text);
});
