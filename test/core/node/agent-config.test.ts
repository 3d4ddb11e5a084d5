import { parse } from 'valibot';
import { expect, test } from 'vitest';
import { AgentConfigSchema } from '../../../core/node/agent-config.ts';

test('by default a node asks for tokens that can only pull', () => {
  const { scopes, restart } = parse(AgentConfigSchema, { version: 1, source: 'keyfile' });
  expect(scopes).toEqual(['https://www.googleapis.com/auth/devstorage.read_only']);
  expect(restart).toBe('when-needed');
});

test('a misspelled key and an empty list of scopes are errors', () => {
  for (const wrong of [{ scope: [] }, { scopes: [] }, { source: 'gcloud' }]) {
    expect(() => parse(AgentConfigSchema, { version: 1, source: 'keyfile', ...wrong })).toThrow();
  }
});
