import type { LabPlan, Nanoseconds, Network } from '@viplab/core';
import type { Engine } from '@viplab/core/engine';
import type { Deed } from '../campaign/fault.js';
import type { NetView } from './net-view.js';

/** Why a run violates a property. */
export interface Violation {
  readonly property: string;
  /** One sentence: what happened, with its allowance. */
  readonly message: string;
  readonly address?: string;
  /** True if what is wrong comes again and again by itself, so that a run without end may show it better. */
  readonly recurs?: boolean;
}

/** What a monitor is built on. All that it remembers it declares on the engine, so that it is part of the state. */
export interface Watch {
  readonly engine: Engine;
  readonly network: Network;
  readonly plan: LabPlan;
  readonly view: NetView;
  /** What the lab's own timers allow, by VIP. */
  readonly vips: readonly VipBudgets[];
}

/** A VIP and what its protocol allows; see `VipFacts` of a run's report. */
export interface VipBudgets {
  readonly address: string;
  readonly holders: readonly string[];
  readonly settling: Nanoseconds;
  readonly dual: Nanoseconds;
  readonly headless: Nanoseconds;
  /** The nodes of the clients that ask this VIP. */
  readonly clients: readonly string[];
}

/**
 * A property while a run goes on. It is blind to time like every component: it declares records, arms timers, and is
 * called. A timer of its own that fires may be the violation; `violation` is asked after every event.
 *
 * The monitors of a network share what they look at: after each event all are called, in the order in which they were
 * built.
 */
export interface Monitor {
  /** Looks at the network after an event (and once at the start). */
  observe(): void;
  /** Something is being done to the network: a fault, a repair, or a node's late start (`power-on`). */
  caused(deed: Deed): void;
  /**
   * Null as long as all is well. Derived from declared state only. Of a `sometimes` property it is the opposite: not null
   * while the thing happens.
   */
  readonly violation: Violation | null;
}

/** Something that can be asked of every run. */
export interface Property {
  readonly name: string;
  /** What it means, in one sentence. */
  readonly means: string;
  /** `always`: must hold in every run; `sometimes`: must happen in one, for coverage. */
  readonly quantifier: 'always' | 'sometimes';
  /**
   * Set if it is about what clients live through, and not only about who owns what: then they take part, and a lab is
   * explored run by run, since programs and TCP compute with time.
   */
  readonly observes?: 'clients';
  /** `sometimes` properties that must have happened in some run, or that this one holds says nothing. */
  readonly needs?: readonly Property[];
  /** The same where faults may happen. */
  readonly needsOfFaults?: readonly Property[];
  /** Further `sometimes` properties that a verdict on this one tells of. */
  readonly covers?: readonly Property[];
  /** Builds its monitor; called once, while the network is built and nothing has happened. */
  watch(watch: Watch): Monitor;
}
