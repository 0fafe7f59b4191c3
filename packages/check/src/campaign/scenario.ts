import type { Nanoseconds } from '@viplab/core';
import type { Deed } from './fault.js';

/** One run within a campaign: all its bad luck, with instants. Plain data; `designOf(lab, scenario)` replays it. */
export interface Scenario {
  /** What is left to chance beside the rest. */
  readonly seed: number;
  /** When each node begins to boot, ns; nodes not named boot at 0. */
  readonly starts: Readonly<Record<string, Nanoseconds>>;
  /**
   * How long each node's keepalived, CARP or ucarp takes from launch to its first state, ns; of a second one on a node,
   * by `n1/ucarp/2`. Not named: by seed, as the lab says.
   */
  readonly ready: Readonly<Record<string, Nanoseconds>>;
  /** Faults and repairs in order of time. */
  readonly actions: readonly { readonly at: Nanoseconds; readonly deed: Deed }[];
  /** Control frames that are lost: the next one of the kind towards the node from that instant on. */
  readonly losses: readonly {
    readonly at: Nanoseconds;
    readonly node: string;
    readonly kind: 'vrrp' | 'arp';
  }[];
  /** One-way delay of every cable, ns; left out: as the lab says. */
  readonly latency?: Nanoseconds;
  /** When the run may end. */
  readonly until: Nanoseconds;
}
