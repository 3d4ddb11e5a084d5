import { expect, test } from 'vitest';
import type { StatusReport } from '../../../../core/node/status-report.ts';
import { untilValid } from '../../../../installer/ways/agent/until-valid.ts';

const WELL: StatusReport = {
  version: '0.1.0',
  credentials: 'valid',
  source: 'keyfile',
  account: null,
  registries: ['gcr.io'],
  expiresAt: '2031-05-06T13:00:00.000Z',
  nextRenewalAt: null,
  lastSuccessAt: '2031-05-06T12:00:00.000Z',
  lastFailure: null,
  failures: 0,
  kubeletRestarts: { count: 0, lastAt: null, lastReason: null, pending: null },
};

/** An agent that distrusts Google's certificate, after that many attempts. */
const failed = (failures: number): StatusReport => ({
  ...WELL,
  credentials: 'none',
  lastSuccessAt: null,
  failures,
  lastFailure: {
    at: '2031-05-06T12:00:00.000Z',
    code: 'TOKEN_EXCHANGE_FAILED',
    message: "Google's certificate is not trusted",
    hint: "Give the node your proxy's CA.",
  },
});

/** Waits on an agent whose failures grow with the seconds that go by, by a clock that costs no time. */
async function waitOn(agent: (seconds: number) => StatusReport) {
  let seconds = 0;
  const wait = async (milliseconds: number) => {
    seconds += milliseconds / 1000;
  };
  const waiting = { signal: new AbortController().signal, clock: () => seconds * 1000, wait };
  const outcome = await untilValid('dev-worker', async () => agent(seconds), waiting).catch((error: unknown) => error);
  return { outcome, seconds };
}

test('install gives up after three failures of the agent, with its own sentence, hint and exit code', async () => {
  const { outcome, seconds } = await waitOn((now) => failed(now < 1 ? 0 : now < 6 ? 1 : now < 16 ? 2 : 3));
  expect(outcome).toMatchObject({
    message: "dev-worker: Google's certificate is not trusted",
    hint: "Give the node your proxy's CA.",
    code: 'TOKEN_EXCHANGE_FAILED',
  });
  expect(seconds).toBe(16);
});

test('install gives up after half a minute of failing, when attempts take long', async () => {
  const { outcome, seconds } = await waitOn((now) => failed(now < 20 ? 0 : 1));
  expect(outcome).toBeInstanceOf(Error);
  expect(seconds).toBeLessThan(52);
});

test('an agent that had failed for hours gets another try when the cause is fixed', async () => {
  const { outcome } = await waitOn((now) => (now < 5 ? failed(40) : WELL));
  expect(outcome).toEqual(WELL);
});

test('a failure of the agent that passes is none', async () => {
  const { outcome } = await waitOn((now) => (now < 12 ? failed(now < 6 ? 1 : 2) : WELL));
  expect(outcome).toEqual(WELL);
});
