import { type Complaints, insertAt, replaceAt } from '../../../diagnostic/complaints.js';
import {
  insertedText,
  joinedLines,
  type PlacedCharacter,
  placeOfCharacters,
  splitAtBlanks,
  textOf,
} from '../../../shell/placed-text.js';
import { readShell, type ShellCommand, type ShellVariables } from '../../../shell/shell-words.js';
import { formatIpv4, isIpv6, netmask, tryParseIpv6 } from '../../../wire/index.js';
import { OPENBSD_KEYWORDS } from './ifconfig-keywords.js';
import { inetAton } from './numbers.js';

type Fields = PlacedCharacter[][];

/** A command that netstart(8) will run. */
interface Prepared {
  /** Without `ifconfig IF` in front where `isIfconfig`. */
  fields: Fields;
  readonly isIfconfig: boolean;
}

/** Interfaces that netstart(8) starts after all others, in this order (`ifmstart`). */
const STARTED_LATER = ['aggr', 'trunk', 'svlan', 'vlan', 'carp', 'pppoe'];

/** When netstart(8) comes to an interface: first the NICs, then what stands on them. */
export const startOrder = (interfaceName: string): number =>
  STARTED_LATER.indexOf(interfaceName.replace(/\d+$/, ''));

/**
 * The commands that netstart(8) makes of a hostname.if(5) file (`parse_hn_line`, `ifstart`): each line is given to
 * ifconfig(8) with the interface in front, `inet` and `inet6` lines by the positions of their words.
 *
 * @param broken - is given the interfaces of lines that cannot work
 */
export function readHostnameIf(
  interfaceName: string,
  characters: readonly PlacedCharacter[],
  complaints: Complaints,
  broken: Set<string>,
): ShellCommand[] {
  const prepared: Prepared[] = [];
  for (const line of joinedLines(characters)) {
    const fields = splitAtBlanks(withoutBackslashes(line));
    const [first] = fields;
    if (first === undefined || first[0]?.text === '#') continue;
    if (!prepareLine(fields, prepared, complaints)) broken.add(interfaceName);
  }
  return prepared.flatMap(({ fields, isIfconfig }) => {
    const [first] = fields.flat();
    if (first === undefined) return [];
    const front = isIfconfig ? insertedText(`ifconfig ${interfaceName} `, first) : [];
    const space = insertedText(' ', first);
    const joined = fields.flatMap((field, index) => (index === 0 ? field : [...space, ...field]));
    const variables: ShellVariables = new Map([['if', insertedText(interfaceName, first)]]);
    return readShell([...front, ...joined], variables, complaints);
  });
}

/** netstart(8) reads lines without `read -r`: a backslash goes, and what it stands in front of stays. */
function withoutBackslashes(line: readonly PlacedCharacter[]): PlacedCharacter[] {
  const kept: PlacedCharacter[] = [];
  let isEscaped = false;
  for (const character of line) {
    isEscaped = character.text === '\\' && !isEscaped;
    if (!isEscaped) kept.push(character);
  }
  return kept;
}

/** @returns false if the line cannot work */
function prepareLine(fields: Fields, prepared: Prepared[], complaints: Complaints): boolean {
  const [first = [], second] = fields;
  const keyword = textOf(first);
  switch (keyword) {
    case 'inet':
    case 'inet6':
      // A family alone is passed over.
      if (second === undefined) return true;
      return textOf(second) === 'autoconf'
        ? push(prepared, fields)
        : prepareAddress(keyword, fields, prepared, complaints);
    case 'dest':
      return prepareDestination(fields, prepared, complaints);
    case 'dhcp':
    case 'rtsol':
      return push(prepared, [named(keyword === 'dhcp' ? 'inet' : 'inet6', first), named('autoconf', first)]);
  }
  if (!keyword.startsWith('!')) return push(prepared, fields);
  const command = first.slice(1);
  prepared.push({
    fields: command.length > 0 ? [command, ...fields.slice(1)] : fields.slice(1),
    isIfconfig: false,
  });
  return true;
}

function push(prepared: Prepared[], fields: Fields): true {
  prepared.push({ fields, isIfconfig: true });
  return true;
}

/** A word that netstart(8) puts in, at the place of another one. */
const named = (text: string, at: readonly PlacedCharacter[]): PlacedCharacter[] =>
  at[0] === undefined ? [] : insertedText(text, at[0]);

