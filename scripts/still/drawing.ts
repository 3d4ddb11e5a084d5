import type { Line, Style } from './screen.ts';

/** Pixels of a character and of a line, for a monospace font of 14. */
const [WIDTH, HEIGHT] = [8.43, 21];
const MARGIN = 18;

// A dark window in light and dark mode alike, as terminals are.
const LOOKS: Readonly<Record<Style, string>> = {
  plain: 'fill="#e6edf3"',
  bold: 'fill="#ffffff" font-weight="700"',
  dim: 'fill="#8b98ad"',
  green: 'fill="#56d364"',
  red: 'fill="#ff7b72"',
  yellow: 'fill="#e3b341"',
};

/** An SVG of a terminal's lines. Each piece has an explicit position and length, so that columns align in any monospace font. */
export function drawing(lines: readonly Line[], { columns, title }: { columns: number; title: string }): string {
  const [width, height] = [columns * WIDTH + 2 * MARGIN, lines.length * HEIGHT + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" role="img" aria-label="${escaped(title)}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14">`,
    `  <rect width="${round(width)}" height="${height}" rx="10" fill="#0d1117" stroke="#30363d"/>`,
    ...lines.flatMap((line, row) => textsOf(line, MARGIN + (row + 0.72) * HEIGHT)),
    '</svg>',
    '',
  ].join('\n');
}

function textsOf(line: Line, y: number): string[] {
  let column = 0;
  return line.flatMap(({ text, style }) => {
    const start = column + (text.length - text.trimStart().length);
    column += text.length;
    const seen = text.trim();
    if (seen === '') return [];
    const place = `x="${round(MARGIN + start * WIDTH)}" y="${round(y)}" textLength="${round(seen.length * WIDTH)}"`;
    return [`  <text ${place} ${LOOKS[style]} xml:space="preserve">${escaped(seen)}</text>`];
  });
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
