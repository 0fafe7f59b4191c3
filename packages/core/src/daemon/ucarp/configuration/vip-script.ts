import type { Complaints } from '../../../diagnostic/complaints.js';
import { type PlacedCharacter, placeCharacters, type Word } from '../../../shell/placed-text.js';
import { readShell } from '../../../shell/shell-words.js';
import { type Ipv4Address, tryParseIpv4 } from '../../../wire/index.js';
import type { ScriptedChange, VipScript } from '../ucarp-config.js';

/** A script whose text is there. */
export interface ScriptText {
  /** As the command line names it. */
  readonly path: string;
  readonly file: string;
  readonly text: string;
}

/** Stand for `$1` and `$2` in words: characters of a private area, which nobody types. */
const INTERFACE_ARGUMENT = '\uE001';
const ADDRESS_ARGUMENT = '\uE002';
const ARGUMENTS: Readonly<Record<string, string>> = { 1: INTERFACE_ARGUMENT, 2: ADDRESS_ARGUMENT };

/** What runs another command. */
const PREFIXES = new Set(['exec', 'sudo', 'command', 'nohup', 'then', 'else', 'do', '!']);
/** What does nothing to a network. */
const HARMLESS = new Set([
  'exec',
  'set',
  'echo',
  'printf',
  'logger',
  'exit',
  ':',
  'true',
  'false',
  'sleep',
  'date',
  'mail',
  'test',
  '[',
  'fi',
  'done',
  'esac',
  'export',
  'cd',
  'umask',
  'return',
]);
const BRANCHES = new Set(['if', 'elif', 'while', 'until', 'for', 'case']);
const WHOLE = 32;

/**
 * Reads an up or down script: `ip address add` and `del`, and `ifconfig` with aliases. Every other line that could
 * matter is told, and left out.
 */
export function readVipScript(
  { path, file, text }: ScriptText,
  address: Ipv4Address,
  complaints: Complaints,
): VipScript {
  const changes: ScriptedChange[] = [];
  for (const { words } of readShell(withArguments(placeCharacters(file, text)), new Map(), complaints)) {
    let rest: readonly Word[] = words;
    while (rest.length > 1 && PREFIXES.has(rest[0]?.text ?? '')) rest = rest.slice(1);
    const [first] = rest;
    if (first === undefined) continue;
    const name = first.text.slice(first.text.lastIndexOf('/') + 1);
    if (HARMLESS.has(name) || PREFIXES.has(name)) continue;
    const change =
      name === 'ip'
        ? ipCommand(rest.slice(1))
        : name === 'ifconfig'
          ? ifconfig(rest.slice(1), address)
          : null;
    if (change !== null) changes.push(change);
    else
      complaints.warn(
        first.place,
        'not-modelled',
        BRANCHES.has(name)
          ? `what ${name} decides is not modelled`
          : `${typed(rest.map((word) => word.text).join(' '))} is not modelled`,
        BRANCHES.has(name)
          ? 'the lines behind it are run as if they stood alone'
          : `${path} runs as if this line were absent`,
      );
  }
  return { path, changes };
}

/** What stands for the arguments, as it was typed. */
const typed = (text: string): string =>
  text.replaceAll(INTERFACE_ARGUMENT, '$1').replaceAll(ADDRESS_ARGUMENT, '$2');

/** `$1`, `${1}`, `$2` and `${2}` as one character each. */
function withArguments(characters: readonly PlacedCharacter[]): PlacedCharacter[] {
  const result: PlacedCharacter[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as PlacedCharacter;
    const inBraces = characters[at + 1]?.text === '{' && characters[at + 3]?.text === '}';
    const digit = characters[at + (inBraces ? 2 : 1)]?.text ?? '';
    const argument = character.text === '$' ? ARGUMENTS[digit] : undefined;
    if (argument === undefined) result.push(character);
    else {
      result.push({ ...character, text: argument });
      at += inBraces ? 3 : 1;
    }
  }
  return result;
}

