import { spanInWords } from '@viplab/core';
import { FlutterWatch } from './flutter-watch.js';
import type { ClientLanding } from './landing-watch.js';
import { firstOf, Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'no-flap';

class NoFlap extends SharedMonitor {
  private readonly vips: readonly Patience[];
  private readonly landings: readonly ClientLanding[];
  private readonly flutters: readonly FlutterWatch[];

  constructor(watch: Watch) {
    super(watch);
    const { lookout } = this.parts;
    this.vips = lookout.vips.map((vip) => new Patience(watch, NAME, vip, '', () => ''));
    this.landings = this.parts.landingMoves.clients;
    const { quiet } = this.parts;
    this.flutters = this.vips.map((patience) => {
      const { address, budgets } = patience.vip;
      return new FlutterWatch(watch, patience.vip, quiet, () =>
        patience.condemn(
          `${address} ${COMES_AND_GOES}: nobody has it for longer than ${spanInWords(budgets.dual)}, and no fault, repair or start came in the ${spanInWords(budgets.settling)} before`,
        ),
      );
    });
    const handovers = this.parts.handoversWithin(null);
    handovers.listen((of, from, to, isPaid) => {
      if (isPaid) return;
      const { address, budgets } = of.vip;
      this.vips[handovers.vips.indexOf(of)]?.condemn(
        `${address} goes from ${lookout.nameOf(from)} to ${lookout.nameOf(to)} without a cause: no fault, repair or start in the ${spanInWords(budgets.settling)} before that has not moved it already`,
      );
    });
  }

  protected override judge(): void {
    for (const flutter of this.flutters) flutter.observe();
  }

  get violation(): Violation | null {
    const handover = firstOf(this.vips);
    if (handover !== null)
      return handover.message.includes(COMES_AND_GOES) ? { ...handover, recurs: true } : handover;
    for (const landing of this.landings) {
      if (!landing.hasMoved || landing.isFlux) continue;
      const { address } = landing.vip;
      const between = this.parts.lookout.namesIn(landing.between).join(' and ');
      const message = `frames of ${landing.client} to ${address} move between ${between}, two owners, without a cause`;
      return { property: NAME, message, address };
    }
    return null;
  }
}

/** What a flutter is called in a violation. */
const COMES_AND_GOES = 'is taken and lost again, time after time, without a cause';

/**
 * Every handover of a VIP, and every move of a client's landing, has a cause of its own; nor is it taken and lost time after
 * time before anybody settles.
 */
export const noFlap = (): Property => ({
  name: NAME,
  means: 'no address changes from one settled owner to another without a cause of its own',
  quantifier: 'always',
  watch: (watch) => new NoFlap(watch),
});
