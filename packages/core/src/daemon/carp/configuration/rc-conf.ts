import type { Complaints } from '../../../diagnostic/complaints.js';
import type { CarpPlace, CarpSystem } from '../../../host/carp/carp-config.js';
import {
  insertedText,
  type PlacedCharacter,
  splitAtBlanks,
  textOf,
  type Word,
  wordOf,
} from '../../../shell/placed-text.js';
import { type Assignment, readShell, type ShellCommand } from '../../../shell/shell-words.js';
import { isCarpName } from './host-draft.js';
import { CARP_KEYWORDS } from './ifconfig-keywords.js';

/** The variables of rc.conf(5) and its companions, the last of each name. */
export type RcVariables = Map<string, Assignment>;

/** Words of `ifconfig_IF` that are for rc(8) and are taken out (`ifconfig_getargs`, network.subr). */
const PSEUDO = /^(dhcp|syncdhcp|nosyncdhcp|noauto|wpa|hostap)$/i;
const FAMILIES = /^(inet|inet6|link|ether)$/;
/** Variables that begin like an interface's and are none. */
const SUFFIXES =
  /^(?:ifconfig|ipv6_ifconfig|ipv4_addrs)_(.+?)(?:_(alias\d+|aliases|ipv6|name|descr|fib|vnet))?$/;

interface RcInterface {
  readonly name: string;
  /** How it is written in names of variables. */
  readonly key: string;
}

/** The commands that FreeBSD's rc(8) makes of rc.conf(5) (`ifn_start`, network.subr). */
export function rcCommands(
  variables: RcVariables,
  system: CarpSystem,
  complaints: Complaints,
): ShellCommand[] {
  const commands: ShellCommand[] = [];
  tellOfPfsync(variables, complaints);
  for (const [variable, sysctl] of GATEWAYS) {
    const given = variables.get(variable);
    if (given !== undefined && isYes(given.value.text)) {
      commands.push(commandOf(`sysctl ${sysctl}=1`, given.value));
    }
  }
  for (const face of interfacesOf(variables)) {
    if (system === 'freebsd-9' && isCarpName(face.name)) tellOfUncloned(face, variables, complaints);
    commands.push(...interfaceCommands(face, variables, system, complaints));
  }
  return commands;
}

const GATEWAYS = [
  ['gateway_enable', 'net.inet.ip.forwarding'],
  ['ipv6_gateway_enable', 'net.inet6.ip6.forwarding'],
] as const;

/** `checkyesno`, rc.subr. */
const isYes = (text: string): boolean => /^(yes|true|on|1)$/i.test(text);

function tellOfPfsync(variables: RcVariables, complaints: Complaints): void {
  const pfsync = variables.get('pfsync_enable');
  if (pfsync === undefined || !isYes(pfsync.value.text)) return;
  complaints.warn(
    pfsync.value.place,
    'not-modelled',
    'pfsync matters here and is not modelled',
    'no demotion until the states of the peer are there (net.pfsync.carp_demotion_factor)',
  );
}

/** In FreeBSD 9 a carp interface is there only once it is cloned. */
function tellOfUncloned(face: RcInterface, variables: RcVariables, complaints: Complaints): void {
  const cloned = variables.get('cloned_interfaces')?.value.text.split(/\s+/) ?? [];
  const own = variables.get(`ifconfig_${face.key}`) ?? variables.get(`ifconfig_${face.key}_alias0`);
  if (cloned.includes(face.name) || own === undefined) return;
  complaints.add(own.name.place, 'unknown-interface', `interface ${face.name} does not exist`, {
    hint: `cloned_interfaces="${face.name}" makes it`,
    means: 'rc(8) configures no interface that is not there',
  });
}

