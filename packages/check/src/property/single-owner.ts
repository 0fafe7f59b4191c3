import { spanInWords } from '@viplab/core';
import { isDual } from './lookout.js';
import { firstOf, Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'single-owner';

class SingleOwner extends SharedMonitor {
  private readonly vips: readonly Patience[];

  constructor(watch: Watch) {
    super(watch);
    const { lookout } = this.parts;
    this.vips = lookout.vips.map(
      (vip) =>
        new Patience(watch, NAME, vip, '', () => {
          const owners = lookout.namesIn(vip.owners).join(' and ');
          return `${vip.address} is owned by ${owners} for longer than the ${spanInWords(vip.budgets.dual)} allowed`;
        }),
    );
  }

  get violation(): Violation | null {
    return firstOf(this.vips);
  }

  protected override judge(): void {
    for (const patience of this.vips) {
      const { owners, budgets } = patience.vip;
      if (isDual(owners)) patience.bear(budgets.dual);
      else patience.relax();
    }
  }
}

/** No VIP has two owners at once for longer than its dual budget. */
export const singleOwner = (): Property => ({
  name: NAME,
  means: 'no address has two owners at once for longer than the masters need to hear of each other',
  quantifier: 'always',
  watch: (watch) => new SingleOwner(watch),
});
