import { spanInWords } from '@viplab/core';
import { isSingle } from './lookout.js';
import { firstOf, Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import type { QuietWatch } from './quiet-watch.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'settles';

class Settles extends SharedMonitor {
  private readonly quiet: QuietWatch;
  private readonly vips: readonly Patience[];

  constructor(watch: Watch) {
    super(watch);
    this.quiet = this.parts.quiet;
    const { lookout } = this.parts;
    this.vips = lookout.vips.map(
      (vip) =>
        new Patience(watch, NAME, vip, '', () => {
          const owners = lookout.namesIn(vip.owners).join(' and ') || 'nobody';
          return `${vip.address} has not settled in one owner ${spanInWords(vip.budgets.settling)} after the last cause: ${owners} owns it`;
        }),
    );
  }

  get violation(): Violation | null {
    return firstOf(this.vips);
  }

  protected override judge(): void {
    for (const patience of this.vips) {
      const { owners, budgets } = patience.vip;
      if (isSingle(owners) || !this.quiet.isQuiet(patience.vip)) patience.relax();
      // What begins after it was quiet has the budgets of its own kind.
      else patience.bear(Math.max(budgets.dual, budgets.headless));
    }
  }
}

/** When the settling time has passed since the last cause, every VIP has exactly one owner. */
export const settles = (): Property => ({
  name: NAME,
  means: 'when the settling time has passed since the last cause, every address has exactly one owner',
  quantifier: 'always',
  watch: (watch) => new Settles(watch),
});