/** `inet [alias] ADDRESS NETMASK BROADCAST options`, `inet6 [alias] ADDRESS PREFIXLEN options`. */
function prepareAddress(
  family: 'inet' | 'inet6',
  fields: Fields,
  prepared: Prepared[],
  complaints: Complaints,
): boolean {
  const at = textOf(fields[1] ?? []) === 'alias' ? 2 : 1;
  const address = fields[at] ?? [];
  const mask = fields[at + 1];
  const broadcast = family === 'inet' ? fields[at + 2] : undefined;
  if (mask === undefined) return push(prepared, fields);
  const isAddress = looksLikeAddress(family, textOf(address));
  if (OPENBSD_KEYWORDS.has(textOf(mask)) && isAddress) {
    if (!textOf(address).includes('/')) return tellOfMissing(family, mask, address, complaints);
    tellOfShortForm(family, mask, address, complaints);
    return push(prepared, fields);
  }
  if (broadcast !== undefined && OPENBSD_KEYWORDS.has(textOf(broadcast)) && isAddress) {
    return tellOfMissingBroadcast(broadcast, complaints);
  }
  const changed = [...fields];
  changed.splice(at + 1, 1, named(family === 'inet' ? 'netmask' : 'prefixlen', mask), mask);
  if (broadcast !== undefined) {
    const isNone = textOf(broadcast).endsWith('NONE');
    changed.splice(at + 3, 1, ...(isNone ? [] : [named('broadcast', broadcast), broadcast]));
  }
  return push(prepared, changed);
}

function looksLikeAddress(family: 'inet' | 'inet6', text: string): boolean {
  const [address = ''] = text.split(/[/%]/);
  const parsed = family === 'inet' ? inetAton(address) : tryParseIpv6(address);
  return parsed !== undefined && isIpv6(parsed) === (family === 'inet6');
}

/** `inet 192.0.2.1/24 vhid 1`: netstart(8) takes `vhid` for the netmask. It is plain what is meant. */
function tellOfShortForm(
  family: 'inet' | 'inet6',
  mask: readonly PlacedCharacter[],
  address: readonly PlacedCharacter[],
  complaints: Complaints,
): void {
  const [first] = address;
  if (first === undefined) return;
  const place = placeOfCharacters(mask, first);
  const whole = placeOfCharacters(address, first);
  const [host = '', width = ''] = textOf(address).split('/');
  const length = /^\d+$/.test(width) ? Number(width) : -1;
  const long =
    family === 'inet6'
      ? `${host} ${width}`
      : length >= 0 && length <= 32
        ? `${host} ${formatIpv4(netmask(length))} NONE`
        : undefined;
  complaints.warn(
    place,
    'short-form',
    `netstart(8) takes ${textOf(mask)} for the ${family === 'inet' ? 'netmask' : 'prefix length'}`,
    'it counts words: ifconfig(8) says "bad value" and the line is not done. Here it is read as it is meant',
    { cures: long === undefined ? undefined : [replaceAt(whole, long)] },
  );
}

function tellOfMissing(
  family: 'inet' | 'inet6',
  mask: readonly PlacedCharacter[],
  address: readonly PlacedCharacter[],
  complaints: Complaints,
): false {
  const [first] = address;
  if (first === undefined) return false;
  const place = placeOfCharacters(mask, first);
  const word = textOf(mask);
  const isOwnKeyword = word === 'netmask' || word === 'prefixlen';
  complaints.add(place, 'bad-value', `${word}: bad value`, {
    hint: isOwnKeyword
      ? `netstart(8) puts ${word} there itself`
      : `a ${family === 'inet' ? 'netmask and a broadcast address (or NONE) go' : 'prefix length goes'} in front of it`,
    means: `netstart(8) counts words and takes ${word} for the ${
      family === 'inet' ? 'netmask' : 'prefix length'
    }: nothing of the line is done`,
    cures: isOwnKeyword
      ? [replaceAt(place, '', `no ${word}`)]
      : family === 'inet6'
        ? [insertAt(place, '64 ')]
        : [insertAt(place, '255.255.255.0 NONE ')],
  });
  return false;
}

function tellOfMissingBroadcast(broadcast: readonly PlacedCharacter[], complaints: Complaints): false {
  const [first] = broadcast;
  if (first === undefined) return false;
  const place = placeOfCharacters(broadcast, first);
  complaints.add(place, 'bad-value', `${textOf(broadcast)}: bad value`, {
    hint: 'a broadcast address, or NONE, goes in front of it',
    means: `netstart(8) counts words and takes ${textOf(broadcast)} for the broadcast address: nothing of the line is done`,
    cures: [insertAt(place, 'NONE ')],
  });
  return false;
}

/** `dest ADDRESS`: goes behind the address of the line before. */
function prepareDestination(fields: Fields, prepared: Prepared[], complaints: Complaints): boolean {
  const [keyword = [], address] = fields;
  const before = prepared[prepared.length - 1];
  const [first] = keyword;
  if (before === undefined || address === undefined || fields.length !== 2 || first === undefined) {
    if (first !== undefined) {
      complaints.warn(
        placeOfCharacters(keyword, first),
        'bad-value',
        'dest is one address behind a line with an address',
        'netstart(8) passes over the line',
      );
    }
    return true;
  }
  const at = textOf(before.fields[1] ?? []) === 'alias' ? 3 : 2;
  before.fields = [...before.fields.slice(0, at), address, ...before.fields.slice(at)];
  return true;
}
