import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { parse } from 'valibot';
import { onTestFinished } from 'vitest';
import type { AgentConfig } from '../../core/node/agent-config.ts';
import { type NodeLayout, nodeLayout } from '../../core/node/layout.ts';
import { type StatusReport, StatusReportSchema } from '../../core/node/status-report.ts';
import { isJsonObject, type JsonObject } from '../../core/registry/docker-config.ts';
import type { RegistryLogin } from '../../core/registry/registry-login.ts';
import { type AtEnd, tempDir } from '../support/files/temp-dir.ts';
import { listen } from '../support/network/listen.ts';
import { runProgram, startProgram } from '../support/run/programs.ts';
import type { RunningProgram, RunResult } from '../support/run/run.ts';

/** A plain folder with the layout of a kind node, for the real agent, with stand-ins for systemd and the kubelet. */
export interface PlainNode {
  readonly root: string;
  readonly layout: NodeLayout;
  /** The environment of the agent's processes. */
  readonly env: Record<string, string>;
  /** Runs an agent command and returns its result. */
  agent(args: readonly string[], input?: string): Promise<RunResult>;
  /** Starts `run`; it is stopped when the test ends. */
  daemon(env?: Record<string, string>): Promise<RunningProgram>;
  status(): Promise<StatusReport>;
  configure(config: Partial<AgentConfig>): Promise<void>;
  write(path: string, content: string, mode?: number): Promise<void>;
  text(): Promise<string | undefined>;
  auths(): Promise<JsonObject>;
  mode(path: string): Promise<number>;
  /** The arguments of each call of systemctl so far. */
  systemctl(): Promise<string[]>;
  /** Requests to the kubelet's health endpoint so far. */
  readonly healthChecks: number;
}

/**
 * Creates such a node, with a kubelet that is configured, running and healthy. The stand-in for systemctl prints the output
 * of the real `systemctl show --property=…`, and `restart` returns at once.
 */
export async function plainNode(
  config: Partial<AgentConfig> = {},
  env: Record<string, string> = {},
  atEnd: AtEnd = onTestFinished,
): Promise<PlainNode> {
  const root = await tempDir(atEnd);
  const layout = nodeLayout(root);
  let healthChecks = 0;
  const health = await listen(
    createServer((request, response) => {
      healthChecks += 1;
      response.writeHead(request.url === '/healthz' ? 200 : 404).end('ok');
    }),
  );
  atEnd(() => health.close());

  const node: PlainNode = {
    root,
    layout,
    env: { PATH: `${join(root, 'stand-ins')}:/usr/bin:/bin`, ...env },
    agent: (args, input) => runProgram('agent', ['--root', root, ...args], { env: node.env, input: input ?? '' }),
    async daemon(more = {}) {
      const program = await startProgram('agent', ['--root', root, 'run'], {
        env: { ...node.env, ...more },
      });
      atEnd(async () => void (await program.stop('SIGKILL')));
      return program;
    },
    status: async () => parse(StatusReportSchema, JSON.parse((await node.agent(['status', '--json'])).stdout)),
    configure: (changed) =>
      node.write(layout.agentConfig, JSON.stringify({ version: 1, source: 'keyfile', ...config, ...changed })),
    async write(path, content, mode = 0o600) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode });
    },
    text: () => readFile(layout.kubeletDockerConfig, 'utf8').catch(() => undefined),
    async auths() {
      const file: unknown = JSON.parse((await node.text()) ?? '{}');
      return isJsonObject(file) && isJsonObject(file.auths) ? file.auths : {};
    },
    mode: async (path) => (await stat(path)).mode & 0o777,
    async systemctl() {
      const calls = await readFile(join(root, 'systemctl-calls'), 'utf8').catch(() => '');
      return calls.split('\n').slice(0, -1);
    },
    get healthChecks() {
      return healthChecks;
    },
  };
  await node.write(join(root, 'stand-ins/systemctl'), systemctlProgram(root), 0o755);
  await node.write(layout.kubeletConfig, `apiVersion: kubelet.config.k8s.io/v1beta1\nhealthzPort: ${health.port}\n`);
  await node.configure({});
  return node;
}

/** A message as the host's `kindgcr` sends it: one login that lives so many seconds. */
export function loginsMessage(secret: string, life: number, login: Partial<RegistryLogin> = {}): string {
  const expiresAt = new Date(Date.now() + life * 1000).toISOString();
  const registries = ['gcr.io', '*.gcr.io'];
  return JSON.stringify({
    version: 1,
    logins: [{ registries, username: 'oauth2accesstoken', secret, expiresAt, owner: 'google', ...login }],
  });
}

function systemctlProgram(root: string): string {
  return `#!/bin/sh
echo "$*" >> ${root}/systemctl-calls
case $1 in
  show)
    echo "ActiveState=$(cat ${root}/kubelet-state 2>/dev/null || echo active)"
    echo "ExecMainStartTimestampMonotonic=1000000"
    ;;
  restart)
    if test -e ${root}/restart-fails; then
      echo "Job for kubelet.service failed because the control process exited with error code." >&2
      exit 1
    fi
    ;;
esac
`;
}
