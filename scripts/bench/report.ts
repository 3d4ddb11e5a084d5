import { cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Contestant } from './contestant.ts';
import { paired } from './paired.ts';

/** Collects measurements and prints them. */
export interface Report {
  readonly rounds: number;
  add(what: string, ours: string, other?: string, ratio?: number): void;
  /** Adds two times, in milliseconds, as seconds; `other` names the second. */
  addTimes(what: string, ours: number, other: string, theirs: number): void;
  skip(what: string, reason: string): void;
  /** Prints progress. */
  progress(line: string): void;
  /** Compares two contestants and adds the result. */
  compare(ours: Contestant, other: Contestant): Promise<void>;
  /** The report as Markdown. */
  text(): string;
}

/** A report for this machine; `progress` receives what is being measured. */
export function newReport(rounds: number, progress: (line: string) => void): Report {
  const rows = [['what', 'kindgcr', 'compared with', 'ratio']];
  const skipped: string[] = [];
  const load = loadavg()[0]?.toFixed(1);
  const report: Report = {
    rounds,
    progress,
    add(what, ours, other = '', ratio) {
      rows.push([what, ours, other, ratio === undefined ? '' : ratio.toFixed(2)]);
      progress(`${what}: ${ours}${other === '' ? '' : ` against ${other}`}`);
    },
    addTimes(what, ours, other, theirs) {
      report.add(what, seconds(ours), `${other} ${seconds(theirs)}`, ours / theirs);
    },
    skip(what, reason) {
      skipped.push(`${what}: ${reason}`);
      progress(`skipped ${what}: ${reason}`);
    },
    async compare(ours, other) {
      const { ours: a, other: b, ratio } = await paired(ours, other, rounds);
      report.add(ours.name, `${a.toFixed(1)} ms`, `${other.name} ${b.toFixed(1)} ms`, ratio);
    },
    text: () =>
      [
        `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${describeMachine()}, load ${load} before.`,
        `Times of calls: medians of ${rounds} runs each, in turns (A B B A). Installs: medians of three, also in turns.`,
        '',
        markdownTable(rows),
        ...(skipped.length === 0 ? [] : ['', 'Skipped:', ...skipped.map((line) => `- ${line}`)]),
        '',
      ].join('\n'),
  };
  return report;
}

/** Cores, memory and system of this machine. */
function describeMachine(): string {
  const cores = cpus();
  return `${cores.length} × ${cores[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}`;
}

/** Rows as a Markdown table; the first is the header. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
