import { Option } from 'commander';

/** What a command prints on stdout: text for people, or one JSON document for scripts. */
export type OutputFormat = 'text' | 'json';

/** `--output`. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text');
}
