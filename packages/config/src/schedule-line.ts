import {
  type ActionDesign,
  type ActionName,
  type Diagnostic,
  DiagnosticError,
  type DurationText,
  HEALTHS,
  suggest,
  tryParseDuration,
} from '@viplab/core';
import { complaint } from './complaint.js';

/** A word of a schedule line after the action: which key it fills. `?` may be left out. */
type Slot =
  | 'node'
  | 'node:interface'
  | 'from'
  | 'to'
  | 'daemon?'
  | 'only?'
  | 'only'
  | 'loss'
  | 'delay'
  | 'script'
  | 'good'
  | 'file'
  | 'ppm'
  | 'address'
  | 'address?'
  | 'daemon'
  | 'health'
  | 'count?'
  | 'node?'
  | 'state'
  | 'vhid?'
  | 'by?'
  | 'group?'
  | 'sysctl'
  | 'value'
  | 'failing?'
  | 'signal';

interface LineShape {
  readonly slots: readonly Slot[];
  readonly example: string;
}

/** What each action is told, in the order of its words. */
const SHAPES: Readonly<Record<ActionName, LineShape>> = {
  'power-off': { slots: ['node'], example: '10s power-off n1' },
  'power-on': { slots: ['node'], example: '25s power-on n1' },
  'kill-9': { slots: ['node', 'daemon?'], example: '10s kill-9 n1' },
  stop: { slots: ['node', 'daemon?'], example: '10s stop n1 keepalived' },
  start: { slots: ['node', 'daemon?'], example: '20s start n1 keepalived' },
  restart: { slots: ['node', 'daemon?'], example: '10s restart n1' },
  freeze: { slots: ['node', 'daemon?'], example: '10s freeze n1' },
  thaw: { slots: ['node', 'daemon?'], example: '20s thaw n1' },
  unplug: { slots: ['node:interface'], example: '10s unplug n1:eth0' },
  plug: { slots: ['node:interface'], example: '20s plug n1:eth0' },
  'silent-cut': { slots: ['node:interface'], example: '10s silent-cut n1:eth0' },
  'one-way-loss': { slots: ['from', 'to', 'only?'], example: '10s one-way-loss n1 n2 vrrp' },
  'drop-multicast': { slots: ['node?'], example: '10s drop-multicast sw1' },
  'lose-next': { slots: ['node', 'only'], example: '4s lose-next n2 vrrp' },
  heal: { slots: ['node?'], example: '20s heal n1' },
  'set-loss': { slots: ['node:interface', 'loss'], example: '10s set-loss n1:eth0 5%' },
  'set-delay': { slots: ['node:interface', 'delay'], example: '10s set-delay n1:eth0 5ms' },
  'script-result': { slots: ['node', 'script', 'good'], example: '10s script-result n1 check_haproxy bad' },
  'create-file': { slots: ['node', 'file'], example: '10s create-file n1 /etc/maintenance' },
  'remove-file': { slots: ['node', 'file'], example: '20s remove-file n1 /etc/maintenance' },
  'clock-drift': { slots: ['node', 'ppm'], example: '0s clock-drift n1 200ppm' },
  'add-address': {
    slots: ['node:interface', 'address'],
    example: '10s add-address n1:eth0 192.168.1.100/24',
  },
  'remove-address': {
    slots: ['node:interface', 'address'],
    example: '10s remove-address n1:eth0 192.168.1.100',
  },
  arping: { slots: ['node:interface', 'address', 'count?'], example: '10s arping n1 192.168.1.100 3' },
  'flush-neighbours': { slots: ['node', 'address?'], example: '10s flush-neighbours c1' },
  'set-health': { slots: ['node', 'daemon', 'health'], example: '10s set-health n1 postgres hung' },
  shutdown: { slots: ['node'], example: '10s shutdown n1' },
  'interface-down': { slots: ['node:interface'], example: '10s interface-down n1:carp0' },
  'interface-up': { slots: ['node:interface'], example: '20s interface-up n1:carp0' },
  'carp-state': { slots: ['node', 'state', 'vhid?'], example: '10s carp-state n1 backup 1' },
  'carp-demote': { slots: ['node', 'by?', 'group?'], example: '10s carp-demote n1 240' },
  'set-sysctl': { slots: ['node', 'sysctl', 'value'], example: '10s set-sysctl n1 net.inet.carp.allow 0' },
  'send-errors': { slots: ['node:interface', 'failing?'], example: '10s send-errors n1:eth0' },
  signal: { slots: ['node', 'daemon', 'signal'], example: '10s signal n1 ucarp USR2' },
};

