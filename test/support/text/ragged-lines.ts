/** What `--help` prints, without the examples and lists that are laid out by hand. */
const BY_HAND = /^(Examples|Settings|Set it up for good):$/m;

/** The lines of a help text that end early: the first word of the next line of the same paragraph would have fitted. */
export function raggedLines(help: string, width = 80): readonly string[] {
  const lines = (help.split(BY_HAND)[0] ?? '').split('\n');
  return lines.filter((line, index) => {
    const next = lines[index + 1] ?? '';
    const [word = ''] = next.trim().split(' ');
    return isContinued(line, next) && `${line} ${word}`.length <= width;
  });
}

/** Plain paragraphs stand at the margin; an explanation beside an option goes on far from it. */
function isContinued(line: string, next: string): boolean {
  const isProse = /^\S/.test(line) && /^\S/.test(next) && !/:$/.test(line);
  const isExplanation = line.trim() !== '' && /^ {12,}\S/.test(next);
  return isProse || isExplanation;
}