/** The interfaces that variables name, the carp interfaces behind the others: they need the NICs' addresses. */
export function interfacesOf(variables: RcVariables): RcInterface[] {
  const vlans = new Map<string, string>();
  for (const [variable, { value }] of variables) {
    const parent = /^vlans_(.+)$/.exec(variable)?.[1];
    if (parent === undefined) continue;
    for (const tag of value.text.split(/\s+/)) {
      if (/^\d+$/.test(tag)) vlans.set(`${parent}_${tag}`, `${parent}.${tag}`);
    }
  }
  const keys = new Set<string>();
  for (const variable of variables.keys()) {
    const key = SUFFIXES.exec(variable)?.[1];
    if (key !== undefined && key !== 'DEFAULT' && key !== 'alias') keys.add(key);
  }
  const faces = [...keys].map((key) => ({ key, name: vlans.get(key) ?? key }));
  return [...faces.filter(({ name }) => !isCarpName(name)), ...faces.filter(({ name }) => isCarpName(name))];
}

function interfaceCommands(
  face: RcInterface,
  variables: RcVariables,
  system: CarpSystem,
  complaints: Complaints,
): ShellCommand[] {
  const { key } = face;
  const runs: Run[] = [];
  const own = variables.get(`ifconfig_${key}`) ?? variables.get('ifconfig_DEFAULT');
  if (own !== undefined) {
    tellOfDhcp(face, own.value, complaints);
    const words = splitAtBlanks(own.value.characters).filter((word) => !PSEUDO.test(textOf(word)));
    runs.push({ variable: own, family: '', words, more: '' });
  }
  const ipv6 = variables.get(`ifconfig_${key}_ipv6`);
  if (ipv6 !== undefined) {
    const family = /^[\da-f]*:/i.test(ipv6.value.text) ? 'inet6' : '';
    runs.push({ variable: ipv6, family, words: splitAtBlanks(ipv6.value.characters), more: '' });
  }
  const oldIpv6 = variables.get(`ipv6_ifconfig_${key}`);
  if (oldIpv6 !== undefined) {
    runs.push({
      variable: oldIpv6,
      family: 'inet6',
      words: splitAtBlanks(oldIpv6.value.characters),
      more: '',
    });
  }
  const aliases = aliasRuns(key, variables, system, complaints);
  for (const family of ['inet', 'inet6']) runs.push(...aliases.filter((run) => run.family === family));
  return runs.flatMap((run) => runIfconfig(face, run, complaints));
}

/** One run of ifconfig(8) that a variable asks for. */
interface Run {
  readonly variable: Assignment;
  /** In front of the words; empty: they say it themselves, or none. */
  readonly family: string;
  readonly words: readonly (readonly PlacedCharacter[])[];
  /** What rc(8) puts behind them. */
  readonly more: string;
}

/** Every alias of an interface: each family begins a new one (`ifalias_af_common`). */
function aliasRuns(key: string, variables: RcVariables, system: CarpSystem, complaints: Complaints): Run[] {
  const runs: Run[] = [];
  const take = (variable: Assignment, otherwise: string | null): void => {
    let family = otherwise;
    let words: PlacedCharacter[][] = [];
    const end = (): void => {
      if (family !== null && words.length > 0) runs.push({ variable, family, words, more: 'alias' });
      words = [];
    };
    for (const word of splitAtBlanks(variable.value.characters)) {
      if (FAMILIES.test(textOf(word))) {
        end();
        family = textOf(word);
      } else words.push(word);
    }
    end();
  };
  const aliases = variables.get(`ifconfig_${key}_aliases`);
  if (aliases !== undefined) take(aliases, null);
  for (const variable of numberedAliases(key, variables, system, complaints)) {
    const [first] = splitAtBlanks(variable.value.characters);
    const hasFamily = first === undefined || FAMILIES.test(textOf(first));
    if (!hasFamily) {
      complaints.warn(
        variable.value.place,
        'no-family',
        `$${variable.name.text} needs leading "inet" keyword for an IPv4 address`,
        'rc(8) warns and puts inet in front of it',
      );
    }
    take(variable, hasFamily ? null : 'inet');
  }
  const addresses = variables.get(`ipv4_addrs_${key}`);
  for (const address of addresses === undefined ? [] : splitAtBlanks(addresses.value.characters)) {
    if (addresses !== undefined)
      runs.push({ variable: addresses, family: 'inet', words: [address], more: 'alias' });
  }
  return runs;
}

