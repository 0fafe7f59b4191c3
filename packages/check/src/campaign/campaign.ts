import { type Nanoseconds, SECOND } from '@viplab/core';

/**
 * Faults that an operator sees at once and that a sound pair must survive; each has a repair. `check-fails` is about what
 * the configurations themselves watch: a lab whose keepalived tracks nothing cannot suffer it. `shutdown` is a machine
 * that is shut down in good order, where that is told to the others: OpenBSD's rc(8) sets its carp interfaces down.
 */
export const CLEAN_FAULTS = ['power-off', 'unplug', 'stop', 'check-fails', 'shutdown'] as const;

/** Faults in between: something still answers, or only some frames pass. Every plain pair breaks under some of them. */
export const GREY_FAULTS = [
  'kill-9',
  'freeze',
  'stall',
  'silent-cut',
  'one-way-loss',
  'drop-multicast',
] as const;

/** What an operator does on purpose to CARP in a kernel: `ifconfig … state`, and a demotion that is taken back. */
export const OPERATOR_FAULTS = ['carp-state', 'carp-demote'] as const;

/** A freeze that may be ended lasts no longer where it is explored: each advert that waits for the thaw is another state. */
export const LONGEST_FREEZE: Nanoseconds = 10 * SECOND;

/** What may go wrong. */
export type FaultKind =
  | (typeof CLEAN_FAULTS)[number]
  | (typeof GREY_FAULTS)[number]
  | (typeof OPERATOR_FAULTS)[number];

/**
 * What may happen in a run: the causes that a check is allowed to use. Plain data; made by `oneFault`,
 * `oneFaultAndRepair`, `lossyLan`, `bootStorm`, `maintenance`, or by hand.
 */
export interface Campaign {
  /** For output: `one fault and its repair`. */
  readonly name: string;
  readonly faults: readonly FaultKind[];
  /** Nodes that faults may befall; left out: every node with an instance of a VIP. */
  readonly nodes?: readonly string[];
  /** How many faults may last at once. */
  readonly atOnce: number;
  /** How many faults there may be in all. */
  readonly inAll: number;
  /** Whether a fault may be repaired, at any instant after it. */
  readonly repairs: boolean;
  /** `settled`: faults and losses begin when every VIP has had one owner for its settling time; `start`: at any instant. */
  readonly faultsFrom: 'settled' | 'start';
  /**
   * How many control frames (adverts of VRRP and CARP, ARP) may be lost. What is counted is a copy that one host does not
   * receive: a multicast that two hosts miss costs two.
   */
  readonly lostFrames: number;
  /** Only copies on their way to these nodes may be lost; left out: to any. */
  readonly lostTowards?: readonly string[];
  /** Nodes begin to boot at any instants of 0 .. startWithin ns, in any order. */
  readonly startWithin: Nanoseconds;
  /** The delay of each frame on each cable lies anywhere in this range; left out: as the lab says. */
  readonly latency?: { readonly lo: Nanoseconds; readonly hi: Nanoseconds };
  /** Clocks of the nodes may be off by up to this many parts per million, either way. */
  readonly driftPpm: number;
}
