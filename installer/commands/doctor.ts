import { Option } from 'commander';
import { KindGcrError } from '../../core/errors.ts';
import { clusterOption, isNamed } from '../cli/cluster-option.ts';
import { defineCommand, type Report } from '../cli/command.ts';
import { type OutputFormat, outputOption } from '../cli/output-option.ts';
import type { Terminal } from '../cli/terminal.ts';
import { verbosityOptions } from '../cli/verbosity-option.ts';
import type { CommandContext } from '../context.ts';
import { readSettings } from '../host/settings.ts';
import { credentialChecks } from '../inspect/credential-checks.ts';
import { dockerChecks } from '../inspect/docker-checks.ts';
import { bad, badBecause, type Finding, note, ok } from '../inspect/finding.ts';
import { clusterChecks } from '../inspect/node-checks.ts';
import { askedImage, registryChecks } from '../inspect/registry-checks.ts';
import { serviceChecks } from '../inspect/service-health.ts';
import { allClusters } from '../kind/clusters.ts';
import { findEngine } from '../kind/container-engine.ts';

interface DoctorFlags {
  readonly name: string;
  readonly image?: string;
  readonly output: OutputFormat;
}

/** `kindgcr doctor`. */
export const doctorCommand = defineCommand<DoctorFlags, [], CommandContext>({
  name: 'doctor',
  summary: 'find out why a pull does not work',
  description:
    'Checks everything between you and a private image: the credential, the registry, the clocks, your docker config, and ' +
    'the agent and the kubelet in each node. Changes nothing. Fails when a check does.',
  options: [
    clusterOption().default('kind', 'those that kindgcr is installed in'),
    new Option('--image <image>', 'an image to check: gcr.io/PROJECT/IMAGE:TAG, ghcr.io/OWNER/IMAGE'),
    outputOption(),
    ...verbosityOptions(),
  ],
  helpAfter: `Examples:
  kindgcr doctor
  kindgcr doctor --name dev --image europe-docker.pkg.dev/project/repo/app:1`,
  run: ({ flags, command }, context) => doctor(flags, isNamed(command), context),
});

async function doctor({ name, image, output }: DoctorFlags, isOne: boolean, context: CommandContext): Promise<Report> {
  const { terminal } = context;
  const asked = askedImage(image);
  const machine = async () => {
    const { findings, login } = await credentialChecks(context);
    return [...findings, ...(await registryChecks(asked, login, context))];
  };
  const parts = await Promise.all([
    machine(),
    dockerChecks(context),
    serviceChecks(context),
    engineChecks(isOne ? name : undefined, context),
  ]);
  const findings = parts.flat();
  const failed = findings.filter((finding) => finding.outcome === 'bad');
  const [first] = failed;
  return {
    json: { healthy: first === undefined, findings },
    text: findings.map((finding) => findingLines(finding, terminal)).join(''),
    failure:
      first &&
      new KindGcrError(first.code ?? 'NODE_FAILED', `${failed.length} of ${findings.length} checks failed`, {
        hint: output === 'json' ? 'Each finding has its next step.' : 'Follow the steps after each ✗, from the top.',
      }),
  };
}

async function engineChecks(one: string | undefined, context: CommandContext): Promise<readonly Finding[]> {
  const { exec, user, log } = context;
  try {
    const settings = await readSettings(user);
    const engine = await findEngine(exec, user.env, log);
    const existing = await allClusters(engine);
    const names = one === undefined ? settings.clusters : [one];
    const clusters = await Promise.all(
      names.map(async (name) => {
        const cluster = existing.find((candidate) => candidate.name === name);
        if (cluster !== undefined) return await clusterChecks(cluster, engine.name, context);
        const others = existing.map((candidate) => candidate.name).join(', ') || 'none';
        if (one !== undefined) return [bad(name, 'NODE_NOT_FOUND', 'there is no such cluster', `There is: ${others}`)];
        return [note(name, 'the cluster is gone', `Forget it: kindgcr uninstall --name ${name}`)];
      }),
    );
    const nothing = note('clusters', 'kindgcr is installed in none', 'kindgcr install --name CLUSTER');
    return [ok('engine', `${engine.name} answers`), ...(names.length === 0 ? [nothing] : clusters.flat())];
  } catch (error) {
    return [badBecause('engine', error)];
  }
}

const MARKS = { ok: ['✓', 'green'], bad: ['✗', 'red'], note: ['!', 'yellow'], skipped: ['–', 'dim'] } as const;

function findingLines({ check, outcome, detail, hint }: Finding, { paint, verbosity }: Terminal): string {
  if (verbosity === 'quiet' && outcome !== 'bad') return '';
  const [mark, style] = MARKS[outcome];
  return `${paint(style, mark)} ${check}: ${detail}\n${hint === undefined ? '' : `    → ${hint}\n`}`;
}
