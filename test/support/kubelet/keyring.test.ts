import { describe, expect, test } from 'vitest';
import { credentialsFor, readAsKubelet } from './keyring.ts';
import recorded from './verdicts.json' with { type: 'json' };

describe("the judge of these tests agrees with the kubelet's own code, as recorded by scripts/kubelet-verdicts.ts", () => {
  test.each(recorded.verdicts)('$config', ({ config, refused, credentials }) => {
    const read = readAsKubelet(config);
    expect(read === undefined).toBe(refused);
    const found = recorded.images.map((image) => {
      const all = read === undefined ? [] : credentialsFor(read, image);
      return [image, all.map(({ username, password }) => `${username}:${password}`)] as const;
    });
    expect(Object.fromEntries(found.filter(([, all]) => all.length > 0))).toEqual(credentials);
  });
});
