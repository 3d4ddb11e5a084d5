import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a process leaves when it is killed while overwriting `config.json`; test/integration/agent-killed.test.ts really kills one. */
export async function cutShort(path: string, before: string, after: string, found: string | Buffer): Promise<void> {
  await writeFile(path, found, { mode: 0o600 });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const journal = { before: base64(before), after: base64(after), mode: 0o644 };
  await writeFile(join(path, '../.config.json.overwriting'), JSON.stringify(journal), { mode: 0o600 });
}
