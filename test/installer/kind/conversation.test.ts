import { expect, test } from 'vitest';
import { exec } from '../../../core/system/exec.ts';
import { type Conversation, startConversation } from '../../../installer/kind/conversation.ts';

const LONG = 60_000;

async function conversation(script: string): Promise<Conversation> {
  const start = await startConversation((options) => exec('sh', ['-c', script], options), 'hello', LONG);
  return 'answer' in start ? start : expect.fail(`it exited with ${start.exitCode}: ${start.stderr}`);
}

test('a command answers before it is told what to do next, and the result has only what follows', async () => {
  const { answer, finish } = await conversation(
    `read -r line; printf 'grüße, %s\\n' "$line"; read -r more; echo "$more"; exit 3`,
  );
  expect(answer).toBe('grüße, hello');
  expect(await finish('next\n', LONG)).toMatchObject({ exitCode: 3, stdout: 'next\n', ended: 'exited' });
});

test('an answer in pieces, with more right behind it', async () => {
  const { answer, finish } = await conversation(`printf one; sleep 0.1; printf ' two\\nthree\\n'; cat`);
  expect(answer).toBe('one two');
  expect((await finish('four', LONG)).stdout).toBe('three\nhello\nfour');
});

test('a command that is told nothing more reads the end of its stdin', async () => {
  const { finish } = await conversation('read -r line; echo ready; read -r more || echo "no more"');
  expect((await finish('', LONG)).stdout).toBe('no more\n');
});

test('a command that exits without an answer: its result', async () => {
  const start = await startConversation((options) => exec('sh', ['-c', 'echo broken >&2; exit 4'], options), '', LONG);
  expect(start).toMatchObject({ exitCode: 4, stderr: 'broken\n', ended: 'exited' });
});

test('a command that does not answer, or does not exit, is ended when its time is up', async () => {
  const silent = await startConversation((options) => exec('sleep', ['60'], options), '', 100);
  expect(silent).toMatchObject({ ended: 'timed-out' });
  const { finish } = await conversation('echo ready; exec sleep 60');
  expect(await finish('', 100)).toMatchObject({ ended: 'timed-out' });
});
