import type { Nanoseconds } from '../engine/index.js';
import type { SpanStyle } from './styled-text.js';

/**
 * How much a reader wants to see: the two answers only; causes, handovers and harm; also what led to them; every event.
 */
export type StoryLevel = 'quiet' | 'normal' | 'v' | 'vv';

/** What an entry is about. */
export type StoryKind =
  | 'cause'
  | 'election'
  | 'owner'
  | 'landing'
  | 'headless'
  | 'outage'
  | 'connection'
  | 'alarm'
  | 'detail'
  | 'event';

/** Kinds of details, as the line that counts them names them. */
export type DetailKind =
  | 'adverts'
  | 'timers'
  | 'states'
  | 'checks'
  | 'daemons'
  | 'gratuitous ARP'
  | 'ARP cache'
  | 'CAM'
  | 'landings'
  | 'TCP';

/** The details in the order in which they are named. */
export const DETAIL_KINDS: readonly DetailKind[] = [
  'adverts',
  'timers',
  'states',
  'checks',
  'daemons',
  'gratuitous ARP',
  'ARP cache',
  'CAM',
  'landings',
  'TCP',
];

/** A detail in words. */
export interface Detail {
  readonly kind: DetailKind;
  readonly subject: string;
  readonly text: string;
}

/** One thing to tell. */
export interface StoryEntry {
  readonly time: Nanoseconds;
  readonly kind: StoryKind;
  /** The least level at which it is told. */
  readonly level: Exclude<StoryLevel, 'quiet'>;
  /** Who does what, in a few words: `n2 master of .100`. */
  readonly subject: string;
  /** Why, and how long; may be empty. */
  readonly text: string;
  /** The VIP that it concerns; null: several or none. */
  readonly vip: string | null;
  readonly style?: SpanStyle;
  /** Whether it gets a letter under the lanes. */
  readonly isLettered: boolean;
  /** What makes two entries the same but for their time; empty: like no other. */
  readonly key: string;
  readonly detail?: DetailKind;
}

/** A frame that a node sent, or one that never arrived, in words. */
export interface FrameSighting {
  readonly time: Nanoseconds;
  /** The node where it was seen. */
  readonly node: string;
  /** `n1 > c1: …`, with what became of it if it was lost. */
  readonly text: string;
}

const RANKS: Readonly<Record<StoryLevel, number>> = { quiet: 0, normal: 1, v: 2, vv: 3 };

/** Whether something of one level is told at another. */
export const isTold = (entry: StoryEntry, level: StoryLevel): boolean => RANKS[entry.level] <= RANKS[level];

/** Entries in order of time; at one instant in the order in which they were found. */
export const inOrder = (entries: readonly StoryEntry[]): StoryEntry[] =>
  entries.toSorted((one, other) => one.time - other.time);
