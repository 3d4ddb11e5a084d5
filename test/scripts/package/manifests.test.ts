import { expect, test } from 'vitest';
import { homebrewFormula } from '../../../scripts/package/homebrew-formula.ts';
import { productFacts } from '../../../scripts/package/product-facts.ts';
import { scoopManifest } from '../../../scripts/package/scoop-manifest.ts';
import { REPOSITORY, run } from '../../support/run/run.ts';
import { testUnless } from '../../support/vitest/obstacle.ts';

const NAMES = [
  'kindgcr-agent-linux-arm64',
  'kindgcr-agent-linux-x64',
  'kindgcr-darwin-arm64',
  'kindgcr-darwin-x64',
  'kindgcr-linux-arm64',
  'kindgcr-linux-x64',
  'kindgcr-win-x64.exe',
];
const BASE = 'https://downloads.example/v0.1.0';
const FILES = NAMES.map((name, index) => ({
  name,
  url: `${BASE}/${name}`,
  sha256: String(index).repeat(64),
}));
const facts = await productFacts(REPOSITORY);
const sum = (name: string) => FILES.find((file) => file.name === name)?.sha256;

const env = { PATH: process.env.PATH ?? '' };
const hasRuby = (await run('sh', ['-c', 'command -v ruby'], { env })).exitCode === 0;

testUnless(hasRuby ? undefined : 'ruby is not installed')('the Homebrew formula is Ruby', async () => {
  const checked = await run('ruby', ['-c', '-'], {
    env,
    input: homebrewFormula(facts, FILES),
  });
  expect(checked.stdout).toBe('Syntax OK\n');
});

test('the Homebrew formula: each machine gets its executable with its checksum, and the agents beside it', () => {
  const formula = homebrewFormula(facts, FILES);
  const sources = [...formula.matchAll(/url "(.*)", using: :nounzip\n\s+sha256 "(.*)"/g)];
  expect(new Map(sources.map(([, url = '', hash]) => [url.slice(BASE.length + 1), hash]))).toEqual(
    new Map(NAMES.filter((name) => !name.startsWith('kindgcr-win')).map((name) => [name, sum(name)])),
  );
  expect(formula).toMatch(/on_macos do\n {4}on_arm do\n {6}url ".*kindgcr-darwin-arm64"/);
  expect(formula).toMatch(/on_linux do[\s\S]*on_intel do\n {6}url ".*kindgcr-linux-x64"/);
  // What `brew audit` refuses: a description with the name of the program or a dot, or longer than 80 characters.
  const [, desc = ''] = /^ {2}desc "(.*)"$/m.exec(formula) ?? [];
  expect(desc.length).toBeLessThan(80);
  expect(desc).not.toMatch(/kindgcr|\.$|^(A|An|The) /);
  expect(formula.match(/\b(do|def|class)\b.*$/gm)?.length).toBe(formula.match(/^\s*end$/gm)?.length);
});

test('the Scoop manifest has only keys of its schema, and a checksum for each file', () => {
  const manifest = JSON.parse(scoopManifest(facts, FILES));
  const known = ['version', 'description', 'homepage', 'license', 'architecture', 'pre_install', 'bin'];
  expect(Object.keys(manifest).sort()).toEqual(known.sort());
  expect(Object.keys(manifest.architecture)).toEqual(['64bit']);
  const { url, hash } = manifest.architecture['64bit'];
  expect(url).toEqual([
    `${BASE}/kindgcr-win-x64.exe#/kindgcr.exe`,
    `${BASE}/kindgcr-agent-linux-x64`,
    `${BASE}/kindgcr-agent-linux-arm64`,
  ]);
  expect(hash).toEqual([sum('kindgcr-win-x64.exe'), sum('kindgcr-agent-linux-x64'), sum('kindgcr-agent-linux-arm64')]);
  for (const one of hash) expect(one).toMatch(/^[a-fA-F0-9]{64}$/);
  for (const one of url) expect(URL.canParse(one) && !one.includes('$')).toBe(true);
  expect(manifest.bin).toEqual(['kindgcr.exe', 'docker-credential-kindgcr.exe']);
});

test('a release that lacks a file makes no manifest', () => {
  expect(() => homebrewFormula(facts, FILES.slice(1))).toThrow('the release has no kindgcr-agent-linux-arm64');
  expect(() => scoopManifest(facts, FILES.slice(0, -1))).toThrow('the release has no kindgcr-win-x64.exe');
});
