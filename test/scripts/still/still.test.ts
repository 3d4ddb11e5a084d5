import { expect, test } from 'vitest';
import { drawing } from '../../../scripts/still/drawing.ts';
import { screenAfter } from '../../../scripts/still/screen.ts';

const SIZE = { columns: 40, rows: 5 };

test('the picture has what is left on the screen: progress that was wiped is gone, colours stay', async () => {
  const output =
    '  node  looking …\r\n\u001b[1A\u001b[2K\u001b[32m✓\u001b[39m node  \u001b[1mvalid\u001b[22m\r\nend\r\n';
  expect(await screenAfter(output, SIZE)).toEqual([
    [
      { text: '✓', style: 'green' },
      { text: ' node  ', style: 'plain' },
      { text: 'valid', style: 'bold' },
    ],
    [{ text: 'end', style: 'plain' }],
  ]);
});

test('text that looks like markup is text in the picture, too', async () => {
  const svg = drawing(await screenAfter('a <b> & "c"', SIZE), { columns: 40, title: 'x' });
  expect(svg).toContain('>a &lt;b&gt; &amp; &quot;c&quot;</text>');
});
