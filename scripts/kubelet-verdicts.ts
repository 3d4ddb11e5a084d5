import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// node scripts/kubelet-verdicts.ts "$(test/lab/lab credential-oracle)"
// Asks the kubelet's own code, as the lab compiles it, about each docker config of the file again, and records its verdicts:
// whether it refuses the file, and the credentials that it would try for each of the images.
const path = join(import.meta.dirname, '../test/support/kubelet/verdicts.json');
const { images, verdicts }: { images: readonly string[]; verdicts: readonly { config: string }[] } = JSON.parse(
  readFileSync(path, 'utf8'),
);
const questions = verdicts.map(({ config }) =>
  JSON.stringify({ config: Buffer.from(config).toString('base64'), images }),
);
const answers = execFileSync(process.argv[2] ?? 'credential-oracle', { input: `${questions.join('\n')}\n` });
const recorded = answers
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line, index) => {
    const { refused, credentials } = JSON.parse(line);
    const byImage = images.map((image, at) => [
      image,
      (credentials[at] ?? []).map(({ username = '', password = '' }) => `${username}:${password}`),
    ]);
    const found = Object.fromEntries(byImage.filter(([, all]) => all.length > 0));
    return `    ${JSON.stringify({ config: verdicts[index]?.config, refused, credentials: found })}`;
  });
writeFileSync(path, `{\n  "images": ${JSON.stringify(images)},\n  "verdicts": [\n${recorded.join(',\n')}\n  ]\n}\n`);
