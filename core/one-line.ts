import { redact } from './redact.ts';

/** Maximum length of an external text in a message. */
const LONGEST = 500;

/** Removed from terminal, log and state file: control characters, and those that reverse or hide text. White space stays. */
const UNPRINTABLE = /(?!\s)[\p{Cc}\p{Cf}\p{Cs}]/gu;

/**
 * A terminal's escape sequences (ECMA-48): strings up to their terminator, control sequences, two-character ones. Node's
 * own `stripVTControlCharacters` would cost the helper the start of one more module.
 */
const ESCAPE_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c\r\n]*(?:\u0007|\u001b\\|\u009c)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[ -/]*[0-Z\\^-~]/g;

/** What a line of a failed program's output looks like. */
const WARNING = /^(?:[\w./-]+: )?\W*warn(?:ing)?\b|\blevel=warn|\bdeprecat|^[WI]\d{4} \d\d:|^\(Use `node --trace/i;
const ERROR_LINE = /^(?:[\w./-]+: )?(?:error|fatal|panic)\b|^[\w.]+(?:Error|Exception):|\blevel=(?:error|fatal)\b/i;
const KLOG_ERROR = /^[EF]\d{4} \d\d:/;
const ERROR_WORDS =
  /\b(?:error|fail(?:ed|ure|s)?|unable|cannot|can't|could ?n[o']t|denied|refused|forbidden|unauthorized|invalid|not found|no such|does ?n[o']t|timed? ?out|unknown)\b/i;

/**
 * An external text (from a server, a node, another program) as one line that is safe to print: redacted, without control
 * characters, at most 500 characters.
 */
export function oneLine(text: string): string {
  return cut(redact(printable(text)).replace(/\s+/g, ' ').trim());
}

/** The line of a failed program's output that says why it failed, as `oneLine` shows it; '' when it printed nothing. */
export function errorLine(output: string): string {
  const lines = redact(
    output
      .split(/[\r\n]+/)
      .map(printable)
      .join('\n'),
  )
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const ranks = lines.map(rank);
  const highest = Math.max(...ranks);
  // Of lines marked as errors the first is the cause; of others the last is the conclusion.
  const index = highest === MARKED ? ranks.indexOf(highest) : ranks.lastIndexOf(highest);
  const line = (lines[index] ?? '').replace(/^error(?: response from daemon)?: */i, '');
  const next = line.endsWith(':') || line === '' ? (lines[index + 1] ?? '') : '';
  return oneLine(`${line} ${next}`);
}

/** A sentence and, where the failed program printed one, its error line: `kind could not load X: no space left`. */
export function withReason(sentence: string, output: string): string {
  const reason = errorLine(output);
  return reason === '' ? sentence : `${sentence}: ${reason}`;
}

const MARKED = 4;

function rank(line: string): number {
  if (WARNING.test(line)) return 0;
  if (ERROR_LINE.test(line)) return MARKED;
  if (KLOG_ERROR.test(line)) return 2;
  return ERROR_WORDS.test(line) ? 3 : 1;
}

function printable(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, '').replace(UNPRINTABLE, '');
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}
