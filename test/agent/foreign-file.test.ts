import { readFile, writeFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfigText } from '../../agent/docker-config/text.ts';
import { withdrawCredentials } from '../../agent/docker-config/withdraw.ts';
import { readState } from '../../agent/files/state.ts';
import { isJsonObject } from '../../core/registry/docker-config.ts';
import { KUBELET_KEYS } from '../../core/registry/google-hosts.ts';
import { readAsKubelet } from '../support/kubelet/keyring.ts';
import { anyJson, jsonMembers, jsonObject, spoilt } from '../support/text/json-texts.ts';
import { entryOf, simulatedNode } from './simulated-node.ts';

// The kubelet's config.json before the agent is installed: almost a docker config, sometimes a valid one, or binary data.

const registry = fc.constantFrom('quay.io', 'gcr.io', '*.gcr.io', 'gcr.io/team', '[', '__proto__', 'constructor', '');
const auth = fc.constantFrom(JSON.stringify(entryOf('q', 'q').auth), '"cTpx"', '"!"', '""', '5', '1.50', 'null');
const entry = fc.oneof(
  { weight: 6, arbitrary: jsonObject(fc.constantFrom('auth', 'Auth', 'username', 'email', 'kindgcr', 'x'), auth) },
  { weight: 1, arbitrary: anyJson },
);
const config = fc
  .tuple(
    fc.option(jsonObject(registry, entry)),
    jsonMembers(fc.constantFrom('HttpHeaders', 'credsStore', 'x', '__proto__'), anyJson),
    fc.boolean(),
  )
  .map(([auths, others, last]) => {
    const own = auths === null ? [] : [`"auths":${auths}`];
    return `{${(last ? [...others, ...own] : [...own, ...others]).join(',')}}`;
  });
const anyText = fc
  .oneof({ weight: 6, arbitrary: config }, { weight: 2, arbitrary: spoilt(config) }, { weight: 1, arbitrary: anyJson })
  .map((text) => Buffer.from(text));
const noText = fc
  .tuple(anyText, fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.nat(60))
  .map(([bytes, scar, at]) => Buffer.concat([bytes.subarray(0, at), scar, bytes.subarray(at)]));
const anyFile = fc.oneof({ weight: 4, arbitrary: anyText }, { weight: 1, arbitrary: noText });

test('with any config.json, the kubelet gets a file that it reads, foreign entries are kept, and the file can be restored', async () => {
  await fc.assert(
    fc.asyncProperty(anyFile, async (bytes) => {
      const node = await simulatedNode();
      const path = node.layout.kubeletDockerConfig;
      await node.write(path, '');
      await writeFile(path, bytes);
      const { failures } = await node.reconcile();
      expect(failures).toEqual([]);
      const text = (await node.text()) ?? '';
      expect(readAsKubelet(text)).toBeDefined();
      expect(Object.keys(await node.auths())).toEqual(expect.arrayContaining([...KUBELET_KEYS]));

      const { usable, refusedFor } = parseConfigText(bytes.toString('utf8'));
      expect(withoutOurKeys(parseConfigText(text).usable)).toBe(withoutOurKeys(usable));
      const { setAside } = await node.status();
      if (refusedFor === undefined) expect(setAside ?? null).toBeNull();
      else expect((await readFile(setAside?.path ?? '')).equals(bytes)).toBe(true);

      await withdrawCredentials(node.layout, await readState(node.layout.state));
      expect((await readFile(path)).equals(bytes)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

/** The foreign parts of a docker config, as JSON; a missing `auths` equals an empty one. */
function withoutOurKeys(whole: object): string {
  const members = Object.entries(whole).map(([name, value]) =>
    name === 'auths' && isJsonObject(value)
      ? [name, Object.fromEntries(Object.entries(value).filter(([key]) => !KUBELET_KEYS.includes(key)))]
      : [name, value],
  );
  const isEmptyAuths = ([name, value]: unknown[]) =>
    name === 'auths' && (!isJsonObject(value) || Object.keys(value).length === 0);
  return JSON.stringify(Object.fromEntries(members.filter((member) => !isEmptyAuths(member))));
}