/** An address or `$2`, with or without a length; undefined if it is none. */
function addressOf(text: string): { address: Ipv4Address | null; prefixLength: number | null } | undefined {
  const [name = '', length, ...more] = text.split('/');
  const address = name === ADDRESS_ARGUMENT ? null : tryParseIpv4(name);
  if (address === undefined || more.length > 0) return undefined;
  if (length === undefined) return { address, prefixLength: null };
  const prefixLength = /^\d{1,2}$/.test(length) ? Number(length) : prefixLengthOf(length);
  return prefixLength === undefined || prefixLength > WHOLE ? undefined : { address, prefixLength };
}

/** The length of a netmask; undefined if it is none. */
function prefixLengthOf(mask: string): number | undefined {
  const word = /^0x[0-9a-f]{1,8}$/i.test(mask) ? Number(mask) : tryParseIpv4(mask);
  if (word === undefined) return undefined;
  const length = Math.clz32(~word >>> 0);
  return word === (length === 0 ? 0 : (0xffff_ffff << (WHOLE - length)) >>> 0) ? length : undefined;
}

/** The length that an address has without a netmask (RFC 791 §3.2). */
function classfulLength(address: Ipv4Address): number {
  const first = address >>> 24;
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

/** An interface or `$1`, without the label of an alias; null for the own one. */
const interfaceOf = (text: string): string | null => {
  const [name = ''] = text.split(':');
  return name === INTERFACE_ARGUMENT ? null : name;
};

/** iproute2 takes words that are cut short. */
const isShortFor = (word: string | undefined, ...names: string[]): boolean =>
  word !== undefined && word !== '' && names.some((name) => name.startsWith(word));

/** `ip address add $2/24 dev $1`. */
function ipCommand(words: readonly Word[]): ScriptedChange | null {
  const texts = words.map(({ text }) => text).filter((text) => !/^-[46]?$|^-family$|^-brief$/.test(text));
  const [object, verb, ...rest] = texts;
  if (!isShortFor(object, 'address') && object !== 'addr') return null;
  const op =
    isShortFor(verb, 'add') || isShortFor(verb, 'replace')
      ? 'add'
      : isShortFor(verb, 'delete')
        ? 'remove'
        : null;
  if (op === null) return null;
  const dev = rest.indexOf('dev');
  const name = dev < 0 ? undefined : rest[dev + 1];
  const given = rest.find((text, at) => at !== dev + 1 && addressOf(text) !== undefined);
  const read = given === undefined ? undefined : addressOf(given);
  if (read === undefined || name === undefined) return null;
  const prefixLength = read.prefixLength ?? (op === 'add' ? WHOLE : null);
  return { op, address: read.address, prefixLength, interface: interfaceOf(name) };
}

/** `ifconfig $1:ucarp $2 netmask 255.255.255.0 up`, `ifconfig $1 alias $2`, `ifconfig $1:ucarp down`. */
function ifconfig(words: readonly Word[], vip: Ipv4Address): ScriptedChange | null {
  const [name = '', ...rest] = words.map(({ text }) => text).filter((text) => text !== 'inet');
  const isAlias =
    name.includes(':') || rest.some((text) => ['alias', 'add', '-alias', 'del', 'delete'].includes(text));
  if (!isAlias) return null;
  const isRemoval = rest.some((text) => ['down', '-alias', 'del', 'delete'].includes(text));
  const given = rest.map(addressOf).find((read) => read !== undefined);
  if (isRemoval)
    return {
      op: 'remove',
      address: given?.address ?? null,
      prefixLength: null,
      interface: interfaceOf(name),
    };
  if (given === undefined) return null;
  const mask = rest.indexOf('netmask');
  const prefixLength =
    given.prefixLength ??
    (mask < 0 ? classfulLength(given.address ?? vip) : prefixLengthOf(rest[mask + 1] ?? ''));
  if (prefixLength === undefined) return null;
  return { op: 'add', address: given.address, prefixLength, interface: interfaceOf(name) };
}
