/** The position of a member of a JSON object in the text. */
export interface JsonMember {
  readonly key: string;
  /** Offset of the key. */
  readonly start: number;
  /** Offset of the value. */
  readonly valueStart: number;
  /** Offset after the value. */
  readonly end: number;
}

/** The positions of a JSON object and its members in the text, in order. */
export interface JsonObjectText {
  /** Offset of the opening brace. */
  readonly open: number;
  /** Offset of the closing brace. */
  readonly close: number;
  readonly members: readonly JsonMember[];
}

/** Finds the members of the object whose opening brace is at `open`, in a text that is valid JSON. */
export function jsonMembers(text: string, open: number): JsonObjectText {
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  tokens.lastIndex = open;
  const members: JsonMember[] = [];
  let [depth, end] = [0, open];
  let member: { key: string; start: number; valueStart?: number } | undefined;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const [[token], start] = [match, match.index];
    if (depth === 1 && (token === ',' || token === '}')) {
      if (member?.valueStart !== undefined) members.push({ ...member, valueStart: member.valueStart, end });
      member = undefined;
      if (token === '}') return { open, close: start, members };
    } else if (depth === 1 && member === undefined) {
      member = { key: JSON.parse(token), start };
    } else if (depth === 1 && member?.valueStart === undefined && token !== ':' && member !== undefined) {
      member.valueStart = start;
    }
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    end = start + token.length;
  }
  throw new Error('the text is not valid JSON');
}

/** The text without one member of an object in it, and without its comma. */
export function withoutMember(text: string, { open, close, members }: JsonObjectText, index: number): string {
  const [member, before, after] = [members[index], members[index - 1], members[index + 1]];
  if (member === undefined) return text;
  if (before !== undefined) return splice(text, before.end, member.end, '');
  return after === undefined ? splice(text, open + 1, close, '') : splice(text, member.start, after.start, '');
}

/** The text with the part between two offsets replaced. */
export function splice(text: string, start: number, end: number, inserted: string): string {
  return text.slice(0, start) + inserted + text.slice(end);
}
