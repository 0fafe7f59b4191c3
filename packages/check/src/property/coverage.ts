import { NO_HOST } from './lookout.js';
import type { Property, Violation, VipBudgets, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

/** Whether something about one VIP is so now. */
type Glance = (monitor: Happening, index: number) => boolean;

class Happening extends SharedMonitor {
  private readonly index: number;
  readonly handovers = this.parts.handoversWithin(null);

  constructor(
    watch: Watch,
    private readonly name: string,
    private readonly address: string,
    private readonly isSo: Glance,
  ) {
    super(watch);
    this.index = watch.vips.findIndex((vip) => vip.address === address);
  }

  get violation(): Violation | null {
    if (this.index < 0 || !this.isSo(this, this.index)) return null;
    return { property: this.name, message: this.name, address: this.address };
  }

  successor(index: number): number {
    return this.handovers.vips[index]?.successor ?? NO_HOST;
  }

  numberOf(node: string): number {
    return this.parts.lookout.numberOf(node);
  }

  ownerCount(index: number): number {
    return this.parts.lookout.namesIn(this.parts.lookout.vips[index]?.owners ?? 0).length;
  }

  hasSettled(index: number): boolean {
    return this.handovers.vips[index]?.settledOwner !== NO_HOST;
  }
}

const happening = (name: string, address: string, isSo: Glance): Property => ({
  name,
  means: `in some run: ${name}`,
  quantifier: 'sometimes',
  watch: (watch) => new Happening(watch, name, address, isSo),
});

/** A VIP goes over to a node from another that had it. */
export const failoverTo = (address: string, node: string): Property =>
  happening(`failover of ${address} to ${node}`, address, (monitor, index) => {
    const successor = monitor.successor(index);
    return successor !== NO_HOST && successor === monitor.numberOf(node);
  });

/** A VIP that had an owner has none for a while. */
export const headlessFor = (address: string): Property =>
  happening(`${address} without an owner`, address, (monitor, index) => {
    return monitor.hasSettled(index) && monitor.ownerCount(index) === 0;
  });

/** Two nodes own a VIP at once. */
export const dualOwners = (address: string): Property =>
  happening(`two owners of ${address}`, address, (monitor, index) => monitor.ownerCount(index) > 1);

/**
 * What is to happen in some run of a check, or its verdict says little: each VIP that several nodes hold goes over to
 * each of them, and is without an owner for a while.
 */
export const coverage = (vips: readonly VipBudgets[]): Property[] =>
  vips
    .filter(({ holders }) => holders.length > 1)
    .flatMap(({ address, holders }) => [
      ...holders.map((node) => failoverTo(address, node)),
      headlessFor(address),
      dualOwners(address),
    ]);
