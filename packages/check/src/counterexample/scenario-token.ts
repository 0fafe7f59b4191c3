import {
  type ActionDesign,
  type ActionName,
  formatChoiceToken,
  formatDuration,
  type Lab,
  type LabPlan,
  type Nanoseconds,
  parseDuration,
  parseToken,
} from '@viplab/core';
import type { Deed } from '../campaign/fault.js';
import { allLaunches } from '../campaign/launches.js';
import type { Scenario } from '../campaign/scenario.js';
import { PackedReader, PackedWriter } from './packed-bytes.js';

/** The first number of a path: how the rest is laid out. */
const LAYOUT = 1;
/** More would be no counterexample but an attack. */
const LONGEST_PATH = 20_000;

/** Actions by their number; new ones go to the end, or old tokens would say something else. */
const VERBS: readonly ActionName[] = [
  'power-off',
  'power-on',
  'unplug',
  'plug',
  'stop',
  'start',
  'kill-9',
  'freeze',
  'thaw',
  'silent-cut',
  'one-way-loss',
  'drop-multicast',
  'heal',
  'lose-next',
  'restart',
  'set-loss',
  'set-delay',
  'script-result',
  'create-file',
  'remove-file',
  'clock-drift',
  'add-address',
  'remove-address',
  'arping',
  'flush-neighbours',
  'set-health',
  'shutdown',
  'interface-down',
  'interface-up',
  'carp-state',
  'carp-demote',
  'set-sysctl',
  'send-errors',
  'signal',
];

/** How the keys of an action are written, by their number; new ones go to the end. */
const KEYS = [
  ['node', 'node'],
  ['from', 'node'],
  ['to', 'node'],
  ['daemon', 'word'],
  ['only', 'word'],
  ['interface', 'word'],
  ['loss', 'word'],
  ['delay', 'time'],
  ['script', 'word'],
  ['good', 'flag'],
  ['file', 'word'],
  ['ppm', 'signed'],
  ['address', 'word'],
  ['count', 'number'],
  ['health', 'word'],
  ['vhid', 'number'],
  ['state', 'word'],
  ['by', 'signed'],
  ['group', 'word'],
  ['sysctl', 'word'],
  ['value', 'signed'],
  ['failing', 'flag'],
  ['signal', 'word'],
] as const satisfies readonly (readonly [keyof Deed, string])[];

/** Words that come often, by their number plus one; 0 stands for a text that is spelled out. New ones go to the end. */
const WORDS = [
  'vrrp',
  'arp',
  'all',
  'multicast',
  'keepalived',
  'eth0',
  'eth1',
  'haproxy',
  'ucarp',
  'carp',
  'carp0',
  'em0',
  'master',
  'backup',
  'init',
];

const LOST_KINDS = ['vrrp', 'arp'] as const;

/**
 * A scenario in letters and digits: nodes are named by their place in the lab, round instants are short. Starts at 0 are
 * left out, since they say nothing.
 *
 * @throws RangeError if the scenario names what the lab does not have, or a time that is none
 */
export function scenarioPath(plan: LabPlan, scenario: Scenario): string {
  const names = namesOf(plan);
  const writer = new PackedWriter();
  const node = (name: string): number => {
    const index = names.indexOf(name);
    if (index < 0) throw new RangeError(`no node '${name}' in the lab (${names.join(' ')})`);
    return index;
  };
  const spans = (record: Readonly<Record<string, Nanoseconds>>): void => {
    const entries = Object.entries(record)
      .map(([name, span]) => [node(name), span] as const)
      .sort(([one], [other]) => one - other);
    writer.number(entries.length);
    for (const [index, span] of entries) {
      writer.number(index);
      writer.time(span);
    }
  };
  const { seed, starts, ready, actions, losses, latency, until } = canonical(scenario);
  writer.number(LAYOUT);
  writer.number(seed);
  writer.time(until);
  // A delay is at least 1 ns, so 0 stands for the lab's own.
  writer.time(latency ?? 0);
  spans(starts);
  spans(ready);
  writer.number(actions.length);
  for (const { at, deed } of actions) {
    writer.time(at);
    writeDeed(writer, deed, node);
  }
  writer.number(losses.length);
  for (const loss of losses) {
    writer.time(loss.at);
    writer.number(node(loss.node) * LOST_KINDS.length + LOST_KINDS.indexOf(loss.kind));
  }
  return writer.toText();
}

function writeDeed(writer: PackedWriter, deed: Deed, node: (name: string) => number): void {
  const given = KEYS.filter(([key]) => deed[key] !== undefined);
  const verb = VERBS.indexOf(deed.do);
  if (verb < 0) throw new RangeError(`no action '${deed.do}'`);
  writer.number(verb);
  writer.number(given.reduce((mask, [key]) => mask + 2 ** KEYS.findIndex(([known]) => known === key), 0));
  for (const [key, form] of given) {
    const value = deed[key];
    if (form === 'node') writer.number(node(String(value)));
    else if (form === 'time') writer.time(spanOf(value as ActionDesign['delay']));
    else if (form === 'flag') writer.number(value === true ? 1 : 0);
    else if (form === 'number') writer.number(value as number);
    else if (form === 'signed')
      writer.number((value as number) < 0 ? -2 * (value as number) - 1 : 2 * (value as number));
    else {
      const word = WORDS.indexOf(String(value)) + 1;
      writer.number(word);
      if (word === 0) writer.text(String(value));
    }
  }
}

