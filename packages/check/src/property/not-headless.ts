import { spanInWords } from '@viplab/core';
import { bool, type RecordOf, record } from '@viplab/core/engine';
import { Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'not-headless';

const History = record('history', { wasOwned: bool });

class NotHeadless extends SharedMonitor {
  private readonly vips: readonly {
    readonly patience: Patience;
    readonly history: RecordOf<typeof History.fields>;
  }[];

  constructor(watch: Watch) {
    super(watch);
    this.vips = this.parts.lookout.vips.map((vip) => {
      const { address, budgets } = vip;
      const history = watch.engine.record(`history of ${address}`, History, watch.engine.world);
      const patience = new Patience(watch, NAME, vip, '', () =>
        history.wasOwned
          ? `${address} has no owner for longer than the ${spanInWords(budgets.headless)} allowed`
          : `${address} has found no owner within ${spanInWords(budgets.settling)} of the first start`,
      );
      return { patience, history };
    });
  }

  get violation(): Violation | null {
    for (const { patience } of this.vips) if (patience.violation !== null) return patience.violation;
    return null;
  }

  protected override judge(): void {
    for (const { patience, history } of this.vips) {
      const { owners, budgets } = patience.vip;
      if (owners !== 0) {
        if (!history.wasOwned) history.wasOwned = true;
        patience.relax();
      } else if (history.wasOwned) patience.bear(budgets.headless);
      // Until its first owner it is not lost, but waited for.
      else if (patience.vip.holdersOn > 0) patience.bear(budgets.settling);
    }
  }
}

/** No VIP is without an owner for longer than its headless budget, nor before its first owner longer than it settles. */
export const notHeadless = (): Property => ({
  name: NAME,
  means: 'no address is without an owner for longer than a backup needs to notice',
  quantifier: 'always',
  watch: (watch) => new NotHeadless(watch),
});