/** Every action, in the order in which help lists them. */
export const ACTION_NAMES = Object.keys(SHAPES) as [ActionName, ...ActionName[]];

/** One line per action that shows how it is written. */
export const SCHEDULE_LINE_EXAMPLES: readonly string[] = Object.values(SHAPES).map(({ example }) => example);

const GOOD_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['good', true],
  ['ok', true],
  ['true', true],
  ['bad', false],
  ['fail', false],
  ['fails', false],
  ['false', false],
]);

/** What `failing` is said with: `send-errors n1 off` ends them. */
const FAILING_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['on', true],
  ['false', false],
  ['off', false],
]);

/** Keys that take one of some words. */
const CHOICES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['health', HEALTHS],
  ['state', ['init', 'backup', 'master']],
  ['signal', ['USR1', 'USR2']],
]);

/** The keys of the long form, for `key=value` words. */
const KEYS = [
  'node',
  'daemon',
  'interface',
  'from',
  'to',
  'only',
  'loss',
  'delay',
  'script',
  'good',
  'file',
  'ppm',
  'address',
  'count',
  'health',
  'state',
  'vhid',
  'by',
  'group',
  'sysctl',
  'value',
  'failing',
  'signal',
] as const;

/** Words that are numbers. */
const NUMBERS: ReadonlySet<string> = new Set(['ppm', 'count', 'vhid', 'by', 'value']);

/**
 * Reads a line of the schedule as it follows `--at`: when, what, to whom, and what the action needs besides. Words may
 * be written `key=value` in any place.
 *
 * @returns the action, or what is wrong with the line
 * @example
 * ```ts
 * tryParseScheduleLine('10s unplug n1:eth0'); // { at: '10s', do: 'unplug', node: 'n1', interface: 'eth0' }
 * ```
 */
export function tryParseScheduleLine(line: string): ActionDesign | { readonly error: string } {
  const [at = '', verb = '', ...rest] = line.trim().split(/\s+/);
  if (tryParseDuration(at) === undefined)
    return { error: `'${at}' is not an instant with its unit: write for example '10s power-off n1'` };
  const shape = Object.hasOwn(SHAPES, verb) ? SHAPES[verb as ActionName] : undefined;
  if (shape === undefined) {
    const near = suggest(verb, ACTION_NAMES);
    return {
      error: `unknown action '${verb}'${near === undefined ? `: one of ${ACTION_NAMES.join(' ')}` : `, did you mean ${near}?`}`,
    };
  }
  const filled: Record<string, unknown> = { at: at as DurationText, do: verb as ActionName };
  const plain: string[] = [];
  for (const part of rest) {
    const assignment = /^([a-z]+)=(.+)$/.exec(part);
    if (assignment === null) {
      if (part !== '->' && part !== '→') plain.push(part);
      continue;
    }
    const [, key = '', value = ''] = assignment;
    if (!KEYS.some((known) => known === key))
      return { error: `${verb} knows no '${key}=': one of ${KEYS.join(' ')}` };
    const wrong = fill(filled, key, value);
    if (wrong !== undefined) return { error: wrong };
  }
  const slots = shape.slots.filter((slot) => filled[slot.replace(/[?:].*$/, '')] === undefined);
  for (const slot of slots) {
    const value = plain.shift();
    if (value === undefined) {
      if (slot.endsWith('?')) continue;
      return {
        error: `${verb} needs ${slot === 'good' ? 'good or bad' : `its ${slot}`}: for example '${shape.example}'`,
      };
    }
    const wrong = fill(filled, slot.replace('?', ''), value);
    if (wrong !== undefined) return { error: wrong };
  }
  if (plain.length > 0) return { error: `'${plain[0]}' is too much: write for example '${shape.example}'` };
  return filled as unknown as ActionDesign;
}

