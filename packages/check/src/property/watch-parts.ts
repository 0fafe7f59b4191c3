import type { Nanoseconds, Network } from '@viplab/core';
import type { Deed } from '../campaign/fault.js';
import { ClientWatch } from './client-watch.js';
import { HandoverWatch } from './handover-watch.js';
import { LandingWatch } from './landing-watch.js';
import { Lookout } from './lookout.js';
import type { Watch } from './property.js';
import { QuietWatch } from './quiet-watch.js';

/** What the monitors of a network have in common: its state is there once. */
export class WatchParts {
  readonly lookout: Lookout;
  private readonly handovers = new Map<Nanoseconds | null, HandoverWatch>();
  private landings: LandingWatch | null = null;
  private quiets: QuietWatch | null = null;
  private clientWatch: ClientWatch | null = null;
  private entered = 0;

  constructor(private readonly watch: Watch) {
    this.lookout = new Lookout(watch);
  }

  /**
   * Takes a monitor's place among those of the network. All are observed after each event in the order in which they were
   * built: the first one looks, for all.
   *
   * @returns whether it is the first
   */
  enter(): boolean {
    return this.entered++ === 0;
  }

  /** The handovers; a cause pays for `settling`, or for each VIP's own settling time. */
  handoversWithin(settling: Nanoseconds | null): HandoverWatch {
    let found = this.handovers.get(settling);
    if (found === undefined) {
      found = new HandoverWatch(this.watch, this.lookout, settling);
      this.handovers.set(settling, found);
    }
    return found;
  }

  get landingMoves(): LandingWatch {
    this.landings ??= new LandingWatch(this.watch, this.lookout, this.handoversWithin(null));
    return this.landings;
  }

  get quiet(): QuietWatch {
    this.quiets ??= new QuietWatch(this.watch);
    return this.quiets;
  }

  /** What the clients tell of their attempts and connections. */
  get clients(): ClientWatch {
    this.clientWatch ??= new ClientWatch(this.watch);
    return this.clientWatch;
  }

  observe(): void {
    this.lookout.look();
    for (const handovers of this.handovers.values()) handovers.observe();
    this.landings?.observe();
  }

  caused(deed: Deed): void {
    for (const handovers of this.handovers.values()) handovers.caused(deed);
    this.quiets?.caused();
  }
}

const parts = new WeakMap<Network, WatchParts>();

/** The parts that the monitors of a network share. */
export function partsOf(watch: Watch): WatchParts {
  let found = parts.get(watch.network);
  if (found === undefined) {
    found = new WatchParts(watch);
    parts.set(watch.network, found);
  }
  return found;
}
