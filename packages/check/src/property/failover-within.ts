import { type DurationInput, type Nanoseconds, parseDuration, spanInWords } from '@viplab/core';
import { bool, type RecordOf, record } from '@viplab/core/engine';
import { firstOf, Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

const History = record('history', { wasOwned: bool });

class FailoverWithin extends SharedMonitor {
  private readonly vips: readonly Patience[];
  private readonly histories: readonly RecordOf<typeof History.fields>[];

  constructor(
    watch: Watch,
    name: string,
    private readonly within: Nanoseconds,
  ) {
    super(watch);
    const { lookout } = this.parts;
    const span = spanInWords(within);
    this.vips = lookout.vips.map(
      (vip) =>
        new Patience(watch, name, vip, '', () => `${vip.address} has no owner for longer than ${span}`),
    );
    this.histories = lookout.vips.map(({ address }) =>
      watch.engine.record(`${name}: history of ${address}`, History, watch.engine.world),
    );
    const handovers = this.parts.handoversWithin(within);
    handovers.listen((of, from, to, isPaid) => {
      if (isPaid) return;
      this.vips[handovers.vips.indexOf(of)]?.condemn(
        `${of.vip.address} goes from ${lookout.nameOf(from)} to ${lookout.nameOf(to)} more than ${span} after the fault, repair or start that it follows, or without one`,
      );
    });
  }

  get violation(): Violation | null {
    return firstOf(this.vips);
  }

  protected override judge(): void {
    this.vips.forEach((patience, index) => {
      const history = this.histories[index];
      if (patience.vip.owners !== 0) {
        if (history?.wasOwned === false) history.wasOwned = true;
        patience.relax();
      } else if (history?.wasOwned === true) patience.bear(this.within);
    });
  }
}

/**
 * Every handover begins within a span of its cause, and no VIP that was owned is without an owner for longer.
 *
 * @example
 * ```ts
 * failoverWithin('4s');
 * ```
 */
export const failoverWithin = (within: DurationInput): Property => {
  const span = parseDuration(within);
  const name = `failover-within-${typeof within === 'string' ? within : `${span}ns`}`;
  return {
    name,
    means: `no address changes its owner later than ${spanInWords(span)} after the cause, or is without one for longer`,
    quantifier: 'always',
    watch: (watch) => new FailoverWithin(watch, name, span),
  };
};