/** Puts one word under its key; gives what is wrong with it. */
function fill(action: Record<string, unknown>, key: string, given: string): string | undefined {
  const value = key === 'signal' ? given.toUpperCase().replace(/^SIG/, '') : given;
  if (key === 'node:interface') {
    const [node, name] = value.split(':', 2);
    action['node'] = node;
    if (name !== undefined && name !== '') action['interface'] = name;
    return undefined;
  }
  if (key === 'good') {
    const good = GOOD_WORDS.get(value);
    if (good === undefined) return `a script is good or bad, not '${value}'`;
    action['good'] = good;
    return undefined;
  }
  if (NUMBERS.has(key)) {
    const number = Number(value.replace(/ppm$/, ''));
    if (!Number.isFinite(number)) return `'${value}' is not a number${key === 'ppm' ? ' of ppm' : ''}`;
    action[key] = number;
    return undefined;
  }
  if (key === 'failing') {
    const failing = FAILING_WORDS.get(value);
    if (failing === undefined)
      return `sending fails or works: ${[...FAILING_WORDS.keys()].join(' ')}, not '${value}'`;
    action[key] = failing;
    return undefined;
  }
  const words = CHOICES.get(key);
  if (words !== undefined && !words.includes(value))
    return `'${value}' is no ${key}: one of ${words.join(' ')}`;
  if (key === 'delay' && tryParseDuration(value) === undefined)
    return `'${value}' is not a duration such as 5ms`;
  action[key] = value;
  return undefined;
}

/**
 * Reads a line of the schedule, such as `10s power-off n1`; see {@link tryParseScheduleLine}.
 *
 * @param from - what complaints call the place of the line
 * @throws DiagnosticError saying what is wrong with the line and how it is written
 */
export function parseScheduleLine(line: string, from = '--at'): ActionDesign {
  const parsed = tryParseScheduleLine(line);
  if ('error' in parsed) throw new DiagnosticError([scheduleLineComplaint(line, from, parsed.error)]);
  return parsed;
}

const scheduleLineComplaint = (line: string, from: string, message: string): Diagnostic =>
  complaint(from, 'lab/bad-action', message, {
    range: { start: { line: 1, column: 1 }, end: { line: 1, column: [...line].length + 1 } },
  });

/** Prints an action as a line that {@link parseScheduleLine} reads back. Spans made by `ms()` and the like must be texts. */
export function formatScheduleLine(action: ActionDesign & { readonly at: DurationText }): string {
  const shape = SHAPES[action.do];
  const values: Record<string, unknown> = { ...action };
  const words: string[] = [action.at, action.do];
  const used = new Set(['at', 'do']);
  let inOrder = true;
  for (const slot of shape.slots) {
    const key = slot.replace(/[?:].*$/, '');
    const value = values[key];
    used.add(key);
    if (value === undefined) {
      inOrder = false;
      continue;
    }
    const text = key === 'good' ? (value === true ? 'good' : 'bad') : String(value);
    const whole =
      slot === 'node:interface' && action.interface !== undefined ? `${text}:${action.interface}` : text;
    if (slot === 'node:interface') used.add('interface');
    words.push(inOrder ? whole : `${key}=${text}`);
  }
  for (const key of KEYS) {
    const value = values[key];
    if (!used.has(key) && value !== undefined) words.push(`${key}=${String(value)}`);
  }
  return words.join(' ');
}
