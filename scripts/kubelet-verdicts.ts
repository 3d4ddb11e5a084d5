import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// node scripts/kubelet-verdicts.ts "$(test/lab/lab credential-oracle)"
// Asks the kubelet's own code, as the lab compiles it, about each docker config of the file again, and records its verdicts.
const path = join(import.meta.dirname, '../test/agent/docker-config/kubelet-verdicts.json');
const verdicts: readonly { readonly config: string }[] = JSON.parse(readFileSync(path, 'utf8'));
const questions = verdicts.map(({ config }) =>
  JSON.stringify({ config: Buffer.from(config).toString('base64'), images: [] }),
);
const answers = execFileSync(process.argv[2] ?? 'credential-oracle', { input: `${questions.join('\n')}\n` });
const refused = answers
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line).refused);
const recorded = verdicts.map(({ config }, index) => `  ${JSON.stringify({ config, refused: refused[index] })}`);
writeFileSync(path, `[\n${recorded.join(',\n')}\n]\n`);
