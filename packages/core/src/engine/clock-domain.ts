import type { Engine } from './engine.js';
import { bool, int, type RecordOf, record } from './fields.js';
import type { Nanoseconds } from './time.js';

const DomainState = record('clock', { frozen: bool, driftPpm: int });

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
  private readonly state: RecordOf<typeof DomainState.fields>;

  constructor(
    private readonly engine: Engine,
    readonly path: string,
    private readonly parent: ClockDomain | null = null,
  ) {
    this.state = engine.record(path, DomainState, this);
  }

  /** Whether timers are held now, by this domain or one around it. */
  get isFrozen(): boolean {
    return this.state.frozen || (this.parent?.isFrozen ?? false);
  }

  freeze(): void {
    this.state.frozen = true;
  }

  /** Ends a freeze. Timers that fell due meanwhile fire now. */
  thaw(): void {
    this.state.frozen = false;
    if (!this.isFrozen) this.engine.releaseHeld();
  }

  /**
   * Sets how fast this clock runs: +100 is 100 µs a second too fast. Timers armed from now on feel it.
   *
   * @throws RangeError beyond ±250 000 ppm.
   */
  setDrift(ppm: number): void {
    if (!(Math.abs(ppm) <= MOST_DRIFT_PPM)) {
      throw new RangeError(`${this.path}: a drift of ${ppm} ppm is not within ±${MOST_DRIFT_PPM}`);
    }
    this.state.driftPpm = ppm;
  }

  /** A span of this domain's clock in real nanoseconds. */
  stretch(span: Nanoseconds): Nanoseconds {
    const ppm = this.totalDrift();
    return ppm === 0 ? span : Math.max(0, Math.round((span * 1_000_000) / (1_000_000 + ppm)));
  }

  private totalDrift(): number {
    return this.state.driftPpm + (this.parent?.totalDrift() ?? 0);
  }
}