/** `ifconfig_IF_aliasN` by their numbers. FreeBSD 9 stops at the first one that is missing. */
function numberedAliases(
  key: string,
  variables: RcVariables,
  system: CarpSystem,
  complaints: Complaints,
): Assignment[] {
  const found: { readonly variable: string; readonly number: number; readonly assignment: Assignment }[] = [];
  for (const [variable, assignment] of variables) {
    if (!variable.startsWith(`ifconfig_${key}_alias`)) continue;
    const digits = /_alias(\d+)$/.exec(variable)?.[1];
    if (digits !== undefined && variable === `ifconfig_${key}_alias${digits}`) {
      found.push({ variable, number: Number(digits), assignment });
    }
  }
  found.sort((one, other) => one.number - other.number);
  const gap = system === 'freebsd-9' ? found.findIndex(({ number }, index) => number !== index) : -1;
  const kept = (gap < 0 ? found : found.slice(0, gap)).map(({ assignment }) => assignment);
  if (gap < 0) return kept;
  for (const { variable, assignment } of found.slice(gap)) {
    complaints.warn(
      assignment.name.place,
      'no-effect',
      `${variable} is not reached`,
      `rc(8) of FreeBSD 9 counts from alias0 and stops at alias${gap}, which is not there`,
    );
  }
  return kept;
}

function tellOfDhcp(face: RcInterface, value: Word, complaints: Complaints): void {
  const dhcp = splitAtBlanks(value.characters).find((word) => /dhcp$/i.test(textOf(word)));
  const [first] = dhcp ?? [];
  if (dhcp === undefined || first === undefined) return;
  complaints.add(
    wordOf(dhcp, first).place,
    'not-modelled',
    `where ${face.name} gets its address from is not modelled`,
    { severity: 'note', means: 'the lab gives it one' },
  );
}

/** Whether a value has something that only a running shell could tell. */
function tellOfUnknown({ variable, words }: Run, complaints: Complaints): boolean {
  const { unknown, place } = variable.value;
  if (unknown === null) return false;
  complaints.add(place, 'unknown-value', `what ${unknown} is cannot be told from the files`, {
    severity: words.some((word) => CARP_KEYWORDS.has(textOf(word))) ? 'error' : 'warning',
    means: `${variable.name.text} is left out`,
  });
  return true;
}

/** `ifconfig IF …`: the interface stands in the variable's name, the words where the value has them. */
function runIfconfig(face: RcInterface, run: Run, complaints: Complaints): ShellCommand[] {
  const [first] = run.words[0] ?? [];
  if (first === undefined || tellOfUnknown(run, complaints)) return [];
  const name = run.variable.name.characters;
  const at = run.variable.name.text.indexOf(face.key);
  const typed = at < 0 ? name : name.slice(at, at + face.key.length);
  const space = insertedText(' ', first);
  const text = [
    ...insertedText('ifconfig ', first),
    ...(face.name === face.key && at >= 0 ? typed : insertedText(face.name, typed[0] ?? first)),
    ...insertedText(` ${run.family} `, first),
    ...run.words.flatMap((word) => [...word, ...space]),
    ...insertedText(run.more, first),
  ];
  return readShell(text, new Map(), complaints);
}

function commandOf(text: string, at: Word): ShellCommand {
  const words = text.split(' ').map((word) => ({
    text: word,
    characters: [...word].map((character) => ({ ...startOf(at.place), text: character })),
    place: at.place,
    unknown: null,
  }));
  return { assignments: [], words };
}

const startOf = (place: CarpPlace): Omit<PlacedCharacter, 'text'> => ({
  file: place.file,
  line: place.range.start.line,
  column: place.range.start.column,
});
