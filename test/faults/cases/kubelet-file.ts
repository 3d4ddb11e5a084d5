import { faultCases, testsOf } from '../fault-case.ts';

const rules = testsOf('e2e/kubelet-rules.test.ts');
const file = testsOf('agent/docker-config/file.test.ts');
const killed = testsOf('integration/agent-killed.test.ts');
const withdraw = testsOf('integration/agent-withdraw.test.ts');
const pass = testsOf('agent/pass/pass.test.ts');

/** The kubelet's config.json. */
export const KUBELET_FILE = faultCases('the kubelet’s file', {
  'accepted and refused just as by the kubelet, for generated files': rules(
    'whatever is in the file, we take it for readable just when the kubelet reads it',
  ),
  'all known registries of Google': rules(
    'the four keys give exactly one credential for each of the Google registries known by name',
  ),
  'look-alikes': rules('a look-alike gets none'),
  'hosts that are made up': rules('which hosts are Google’s is one answer from us and from the kubelet with our keys'),
  'repeated keys': rules(
    'what we take over from a file gives the kubelet the credentials that the file itself gave it',
  ),
  'a more specific key of the user': rules('a more specific key of the user is tried before ours'),
  'foreign entries and keys': pass('entries and keys of others survive everything, also while ours come and go'),
  'an entry that the user adds later': pass(
    'an entry that a user adds later under one of our keys is remembered, not lost',
  ),
  'a broken file is set aside with a date, and told': pass('a file that is not JSON is set aside, told, and replaced'),
  'one bad entry': pass('of a file that one bad entry spoils, only that entry is dropped'),
  'a program that breaks it again and again': pass('a program that breaks the file again and again fills no disk'),
  'a bind mount is written in place': file(
    'a file that is a mount is written in place, shorter or longer, and the host sees it',
  ),
  'killed in the midst of writing a bind mount': killed(
    'killed in the midst of overwriting a file that is a mount: what it held before is back at the next start',
  ),
  'a missing folder': testsOf('integration/agent-once.test.ts')(
    'before kubeadm has been there, the folder is made and nothing is restarted',
  ),
  'a folder in its place': pass('a folder in the place of the file is told, and healed by who made it'),
  'a read-only file system': file(
    'on a file system that is read-only the old file stays, and the message says what to do',
  ),
  'a disk that is full in the midst of a write': file(
    'on a full disk the old file stays whole, and the message says so',
  ),
  'kill -9 in the midst of a write, beside a reader in a tight loop': killed(
    'killed in the midst of writing, again and again: a reader always sees a whole file',
  ),
  'the user’s own gcr.io entry comes back': withdraw(
    'withdraw leaves a file in a layout of its own as it was, to the byte and the permission',
  ),
  'a text that the kubelet would refuse': file('a text that the kubelet would refuse is never written'),
});
