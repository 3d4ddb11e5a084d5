import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { drawing } from '../../scripts/still/drawing.ts';
import { linesOfSession, SIZE } from '../../scripts/still/session.ts';
import { REPOSITORY } from '../support/run/run.ts';

const lab = inject('lab');

/** The text of each line of a picture, without what differs from run to run: times, numbers and versions. */
function linesOf(picture: string): string[] {
  const texts = [...picture.matchAll(/<text [^>]*y="([\d.]+)"[^>]*>(.*?)<\/text>/g)];
  const rows = [...Map.groupBy(texts, ([, y]) => y).values()];
  return rows.map((row) =>
    row
      .map(([, , text = '']) => text.replaceAll(/<[^>]*>/g, ''))
      .join(' ')
      .replaceAll(/\d\d:\d\d \(\d+ \w+\)/g, 'TIME')
      .replaceAll(/\d+ (s|min) ago/g, 'AGO')
      .replaceAll(/\d+\.\d+\.\d+\S*/g, 'VERSION')
      .replaceAll(/ +/g, ' '),
  );
}

test("the README's picture of a terminal shows what install and status print (if not: node scripts/still.ts)", async (context) => {
  if ('obstacle' in lab) return context.skip(lab.obstacle);
  const shown = await readFile(join(REPOSITORY, 'docs/terminal.svg'), 'utf8');
  const printed = drawing(await linesOfSession(lab), { columns: SIZE.columns, title: '' });
  expect(linesOf(shown)).toEqual(linesOf(printed));
});
