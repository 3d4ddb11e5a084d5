import { formatDockerConfig } from '../../../core/registry/docker-config.ts';
import { HELPER } from '../../../core/registry/helper-name.ts';
import { type JsonMember, type JsonObjectText, jsonMembers, splice, withoutMember } from './json-members.ts';

/**
 * Edits `credHelpers` in the text of a docker config. All other bytes stay as they are, since the file is the user's:
 * texts are latin1 strings of its bytes, so that nothing is lost in decoding.
 */

/** The former helper of a host by its name, or null where the host had none. */
export type FormerHelpers = Readonly<Record<string, string | null>>;

/** The text with the helper registered for these hosts, in the layout that the text has. */
export function addHelpers(text: string, hosts: readonly string[]): string {
  if (text.trim() === '') {
    return formatDockerConfig({ credHelpers: Object.fromEntries(hosts.map((host) => [host, HELPER])) });
  }
  const root = rootOf(text);
  const member = helpersOf(root);
  const helpers = member !== undefined && text[member.valueStart] === '{' ? jsonMembers(text, member.valueStart) : null;
  if (helpers !== null && helpers.members.length > 0) return addTo(text, helpers, hosts);

  const { gap, colon } = layoutOf(text, root);
  const indent = /\n([^\n]*)$/.exec(gap)?.[1];
  const [inner, close] = indent === undefined ? ['', ''] : [gap + indent, gap];
  const entries = hosts.map((host) => `"${host}"${colon}"${HELPER}"`).join(`,${inner || gap}`);
  const value = `{${inner}${entries}${close}}`;
  if (member !== undefined) return splice(text, member.valueStart, member.end, value);
  const last = root.members.at(-1);
  if (last !== undefined) return splice(text, last.end, last.end, `,${gap}"credHelpers"${colon}${value}`);
  return splice(text, root.open + 1, root.close, `${gap}"credHelpers"${colon}${value}\n`);
}

/**
 * The text with the helper's entries removed: hosts that had another helper get it back. Where no entry is left,
 * `credHelpers` becomes `empty`, or is removed where it was not there before.
 */
export function removeHelpers(text: string, former: FormerHelpers, empty: string | undefined): string {
  if (text.trim() === '') return text;
  const root = rootOf(text);
  const member = helpersOf(root);
  if (member === undefined || text[member.valueStart] !== '{') return text;
  let value = text.slice(member.valueStart, member.end);
  const { members } = jsonMembers(value, 0);
  for (const [index, { key, valueStart, end }] of [...members.entries()].reverse()) {
    if (JSON.parse(value.slice(valueStart, end)) !== HELPER) continue;
    const before = Object.hasOwn(former, key) ? former[key] : null;
    value =
      typeof before === 'string'
        ? splice(value, valueStart, end, Buffer.from(JSON.stringify(before)).toString('latin1'))
        : withoutMember(value, jsonMembers(value, 0), index);
  }
  if (value === text.slice(member.valueStart, member.end)) return text;
  if (jsonMembers(value, 0).members.length > 0) return splice(text, member.valueStart, member.end, value);
  if (empty !== undefined) return splice(text, member.valueStart, member.end, empty);
  return withoutMember(text, root, root.members.indexOf(member));
}

/** How `credHelpers` is written where it holds nothing (`{}`, `null`); undefined where it is missing or holds something. */
export function emptyHelpers(text: string): string | undefined {
  const member = text.trim() === '' ? undefined : helpersOf(rootOf(text));
  if (member === undefined) return undefined;
  const value = text.slice(member.valueStart, member.end);
  return /^(\{\s*\}|null)$/.test(value) ? value : undefined;
}

function addTo(text: string, helpers: JsonObjectText, hosts: readonly string[]): string {
  const { gap, colon } = layoutOf(text, helpers);
  const present = new Set(helpers.members.map(({ key }) => key));
  const added = hosts.filter((host) => !present.has(host)).map((host) => `,${gap}"${host}"${colon}"${HELPER}"`);
  const end = helpers.members.at(-1)?.end ?? helpers.close;
  const changed = splice(text, end, end, added.join(''));
  return helpers.members
    .filter(({ key }) => hosts.includes(key))
    .reduceRight((result, { valueStart, end }) => splice(result, valueStart, end, `"${HELPER}"`), changed);
}

function rootOf(text: string): JsonObjectText {
  return jsonMembers(text, text.indexOf('{'));
}

/** The last one counts, as it does for JSON.parse. */
function helpersOf(root: JsonObjectText): JsonMember | undefined {
  return root.members.findLast(({ key }) => key === 'credHelpers');
}

/** The whitespace before a key and around a colon; for an empty object as the docker CLI writes it. */
function layoutOf(text: string, { open, members }: JsonObjectText): { readonly gap: string; readonly colon: string } {
  const [first, second] = members;
  if (first === undefined) return { gap: '\n\t', colon: ': ' };
  const before = second === undefined ? text.slice(open + 1, first.start) : text.slice(first.end, second.start);
  const colon = /\s*:\s*$/.exec(text.slice(first.start, first.valueStart))?.[0] ?? ':';
  return { gap: before.replace(',', ''), colon };
}
