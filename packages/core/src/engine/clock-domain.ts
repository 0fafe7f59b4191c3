import type { Engine } from './engine.js';
import { bool, int } from './fields.js';
import type { Nanoseconds } from './time.js';

/** The most that one clock may be off, in parts per million: with this even a clock inside a clock inside a clock goes on. */
const MOST_DRIFT_PPM = 250_000;

/**
 * Whose time a timer runs in: a machine's, or within it a process's.
 *
 * A frozen domain (a paused VM, a process under SIGSTOP) holds its timers past their deadlines: the outside clock
 * goes on, and what is due fires at the thaw, in the order of the deadlines. A drifting domain's spans are shorter
 * (positive drift: its clock is fast) or longer than real ones.
 */
export class ClockDomain {
  /** Where in the store its two words lie: asked at every arming and firing, so without a view between. */
  private readonly frozen: number;
  private readonly drift: number;

  constructor(
    private readonly engine: Engine,
    readonly path: string,
    private readonly parent: ClockDomain | null = null,
  ) {
    this.frozen = engine.store.allocate(`${path}.frozen`, bool, 0);
    this.drift = engine.store.allocate(`${path}.driftPpm`, int, 0);
  }

  /** Whether timers are held now, by this domain or one around it. */
  get isFrozen(): boolean {
    const { words } = this.engine.store;
    // A loop, since it is asked at every event and recursion is not compiled into its callers.
    for (let domain: ClockDomain | null = this; domain !== null; domain = domain.parent) {
      if (words[domain.frozen] !== 0) return true;
    }
    return false;
  }

  freeze(): void {
    this.engine.store.words[this.frozen] = 1;
  }

  /** Ends a freeze. Timers that fell due meanwhile fire now. */
  thaw(): void {
    this.engine.store.words[this.frozen] = 0;
    if (!this.isFrozen) this.engine.releaseHeld();
  }

  /**
   * Sets how fast this clock runs: +100 is 100 µs a second too fast. Timers armed from now on feel it.
   *
   * @throws RangeError beyond ±250 000 ppm, or if it is not a whole number.
   */
  setDrift(ppm: number): void {
    if (!(Number.isInteger(ppm) && Math.abs(ppm) <= MOST_DRIFT_PPM)) {
      throw new RangeError(
        `${this.path}: a drift of ${ppm} ppm is not a whole number within ±${MOST_DRIFT_PPM}`,
      );
    }
    this.engine.store.words[this.drift] = ppm;
  }

  /** A span of this domain's clock in real nanoseconds. */
  stretch(span: Nanoseconds): Nanoseconds {
    const ppm = this.totalDrift();
    return ppm === 0 ? span : Math.max(0, Math.round((span * 1_000_000) / (1_000_000 + ppm)));
  }

  private totalDrift(): number {
    const { words } = this.engine.store;
    let ppm = 0;
    for (let domain: ClockDomain | null = this; domain !== null; domain = domain.parent) {
      ppm += words[domain.drift] as number;
    }
    return ppm;
  }
}
