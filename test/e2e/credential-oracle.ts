import * as v from 'valibot';
import { type LabFacts, lab } from '../support/lab/lab-world.ts';
import { run } from '../support/run/run.ts';

/** A docker config's text, and images for which the kubelet would look into it. */
export interface OracleQuestion {
  readonly config: string;
  readonly images: readonly string[];
}

/** Whether the kubelet takes the file for missing, and else what it would try for each image, in that order. */
export type OracleAnswer = v.InferOutput<typeof AnswerSchema>;

/** The kubelet's own code for docker configs, as a program. */
export interface CredentialOracle {
  /** Why it can't be asked here; undefined when it can. */
  readonly obstacle: string | undefined;
  ask(questions: readonly OracleQuestion[]): Promise<OracleAnswer[]>;
}

const AnswerSchema = v.object({
  refused: v.boolean(),
  credentials: v.array(v.array(v.object({ username: v.string(), password: v.string() }))),
});

/** What `lab` exits with where something can't be had (EX_UNAVAILABLE of sysexits.h). */
const UNAVAILABLE = 69;

/** Has the lab build it, which takes half a minute the first time. */
export async function credentialOracle({ env }: LabFacts): Promise<CredentialOracle> {
  const { exitCode, stdout, stderr } = await lab(['credential-oracle'], env);
  if (exitCode !== 0 && exitCode !== UNAVAILABLE) throw new Error(`lab credential-oracle failed:\n${stderr}`);
  return {
    obstacle: exitCode === UNAVAILABLE ? stderr.trim().split('\n')[0] : undefined,
    async ask(questions) {
      const input = questions
        .map(({ config, images }) => `${JSON.stringify({ config: Buffer.from(config).toString('base64'), images })}\n`)
        .join('');
      const answer = await run(stdout.trim(), [], { env, input, timeout: 300_000 });
      if (answer.exitCode !== 0) throw new Error(`the oracle failed: ${answer.stderr}`);
      return answer.stdout
        .trim()
        .split('\n')
        .map((line) => v.parse(AnswerSchema, JSON.parse(line)));
    },
  };
}
