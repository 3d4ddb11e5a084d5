import { googleDockerHost } from '../core/registry/google-hosts.ts';

/** The text of the module that holds the known hosts, from that of the list. Throws for a line that is no such host. */
export function knownHostsModule(list: string): string {
  const lines = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [, date] = /^collected (\d{4}-\d\d-\d\d)$/.exec(lines[0] ?? '') ?? [];
  if (date === undefined) throw new Error('the first line is to say when the list was collected: collected YYYY-MM-DD');
  const hosts = lines.slice(1);
  const odd = hosts.find((host) => googleDockerHost(host) !== host);
  if (odd !== undefined) throw new Error(`"${odd}" is not a Google Docker registry that takes credentials`);
  return `// Made by scripts/update-known-hosts.ts; edit scripts/known-hosts.txt instead.

/** When the list was collected. */
export const KNOWN_HOSTS_DATE = '${date}';

/** Every Google Docker registry that is known by name. Docker's \`credHelpers\` take names alone, no patterns. */
export const KNOWN_HOSTS: readonly string[] = [
${[...new Set(hosts)].map((host) => `  '${host}',\n`).join('')}];
`;
}
