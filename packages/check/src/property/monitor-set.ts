import type { Network } from '@viplab/core';
import type { Deed } from '../campaign/fault.js';
import { netViewOf } from './net-view-of.js';
import type { Monitor, Property, Violation, VipBudgets } from './property.js';

/** A property and its monitor on one network. */
export interface WatchedProperty {
  readonly property: Property;
  readonly monitor: Monitor;
}

/**
 * The monitors of some properties on one network. Made when the network is built and nothing has happened yet.
 *
 * @example
 * ```ts
 * let monitors: MonitorSet | undefined;
 * lab.start({ attach: (network) => { monitors = new MonitorSet(network, budgetsOf(lab.design, lab.plan), flapFree()).listen(); } })
 *   .runUntil('30s');
 * monitors?.violation; // { property: 'no-flap', message: '192.168.1.100 goes from n1 to n2 …' } or null
 * ```
 */
export class MonitorSet {
  readonly watched: readonly WatchedProperty[];
  private readonly mustHold: readonly WatchedProperty[];

  constructor(
    private readonly network: Network,
    vips: readonly VipBudgets[],
    properties: readonly Property[],
  ) {
    const { engine, plan } = network;
    const watch = { engine, network, plan, vips, view: netViewOf(network) };
    this.watched = properties.map((property) => ({ property, monitor: property.watch(watch) }));
    this.mustHold = this.watched.filter(({ property }) => property.quantifier === 'always');
    this.observe();
  }

  /** Has itself called by the network: before each action, and after each event when everybody else has been. */
  listen(): this {
    const { engine, actionListeners } = this.network;
    actionListeners.push((action) => this.caused(action));
    const { afterEvent } = engine;
    engine.afterEvent = () => {
      afterEvent?.();
      this.observe();
    };
    return this;
  }

  /** Looks at the network after an event. */
  observe(): void {
    for (const { monitor } of this.watched) monitor.observe();
  }

  /** Something is about to be done to the network. */
  caused(deed: Deed): void {
    for (const { monitor } of this.watched) monitor.caused(deed);
  }

  /** The first of the properties that does not hold, in the order in which they were given. */
  get violation(): Violation | null {
    for (const { monitor } of this.mustHold) {
      const { violation } = monitor;
      if (violation !== null) return violation;
    }
    return null;
  }

  /** All that do not hold, one violation each. */
  get violations(): Violation[] {
    return this.mustHold.flatMap(({ monitor }) => monitor.violation ?? []);
  }

  /** The names of the `sometimes` properties that hold now. */
  get happening(): string[] {
    return this.watched
      .filter(({ property, monitor }) => property.quantifier === 'sometimes' && monitor.violation !== null)
      .map(({ property }) => property.name);
  }
}
