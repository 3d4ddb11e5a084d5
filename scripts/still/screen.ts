import { createRequire } from 'node:module';
import type { IBufferCell } from '@xterm/headless';

// Its ES module only works with bundlers.
const { Terminal }: typeof import('@xterm/headless') = createRequire(import.meta.url)('@xterm/headless');

/** A text style. The colours are those that kindgcr uses. */
export type Style = 'plain' | 'bold' | 'dim' | 'green' | 'red' | 'yellow';

/** A line on the screen, in pieces of one style each. */
export type Line = readonly { readonly text: string; readonly style: Style }[];

/** The contents of a terminal's screen after a program's output, with lines that changed in their final state. */
export async function screenAfter(output: string, size: { columns: number; rows: number }): Promise<Line[]> {
  const terminal = new Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, row) => {
    const line = active.getLine(row);
    const cells = Array.from({ length: size.columns }, (_, column) => line?.getCell(column));
    return piecesOf(cells.filter((cell) => cell !== undefined));
  });
  terminal.dispose();
  return lines.slice(0, lines.findLastIndex((line) => line.length > 0) + 1);
}

function piecesOf(cells: readonly IBufferCell[]): Line {
  const pieces: { text: string; style: Style }[] = [];
  for (const cell of cells) {
    if (cell.getWidth() === 0) continue; // the second half of a wide character
    const text = cell.getChars() || ' ';
    const style = styleOf(cell);
    const last = pieces.at(-1);
    if (last?.style === style) last.text += text;
    else pieces.push({ text, style });
  }
  const last = pieces.at(-1);
  if (last !== undefined) last.text = last.text.trimEnd();
  return last?.text === '' ? pieces.slice(0, -1) : pieces;
}

const COLOURS: Readonly<Record<number, Style>> = { 1: 'red', 2: 'green', 3: 'yellow' };

function styleOf(cell: IBufferCell): Style {
  const colour = cell.isFgPalette() ? COLOURS[cell.getFgColor()] : undefined;
  if (colour !== undefined) return colour;
  if (cell.isBold()) return 'bold';
  return cell.isDim() ? 'dim' : 'plain';
}
