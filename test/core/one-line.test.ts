import { expect, test } from 'vitest';
import { errorLine, oneLine, withReason } from '../../core/one-line.ts';

test.each([
  ['colours and cursor moves', '\u001b[31mred\u001b[0m \u001b[2Jgone', 'red gone'],
  ['a window title', '\u001b]0;owned\u0007text', 'text'],
  ['C1 control characters', 'a\u009b31mb\u0085c', 'abc'],
  ['text that runs backwards', 'file\u202egnp.exe', 'filegnp.exe'],
  ['several lines', 'one\r\ntwo\n\n  three\u2028four', 'one two three four'],
  ['a bell and a null', 'a\u0007b\u0000c', 'abc'],
  ['half a character', 'a\ud800b', 'ab'],
])('text from outside is shown on one line without %s', (_, text, shown) => {
  expect(oneLine(text)).toBe(shown);
});

test('text from outside is cut to 500 characters, none of them in half', () => {
  expect(oneLine('x'.repeat(500))).toBe('x'.repeat(500));
  expect([...oneLine('😀'.repeat(2000))]).toHaveLength(500);
  expect(oneLine('😀'.repeat(2000))).toMatch(/^(😀)+…$/u);
});

test('a secret is not shown, even in pieces', () => {
  expect(oneLine('token ya29.\u001b[1msecret')).not.toContain('secret');
  expect(oneLine('token ya29.\u200bsecret')).not.toContain('secret');
  expect(oneLine(`${'x'.repeat(480)} "password":"hunter2hunter2hunter2"`)).not.toContain('hunter');
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\nerror\n-----END PRIVATE KEY-----';
  expect(errorLine(`WARNING: what is this\n${key}`)).not.toMatch(/MIIEvQ|error/);
});

test.each([
  [
    'a warning with the word error before it',
    'WARNING: error while checking for updates\nERROR: (gcloud.config.config-helper) You lack it\nWARNING: more',
    '(gcloud.config.config-helper) You lack it',
  ],
  [
    "docker's advice after it",
    "Unable to find image 'x' locally\ndocker: Error response from daemon: pull access denied\n\nRun 'docker run --help' for more information",
    'docker: Error response from daemon: pull access denied',
  ],
  [
    "kubectl's own log before it",
    'E1125 10:00:00.1 7 memcache.go:265] "Unhandled Error" err="dial tcp: connection refused"\nThe connection to the server localhost:8080 was refused - did you specify the right host or port?',
    'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
  ],
  [
    "podman's warning after it",
    'Error: no such container x\ntime="2026-01-01T00:00:00Z" level=warning msg="failed to clean up"',
    'no such container x',
  ],
  [
    'advice of systemctl after it',
    'Failed to restart kubelet.service: Unit kubelet.service not found.\nSee the logs for details.',
    'Failed to restart kubelet.service: Unit kubelet.service not found.',
  ],
  [
    'a Python traceback around it',
    'Traceback (most recent call last):\n  File "x.py"\nOSError: [Errno 28] No space',
    'OSError: [Errno 28] No space',
  ],
  [
    'its reason on the next line',
    'ERROR: Reauthentication failed:\n  invalid_rapt\nmore',
    'Reauthentication failed: invalid_rapt',
  ],
  ['nothing else', 'no luck today\n', 'no luck today'],
  ['warnings alone', 'WARNING: one\nWARNING: two', 'WARNING: two'],
])("of a failed program's output the error is shown, with %s", (_, output, line) => {
  expect(errorLine(output)).toBe(line);
});

test('a program that failed without a message adds nothing to the sentence', () => {
  expect(withReason('kubectl failed', ' \n')).toBe('kubectl failed');
  expect(withReason('kubectl failed', 'error: no\n')).toBe('kubectl failed: no');
});
