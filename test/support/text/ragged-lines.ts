/** What `--help` prints, without the examples and lists with a fixed layout. */
const FIXED_LAYOUT = /^(Examples|Settings|Set it up for good):$/m;

/** The lines of a help text that break too early: the first word of the next line of the same paragraph would have fit. */
export function raggedLines(help: string, width = 80): readonly string[] {
  const lines = (help.split(FIXED_LAYOUT)[0] ?? '').split('\n');
  return lines.filter((line, index) => {
    const next = lines[index + 1] ?? '';
    const [word = ''] = next.trim().split(' ');
    return isContinued(line, next) && `${line} ${word}`.length <= width;
  });
}

/** Paragraphs start at the margin; an explanation beside an option continues far from it. */
function isContinued(line: string, next: string): boolean {
  const isProse = /^\S/.test(line) && /^\S/.test(next) && !/:$/.test(line);
  const isExplanation = line.trim() !== '' && /^ {12,}\S/.test(next);
  return isProse || isExplanation;
}
