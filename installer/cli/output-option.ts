import { Option } from 'commander';

/** What a command prints on stdout: text for a person, or one JSON document for a script. */
export type OutputFormat = 'text' | 'json';

/** `--output`. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text');
}

/** One JSON document, as `--output json` prints it. */
export function jsonDocument(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
