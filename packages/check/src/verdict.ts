import type { LabDesign, Nanoseconds } from '@viplab/core';
import type { Campaign } from './campaign/campaign.js';
import type { Scenario } from './campaign/scenario.js';

/**
 * - `proved`: every run within the bounds was explored and none violates a property;
 * - `held`: random runs found nothing, which is no proof;
 * - `broken`: there is a counterexample;
 * - `inconclusive`: a bound was met first, or the thing of interest never happened.
 */
export type VerdictName = 'proved' | 'held' | 'broken' | 'inconclusive';

/** How the answer was found. */
export interface Exploration {
  /**
   * `symbolic`: state classes, every real instant; `concrete`: every choice at representative instants, since a component
   * computes with time, or with {@link Exploration.horizon} every such choice as a run of its own; `random`: seeded runs.
   */
  readonly method: 'symbolic' | 'concrete' | 'random';
  /** State classes, concrete states or runs. */
  readonly states: number;
  readonly transitions: number;
  /** The longest shortest way to a state, in events. */
  readonly depth: number;
  /** The state space closes on itself, so that the answer holds for all time. */
  readonly isClosed: boolean;
  /** States with pending events and no successor: 0, or the exploration itself is wrong. */
  readonly deadEnds: number;
  /**
   * Of runs that were made one by one for every choice: the last instant that any of them was watched. What comes later
   * was not looked at. Programs and TCP have no states that come again (sequence numbers, timestamps go on).
   */
  readonly horizon?: Nanoseconds;
  /** Why it ended before it was closed; null if it is. */
  readonly endedBy: string | null;
  /** What was not varied or was simplified, one phrase each: `CAM ageing`, `clock drift`. */
  readonly notVaried: readonly string[];
}

/** One thing of interest and whether (or in which share of runs) it happened. */
export interface Coverage {
  /** `failover of 192.168.1.100 to n2`. */
  readonly what: string;
  /** 0 .. 1 of random runs; for explorations 1 if it was reached, else 0. */
  readonly share: number;
}

/** What is measured, in the order in which it is told. */
export const WORST_KINDS = ['headless', 'dual', 'astray', 'failover', 'client outage'] as const;

/** The longest that something lasted in any run within the bounds. */
export interface WorstCase {
  /**
   * `astray`: a client's frames landed on nobody or on the wrong node; `client outage`: from the first attempt that a
   * client lost to the next that was answered.
   */
  readonly what: (typeof WORST_KINDS)[number];
  readonly address: string;
  /** The client, for `astray` and `client outage`. */
  readonly client?: string;
  readonly lasted: Nanoseconds;
  /** True if the value is a supremum that no run attains: print `< 400 µs`. */
  readonly isStrict: boolean;
  /** True if it lasts longer still and was measured no further: print `> 20 s`. */
  readonly isUnbounded?: boolean;
  readonly allowed: Nanoseconds | null;
  /** During the first boot, or after every VIP had settled. */
  readonly phase: 'boot' | 'settled';
  /** A run that attains it, or comes within two cables' delay of it, if one was made. */
  readonly scenario?: Scenario;
  readonly token?: string;
}

/** A run that violates a property: re-executed, so that it is known to replay. */
export interface Counterexample {
  /** The property's name: `single-owner`, `no-flap`. */
  readonly property: string;
  /** What happened, in one sentence: `192.168.1.100 has two owners for longer than 0.2 ms`. */
  readonly message: string;
  readonly address?: string;
  /** When the property was violated in the replayed run. */
  readonly at: Nanoseconds;
  readonly scenario: Scenario;
  /** The lab with the scenario as its schedule: `defineLab(design).run({ seed })` shows it. */
  readonly design: LabDesign;
  readonly seed: number;
  readonly token: string;
  /** A run that goes on for ever: where its cycle begins and how long it takes. */
  readonly lasso?: { readonly from: Nanoseconds; readonly period: Nanoseconds };
}

/** What is known about a lab under a campaign. */
export interface CheckVerdict {
  readonly word: VerdictName;
  readonly campaign: Campaign;
  /** Names of the properties that were asked. */
  readonly properties: readonly string[];
  /** The bounds in words, one each. */
  readonly bounds: readonly string[];
  readonly exploration: Exploration;
  readonly covered: readonly Coverage[];
  readonly worst: readonly WorstCase[];
  /** The shortest first; empty unless broken. */
  readonly counterexamples: readonly Counterexample[];
  /** The lab it is about. */
  readonly design: LabDesign;
}

/** What `prove` and the commands tell while they work. */
export interface Progress {
  readonly phase: 'exploring' | 'sampling' | 'shrinking' | 'replaying';
  readonly campaign: string;
  readonly states: number;
  /** States found and not yet expanded. */
  readonly frontier: number;
  /** Runs wanted, for sampling. */
  readonly of?: number;
}
