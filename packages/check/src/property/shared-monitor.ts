import type { Deed } from '../campaign/fault.js';
import type { Monitor, Violation, Watch } from './property.js';
import { partsOf, type WatchParts } from './watch-parts.js';

/** A monitor on the shared parts of its network. */
export abstract class SharedMonitor implements Monitor {
  protected readonly parts: WatchParts;
  private readonly isFirst: boolean;

  constructor(protected readonly watch: Watch) {
    this.parts = partsOf(watch);
    this.isFirst = this.parts.enter();
  }

  abstract readonly violation: Violation | null;

  observe(): void {
    if (this.isFirst) this.parts.observe();
    this.judge();
  }

  caused(deed: Deed): void {
    if (this.isFirst) this.parts.caused(deed);
    this.learn(deed);
  }

  /** After each event, when the shared parts have been looked at. */
  protected judge(): void {}

  /** Before each deed. */
  protected learn(_deed: Deed): void {}
}
