import { replaceAt } from '../../../diagnostic/complaints.js';
import { suggest } from '../../../diagnostic/suggest.js';
import { type CarpSysctls, type CarpSystem, isOpenBsd } from '../../../host/carp/carp-config.js';
import {
  insertedText,
  isBlank,
  joinedLines,
  type PlacedCharacter,
  type Word,
  wordOf,
} from '../../../shell/placed-text.js';
import type { ShellCommand } from '../../../shell/shell-words.js';
import type { HostDraft } from './host-draft.js';

const PREFIX = 'net.inet.carp.';

/** The settings of each kernel, by the name behind `net.inet.carp.`. */
const NAMES: Readonly<Record<CarpSystem, readonly string[]>> = {
  openbsd: ['allow', 'preempt', 'log'],
  'openbsd-5.6': ['allow', 'preempt', 'log'],
  freebsd: [
    'allow',
    'preempt',
    'log',
    'dscp',
    'demotion',
    'senderr_demotion_factor',
    'ifdown_demotion_factor',
  ],
  'freebsd-13': ['allow', 'preempt', 'log', 'demotion', 'senderr_demotion_factor', 'ifdown_demotion_factor'],
  'freebsd-9': ['allow', 'preempt', 'log', 'arpbalance', 'suppress_preempt'],
};

/** Which setting a name stands for. */
const SETTINGS: Readonly<Record<string, keyof CarpSysctls>> = {
  allow: 'allow',
  preempt: 'preempt',
  log: 'log',
  demotion: 'demotion',
  ifdown_demotion_factor: 'ifdownDemotionFactor',
  senderr_demotion_factor: 'senderrDemotionFactor',
  dscp: 'dscp',
  arpbalance: 'arpBalance',
};

/** Largest DSCP (`carp_dscp_sysctl`). */
const MAX_DSCP = 63;

/** The lines of a sysctl.conf(5), each as the run of sysctl(8) that it stands for. */
export function readSysctlConf(characters: readonly PlacedCharacter[]): ShellCommand[] {
  return joinedLines(characters).flatMap((line) => {
    const comment = line.findIndex(({ text }) => text === '#');
    const [first, ...rest] = trim(comment < 0 ? line : line.slice(0, comment));
    if (first === undefined) return [];
    const command = wordOf(insertedText('sysctl', first), first);
    return [{ assignments: [], words: [command, wordOf([first, ...rest], first)] }];
  });
}

function trim(characters: readonly PlacedCharacter[]): readonly PlacedCharacter[] {
  let from = 0;
  let to = characters.length;
  while (from < to && isBlank(characters[from]?.text ?? '')) from++;
  while (to > from && isBlank(characters[to - 1]?.text ?? '')) to--;
  return characters.slice(from, to);
}

/** One run of sysctl(8), without the word `sysctl`. */
export function runSysctl(host: HostDraft, args: readonly Word[]): void {
  for (const word of args) {
    if (!word.text.startsWith('-')) setSysctl(host, word);
  }
}

function setSysctl(host: HostDraft, word: Word): void {
  const equals = word.characters.findIndex(({ text }) => text === '=');
  const [first] = word.characters;
  if (equals < 0 || first === undefined) {
    if (word.text.startsWith(PREFIX) && first !== undefined && first.column === 1) {
      host.complaints.warn(word.place, 'missing-value', `${word.text} has no value`, 'nothing is set');
    }
    return;
  }
  const name = wordOf(trim(word.characters.slice(0, equals)), first);
  const value = unquoted(wordOf(trim(word.characters.slice(equals + 1)), first));
  if (!name.text.startsWith(PREFIX)) {
    setOther(host, name.text, value.text);
    return;
  }
  const short = name.text.slice(PREFIX.length);
  const names = NAMES[host.system];
  if (!names.includes(short)) {
    tellOfUnknown(host, name, short, names);
    return;
  }
  const number = integer(value.text);
  if (number === undefined) {
    host.complaints.add(value.place, 'not-a-number', `${name.text}: '${value.text}' is not a number`, {
      means: `sysctl(8) refuses it: ${short} stays as it is`,
    });
    return;
  }
  setCarp(host, short, number, value);
}

function setCarp(host: HostDraft, short: string, number: number, value: Word): void {
  const setting = SETTINGS[short];
  // suppress_preempt only tells.
  if (setting === undefined) return;
  switch (setting) {
    case 'allow':
    case 'preempt':
    case 'arpBalance':
      host.sysctl[setting] = number !== 0;
      break;
    case 'demotion':
      // carp_demote_adj_sysctl: what is written is added.
      host.sysctl.demotion += number;
      break;
    case 'dscp':
      if (number < 0 || number > MAX_DSCP) {
        host.complaints.add(value.place, 'out-of-range', `${PREFIX}dscp=${value.text}: Invalid argument`, {
          hint: `0 to ${MAX_DSCP}`,
          means: `dscp stays at ${host.sysctl.dscp}`,
          cures: [replaceAt(value.place, String(MAX_DSCP))],
        });
        return;
      }
      host.sysctl.dscp = number;
      break;
    default:
      host.sysctl[setting] = number;
  }
  host.origin[short] = value.place;
}

/** Kernel settings beside CARP's: those of the network are handed on, others change nothing here. */
function setOther(host: HostDraft, name: string, value: string): void {
  const number = integer(value);
  if (number !== undefined && name.startsWith('net.')) host.otherSysctls[name] = number;
}

function tellOfUnknown(host: HostDraft, name: Word, short: string, names: readonly string[]): void {
  const near = suggest(short, names);
  const owners = Object.entries(NAMES).filter(([, known]) => known.includes(short));
  const owner = owners[0]?.[0];
  host.complaints.add(
    name.place,
    'unknown-keyword',
    isOpenBsd(host.system)
      ? `third level name ${short} in ${name.text} is invalid`
      : `unknown oid '${name.text}'`,
    {
      hint:
        near !== undefined
          ? `did you mean ${PREFIX}${near}?`
          : owner === undefined
            ? undefined
            : `a setting of ${owners.map(([system]) => system).join(', ')}`,
      means: 'sysctl(8) refuses the line: nothing is set',
      cures: near === undefined ? undefined : [replaceAt(name.place, `${PREFIX}${near}`)],
    },
  );
}

/** strtol(3) with base 0, of which all must be a number. */
function integer(text: string): number | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = ''] = match;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  const signed = sign === '-' ? -value : value;
  return Math.abs(signed) <= 0x7fff_ffff ? signed : undefined;
}

function unquoted(word: Word): Word {
  const [first] = word.characters;
  const quote = first?.text;
  const isQuoted =
    word.characters.length >= 2 && (quote === '"' || quote === "'") && word.text.endsWith(quote);
  return isQuoted && first !== undefined ? wordOf(word.characters.slice(1, -1), first) : word;
}

/** Whether a text is a setting of CARP: `net.inet.carp.preempt=1`. */
export const isCarpSysctl = (text: string): boolean => text.startsWith(PREFIX);

/** What the name of a setting is, for those who ask which kernel has it. */
export const carpSysctlName = (text: string): string | undefined =>
  isCarpSysctl(text) ? (text.slice(PREFIX.length).split('=')[0] ?? '').trim() : undefined;
