import { KindGcrError } from '../../errors.ts';
import { errorLine } from '../../one-line.ts';
import type { ExecResult } from '../../system/exec.ts';
import { isOnPath } from '../../system/programs-on-path.ts';
import type { User } from '../../system/user-folders.ts';

/** Milliseconds. gcloud is slow to start (0.6 s warm, seconds from a cold disk) and may send requests to Google. */
export const GCLOUD_TIME_LIMIT = 60_000;

/** What gcloud's launcher, the shell or env print if Python is missing or too old. */
const NO_PYTHON =
  /must have python installed|python[\d.]*['’]?: (command )?not found|python[\d.]*['’]?: no such file|requires? python|python[\d. ]+ is not (supported|compatible)/i;

/** The error for a gcloud that returned no token, from its exit and its output. */
export function gcloudFailure(
  { ended, stdout, stderr, exitCode }: ExecResult,
  program: string,
  user: User,
): KindGcrError {
  // The message goes to stdout or stderr, depending on the version.
  const said = `${stderr}\n${stdout}`;
  // The system reports a script whose interpreter is missing as if the script were missing.
  if (ended === 'not-found' && isOnPath([program], user)) {
    return new KindGcrError(
      'CREDENTIAL_NOT_FOUND',
      `${program} can't start: the interpreter in its first line (a shell, or Python) is missing`,
      { hint: `Install that interpreter, or the Google Cloud CLI again: head -n 1 "$(command -v ${program})"` },
    );
  }
  if (NO_PYTHON.test(said)) {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', `gcloud can't start: it found no suitable Python`, {
      hint: 'Install Python 3, or point gcloud to it: export CLOUDSDK_PYTHON=/usr/bin/python3; see: gcloud version',
    });
  }
  if (ended === 'not-found') {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', `gcloud is not installed, or not on PATH (looked for ${program})`, {
      hint: 'Install the Google Cloud CLI, point KINDGCR_GCLOUD at it, or use a key: kindgcr config set keyfile PATH',
    });
  }
  if (ended === 'timed-out') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', `gcloud gave no token within ${GCLOUD_TIME_LIMIT / 1000} s`, {
      hint: 'Run it yourself to see where it hangs: gcloud auth print-access-token >/dev/null',
    });
  }
  if (ended === 'too-much-output') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', 'gcloud printed more than a credential', {
      hint: 'See what it prints: gcloud config config-helper --format=json | wc -c',
    });
  }
  if (ended === 'killed') {
    return new KindGcrError('TOKEN_EXCHANGE_FAILED', 'gcloud was stopped before it answered', {
      hint: 'Try again. If you did not stop it, check the free memory of this machine.',
    });
  }
  if (/do not currently have an active account selected|no credentialed accounts/i.test(said)) {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', 'gcloud has no account that is logged in', {
      hint: 'Log in: gcloud auth login',
    });
  }
  const [, account] = /account \[([^\]\s]{1,200})\] does not have any valid credentials/i.exec(said) ?? [];
  if (account !== undefined) {
    return new KindGcrError('CREDENTIAL_NOT_FOUND', `gcloud has no credentials for its account ${account}`, {
      hint: `Log in: gcloud auth login ${account}; or choose another account: gcloud config set account ACCOUNT`,
    });
  }
  const line = (errorLine(stderr) || errorLine(stdout)).replace(/^\([\w.-]+\)\s*/, '');
  const reason = line === '' ? '' : `: ${line}`;
  if (/failed to impersonate|PERMISSION_DENIED/i.test(said)) {
    return new KindGcrError('CREDENTIAL_INVALID', `gcloud was refused a token${reason}`, {
      hint: 'Grant the account in gcloud config list the role roles/iam.serviceAccountTokenCreator.',
    });
  }
  // gcloud wraps temporary errors in the same sentence; only these words are a permanent refusal by Google.
  if (/invalid_(grant|rapt|client)|rapt_required|unauthorized_client|reauth/i.test(said)) {
    return new KindGcrError('CREDENTIAL_INVALID', `gcloud's login is no longer accepted${reason}`, {
      hint: 'Log in again: gcloud auth login',
    });
  }
  return new KindGcrError('TOKEN_EXCHANGE_FAILED', `gcloud failed with exit code ${exitCode}${reason}`, {
    hint: 'See the whole message: gcloud config config-helper --format=json >/dev/null',
  });
}
