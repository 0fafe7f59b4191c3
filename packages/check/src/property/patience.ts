import { type RecordOf, record, timer, value } from '@viplab/core/engine';
import type { SeenVip } from './lookout.js';
import type { Violation, Watch } from './property.js';

const Judgement = record('judgement', {
  /** Runs while something is as it may not stay. */
  tooLong: timer,
  /** What was wrong, in words; null as long as nothing was. */
  said: value<string>(),
});

/** What a monitor remembers of one VIP (or of a client of it): a span that may not be outlasted, and the judgement. */
export class Patience {
  private readonly state: RecordOf<typeof Judgement.fields>;

  /** @param complaint says what is wrong when the span is over */
  constructor(
    watch: Watch,
    private readonly property: string,
    readonly vip: SeenVip,
    about: string,
    complaint: () => string,
  ) {
    const path = `${property} of ${vip.address}${about}`;
    this.state = watch.engine.record(path, Judgement, watch.engine.world, {
      tooLong: () => {
        this.state.said = complaint();
      },
    });
  }

  /** Something is wrong: it may be so for `span` from when it began. */
  bear(span: number): void {
    const { tooLong } = this.state;
    // A nanosecond more is too much, and the first whole one that is.
    if (!tooLong.isArmed && this.state.said === null) tooLong.arm(span + 1);
  }

  /** All is well. */
  relax(): void {
    if (this.state.tooLong.isArmed) this.state.tooLong.cancel();
  }

  /** Judges at once. */
  condemn(complaint: string): void {
    this.state.tooLong.cancel();
    this.state.said = complaint;
  }

  get violation(): Violation | null {
    const { said } = this.state;
    return said === null ? null : { property: this.property, message: said, address: this.vip.address };
  }
}

/** The first violation among some. */
export function firstOf(all: readonly { readonly violation: Violation | null }[]): Violation | null {
  for (let index = 0; index < all.length; index++) {
    const violation = all[index]?.violation ?? null;
    if (violation !== null) return violation;
  }
  return null;
}
