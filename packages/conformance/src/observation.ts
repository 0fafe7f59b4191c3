import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import type { ClientAttempt } from './client-attempt.js';

/** What a field of an event holds. */
export type FieldValue = string | number | boolean | null;

/** One thing that was seen to happen, in the words of the recordings. */
export interface ObservedEvent {
  /** From the start of the run. */
  readonly time: Nanoseconds;
  /** `state`, `garp`, `vip_path` …: the recordings' names. */
  readonly kind: string;
  /** Everything else that was said of it: node, instance, to … */
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** One advertisement that passed a port of the switch. */
export interface AdvertRow {
  readonly time: Nanoseconds;
  /** CARP: its vhid. */
  readonly vrid: number;
  /** CARP: its advskew. */
  readonly priority: number;
  /** The advertisement interval that it carries, in seconds; CARP: its advbase. */
  readonly interval: number;
  /** VRRP's if left out. */
  readonly protocol?: 'carp';
}

const SKEW_STEPS = 256; // advskew/256 s

/** How long after an advertisement its sender's next one is due; ucarp counts whole milliseconds (carp.c `docarp`). */
export function dueAfter({ protocol, interval, priority }: AdvertRow): Nanoseconds {
  if (protocol !== 'carp') return interval * SECOND;
  return interval * SECOND + Math.floor((priority * 1000) / SKEW_STEPS) * MILLISECOND;
}

/** What was seen of one run, real or simulated: both are compared in this form. */
export interface Observation {
  /** In order of time. */
  readonly events: readonly ObservedEvent[];
  /** Advertisements that entered the switch, by the node that sent them. */
  readonly advertsSent: ReadonlyMap<string, readonly AdvertRow[]>;
  /** Advertisements that left the switch, by `sender>port`. */
  readonly advertsDelivered: ReadonlyMap<string, readonly AdvertRow[]>;
  /** What each client noted, in order of the attempts' beginnings: `short`, `persist`, or with its tag `short write`. */
  readonly clients: ReadonlyMap<string, readonly ClientAttempt[]>;
}

/** Fields that tell how something was before: two events that differ only there are equal. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['was']);

/** What two events must have in common to be the same event: kind and fields. */
export function keyOf(event: Pick<ObservedEvent, 'kind' | 'fields'>): string {
  const fields = Object.entries(event.fields).filter(([name]) => !NOT_COMPARED.has(name));
  return JSON.stringify([event.kind, ...fields.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** The value of a field; undefined if the event has no such field. */
export function fieldOf(event: Pick<ObservedEvent, 'fields'>, name: string): FieldValue | undefined {
  return event.fields[name];
}

/** The value of a field as text; empty if the event has no such field. */
export function textField(event: Pick<ObservedEvent, 'fields'>, name: string): string {
  const value = event.fields[name];
  return value === undefined || value === null ? '' : String(value);
}
