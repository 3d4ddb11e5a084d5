import type { ContainerEngine } from './container-engine.ts';

/** Whether the engine is on another machine, whose containers can't see this one's folders. */
export async function engineIsElsewhere(engine: ContainerEngine): Promise<boolean> {
  if (engine.name !== 'docker') return false;
  const format = '{{.Endpoints.docker.Host}}';
  const { stdout, exitCode } = await engine.exec(['context', 'inspect', '--format', format], { timeout: 10_000 });
  return exitCode === 0 && isElsewhere(stdout.trim());
}

/** Whether a docker endpoint is on another machine. */
function isElsewhere(endpoint: string): boolean {
  if (!/^(ssh|tcp|http|https):\/\//.test(endpoint)) return false;
  const { hostname } = URL.parse(endpoint.replace(/^tcp:/, 'http:')) ?? { hostname: '' };
  return !['localhost', '127.0.0.1', '[::1]'].includes(hostname) || endpoint.startsWith('ssh:');
}
