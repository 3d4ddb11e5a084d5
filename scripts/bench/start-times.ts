import { crowd } from './crowd.ts';
import { median } from './paired.ts';
import type { Report } from './report.ts';
import type { World } from './world.ts';

/** How many `get`s a build with many images may start at once. */
const CROWD = 50;

/** Measures how long the host programs take, alone and in parallel. */
export async function measureTimes({ calls, gcloud, pass, node, installed, google }: World, report: Report) {
  const { warm, cold } = calls;
  await report.compare(warm, node);
  if ('reason' in pass) report.skip('docker-credential-pass', pass.reason);
  else await report.compare(warm, pass);
  if ('reason' in gcloud) {
    report.skip('gcloud', gcloud.reason);
    await report.compare(cold, node);
  } else {
    const { env } = gcloud;
    const helper = {
      file: 'docker-credential-gcloud',
      args: ['get'],
      env,
      input: 'https://gcr.io',
      prints: /"Secret"/,
    };
    await report.compare(warm, { ...helper, name: '`docker-credential-gcloud get`' });
    const config = { file: gcloud.program, args: ['config', 'config-helper', '--format=json'], env };
    const configHelper = { ...config, name: '`gcloud config config-helper`', prints: /"access_token"/ };
    await report.compare(cold, configHelper);
    await report.compare(calls.coldBy(gcloud), configHelper);
  }
  await report.compare({ name: '`kindgcr --version`', file: installed.kindgcr, args: ['--version'], env: {} }, node);
  await report.compare({ name: '`kindgcr-agent version`', file: installed.agent, args: ['version'], env: {} }, node);

  const times: number[] = [];
  const before = google.endpoint.requests;
  const crowds = 5;
  for (let round = 0; round < crowds; round++) times.push(await crowd(await calls.first(), CROWD));
  const asked = (google.endpoint.requests - before) / crowds;
  report.add(`${CROWD} cold gets at once, all answered`, `${median(times).toFixed(0)} ms, Google asked ${asked}×`);
}