/**
 * Reads the path of a token back.
 *
 * @throws RangeError saying what is wrong with it: cut short, mistyped, of a later release, of another lab
 */
export function scenarioOfPath(plan: LabPlan, path: string): Scenario {
  try {
    return readScenario(plan, path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`the token's choices cannot be read: ${error.message}`);
  }
}

function readScenario(plan: LabPlan, path: string): Scenario {
  if (path.length > LONGEST_PATH) throw new RangeError('they are too long');
  const names = namesOf(plan);
  const reader = new PackedReader(path);
  const layout = reader.number();
  if (layout !== LAYOUT)
    throw new RangeError(`they are laid out in form ${layout}; this release reads ${LAYOUT}`);
  const node = (index = reader.number()): string => {
    const name = names[index];
    if (name === undefined)
      throw new RangeError(`they name node ${index + 1}, and the lab has ${names.length}`);
    return name;
  };
  const spans = (): Record<string, Nanoseconds> => {
    const entries = list(() => [node(), reader.time()] as const);
    return Object.fromEntries(entries);
  };
  const list = <T>(item: () => T): T[] => {
    const length = reader.number();
    const items: T[] = [];
    // An item takes a byte at least, so a wrong length ends at the end of the bytes.
    for (let index = 0; index < length; index++) items.push(item());
    return items;
  };
  const seed = reader.number();
  const until = reader.time();
  const latency = reader.time();
  const starts = spans();
  const ready = spans();
  const actions = list(() => ({ at: reader.time(), deed: readDeed(reader, node) }));
  const losses = list(() => {
    const at = reader.time();
    const code = reader.number();
    const kind = LOST_KINDS[code % LOST_KINDS.length] ?? 'vrrp';
    return { at, node: node(Math.floor(code / LOST_KINDS.length)), kind };
  });
  if (!reader.isAtEnd) throw new RangeError('they are longer than what they say');
  return { seed, starts, ready, actions, losses, ...(latency === 0 ? {} : { latency }), until };
}

function readDeed(reader: PackedReader, node: () => string): Deed {
  const verb = VERBS[reader.number()];
  if (verb === undefined) throw new RangeError('they name an action that this release does not know');
  const mask = reader.number();
  if (mask >= 2 ** KEYS.length) throw new RangeError('they name a key that this release does not know');
  const deed: Record<string, unknown> = { do: verb };
  for (const [index, [key, form]] of KEYS.entries()) {
    if (Math.floor(mask / 2 ** index) % 2 === 0) continue;
    if (form === 'node') deed[key] = node();
    else if (form === 'time') deed[key] = formatDuration(reader.time());
    else if (form === 'flag') deed[key] = reader.number() === 1;
    else if (form === 'number') deed[key] = reader.number();
    else if (form === 'signed') {
      const code = reader.number();
      deed[key] = code % 2 === 1 ? -(code + 1) / 2 : code / 2;
    } else {
      const word = reader.number();
      const known = WORDS[word - 1];
      if (word > 0 && known === undefined)
        throw new RangeError('they have a word that this release does not know');
      deed[key] = known ?? reader.text();
    }
  }
  return deed as unknown as Deed;
}

/** The scenario as its token says it: in order of time, without what is left to the lab anyway. */
export function canonical(scenario: Scenario): Scenario {
  const { starts, ready, actions, losses, seed, latency, until } = scenario;
  return {
    seed,
    starts: Object.fromEntries(Object.entries(starts).filter(([, at]) => at !== 0)),
    ready,
    actions: actions.toSorted((one, other) => one.at - other.at),
    losses: losses.toSorted((one, other) => one.at - other.at),
    ...(latency === undefined ? {} : { latency }),
    until,
  };
}

/** Nodes, then whatever else a scenario has a start-up time for, where a node launches more than one thing. */
const namesOf = (plan: LabPlan): string[] => [
  ...[...plan.hosts, ...plan.switches].map(({ name }) => name),
  ...allLaunches(plan).flatMap(({ key, node }) => (key === node ? [] : [key])),
];

function spanOf(delay: ActionDesign['delay']): Nanoseconds {
  if (typeof delay === 'object') return delay.nanoseconds;
  return delay === undefined ? 0 : parseDuration(delay);
}

/** What gets a run of a check again: `vl2-7q2mzk4d-c7e2a`. The lab is the one that was checked, without the scenario. */
export function scenarioToken(lab: Pick<Lab, 'design' | 'plan'>, scenario: Scenario): string {
  return formatChoiceToken(lab.design, scenarioPath(lab.plan, scenario));
}

/**
 * The scenario of a token.
 *
 * @throws RangeError if it is none, or belongs to another lab
 */
export function scenarioOfToken(lab: Pick<Lab, 'digest' | 'plan'>, text: string): Scenario {
  const token = parseToken(text);
  if (token.kind !== 'choices') throw new RangeError(`token ${text} names no choices of a check`);
  if (token.lab !== lab.digest)
    throw new RangeError(`the token is for lab ${token.lab}; this is ${lab.digest}`);
  return scenarioOfPath(lab.plan, token.path);
}
