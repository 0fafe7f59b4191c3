import type { ClientLanding } from './landing-watch.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'no-flux';

class NoFlux extends SharedMonitor {
  private readonly landings: readonly ClientLanding[];

  constructor(watch: Watch) {
    super(watch);
    this.landings = this.parts.landingMoves.clients;
  }

  get violation(): Violation | null {
    for (const landing of this.landings) {
      if (!landing.isFlux) continue;
      const { address } = landing.vip;
      const between = this.parts.lookout.namesIn(landing.between).join(' and ');
      const message = `frames of ${landing.client} to ${address} alternate between ${between} without a cause`;
      return { property: NAME, message, address };
    }
    return null;
  }
}

/** No client's frames alternate between owners without a cause. */
export const noFlux = (): Property => ({
  name: NAME,
  means: "no client's frames alternate between the owners of an address without a cause",
  quantifier: 'always',
  watch: (watch) => new NoFlux(watch),
});
