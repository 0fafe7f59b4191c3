import { spanInWords } from '@viplab/core';
import { bool, type RecordOf, record } from '@viplab/core/engine';
import { bitOf, isSingle, NO_HOST, type SeenLanding, type SeenVip } from './lookout.js';
import { Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import type { QuietWatch } from './quiet-watch.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'every-client-lands';

const Acquaintance = record('acquaintance', {
  /** Whether the client has found the VIP at all. */
  hasFound: bool,
});

interface JudgedLanding {
  readonly vip: SeenVip;
  readonly seen: SeenLanding;
  readonly patience: Patience;
  readonly acquaintance: RecordOf<typeof Acquaintance.fields>;
}

class EveryClientLands extends SharedMonitor {
  private readonly quiet: QuietWatch;
  private readonly landings: readonly JudgedLanding[];

  constructor(watch: Watch) {
    super(watch);
    this.quiet = this.parts.quiet;
    const { lookout } = this.parts;
    this.landings = lookout.vips.flatMap((vip) =>
      vip.landings.map((seen) => {
        const about = ` from ${seen.client.name}`;
        const patience = new Patience(watch, NAME, vip, about, () => {
          const owner = lookout.namesIn(vip.owners).join(' and ');
          return `frames of ${seen.client.name} to ${vip.address} arrive at ${lookout.nameOf(seen.at)}, not at its owner ${owner}, ${spanInWords(vip.budgets.settling)} after the last cause`;
        });
        const path = `${seen.client.name} knows ${vip.address}`;
        const acquaintance = watch.engine.record(path, Acquaintance, watch.engine.world);
        return { vip, seen, patience, acquaintance };
      }),
    );
  }

  get violation(): Violation | null {
    for (const { patience } of this.landings) if (patience.violation !== null) return patience.violation;
    return null;
  }

  protected override judge(): void {
    for (const { vip, seen, patience, acquaintance } of this.landings) {
      const { at } = seen;
      if (at !== NO_HOST && !acquaintance.hasFound) acquaintance.hasFound = true;
      const isAstray =
        acquaintance.hasFound && isSingle(vip.owners) && bitOf(at) !== vip.owners && this.quiet.isQuiet(vip);
      // The dual budget is a question and its answer: the time that asking who owns it anew takes.
      if (isAstray) patience.bear(vip.budgets.dual);
      else patience.relax();
    }
  }
}

/** When the settling time has passed since the last cause, the frames of every client that has found a VIP arrive at its owner. */
export const everyClientLands = (): Property => ({
  name: NAME,
  means:
    'when the settling time has passed since the last cause, the frames of every client arrive at the owner',
  quantifier: 'always',
  watch: (watch) => new EveryClientLands(watch),
});
