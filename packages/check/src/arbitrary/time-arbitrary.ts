import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import * as fc from 'fast-check';

/** What an instant can be a multiple of, the roundest first. */
const GRAINS: readonly Nanoseconds[] = [
  SECOND,
  100 * MILLISECOND,
  10 * MILLISECOND,
  MILLISECOND,
  100 * MICROSECOND,
  10 * MICROSECOND,
  MICROSECOND,
  100,
  10,
  1,
];

/** How round an instant is: 0 for whole seconds, 3 for whole milliseconds, 9 for any. */
export function roughnessOf(time: Nanoseconds): number {
  return GRAINS.findIndex((grain) => time % grain === 0);
}

/**
 * Instants (or spans) of `lo` to `hi`, both included. They shrink to the roundest, and of equally round ones to the
 * earliest: whole seconds before tenths, those before milliseconds, and so on.
 *
 * @param often - ranges from which half of the values are taken, so that a wide range does not leave a narrow one of
 * interest out; parts outside of lo .. hi are cut off
 * @throws RangeError if the ends are not whole nanoseconds in order
 */
export function timeBetween(
  lo: Nanoseconds,
  hi: Nanoseconds,
  often: readonly { readonly lo: Nanoseconds; readonly hi: Nanoseconds }[] = [],
): fc.Arbitrary<Nanoseconds> {
  if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi) || lo < 0 || hi < lo)
    throw new RangeError(`no instants lie between ${lo} ns and ${hi} ns: write whole nanoseconds, lo <= hi`);
  const inside = often
    .map((range) => ({ lo: Math.max(lo, range.lo), hi: Math.min(hi, range.hi) }))
    .filter((range) => range.lo <= range.hi);
  return new TimeArbitrary(lo, hi, inside);
}

class TimeArbitrary extends fc.Arbitrary<Nanoseconds> {
  constructor(
    private readonly lo: Nanoseconds,
    private readonly hi: Nanoseconds,
    private readonly often: readonly { readonly lo: Nanoseconds; readonly hi: Nanoseconds }[],
  ) {
    super();
  }

  override generate(random: fc.Random): fc.Value<Nanoseconds> {
    const { often } = this;
    const whole = { lo: this.lo, hi: this.hi };
    const isNarrow = often.length > 0 && random.nextInt(0, 1) === 0;
    const { lo, hi } = (isNarrow ? often[random.nextInt(0, often.length - 1)] : undefined) ?? whole;
    const exact = random.nextInt(lo, hi);
    // A quarter are whole milliseconds, as timers are: only so do two things happen at one instant.
    const round = exact - (exact % MILLISECOND);
    return new fc.Value(random.nextInt(0, 3) === 0 && round >= lo ? round : exact, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Nanoseconds {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= this.lo && value <= this.hi;
  }

  override shrink(value: Nanoseconds): fc.Stream<fc.Value<Nanoseconds>> {
    return fc.stream(this.simpler(value)).map((time) => new fc.Value(time, undefined));
  }

  /** Simpler instants, the simplest first: rounder ones, or as round ones that are earlier. So it comes to an end. */
  private *simpler(value: Nanoseconds): IterableIterator<Nanoseconds> {
    const roughness = roughnessOf(value);
    const tried = new Set<Nanoseconds>([value]);
    for (const [rank, grain] of GRAINS.entries()) {
      if (rank > roughness) return;
      const candidates = rank < roughness ? [] : [...this.samePhase(value, roughness)];
      candidates.push(...this.multiplesAround(value, grain));
      for (const time of candidates) {
        if (time < this.lo || time > this.hi || tried.has(time)) continue;
        if (rank === roughness && time > value) continue;
        tried.add(time);
        yield time;
      }
    }
  }

  /** Earlier by whole seconds, tenths, …: what matters is often where in its beat a timer is. */
  private *samePhase(value: Nanoseconds, roughness: number): IterableIterator<Nanoseconds> {
    for (const grain of GRAINS.slice(0, roughness)) {
      for (let steps = Math.floor((value - this.lo) / grain); steps > 0; steps = Math.floor(steps / 2))
        yield value - steps * grain;
    }
  }

  /** Multiples of a grain: the earliest, then ever nearer to a value, then the one behind it. */
  private *multiplesAround(value: Nanoseconds, grain: Nanoseconds): IterableIterator<Nanoseconds> {
    const down = (time: Nanoseconds): Nanoseconds => time - (time % grain);
    const first = down(this.lo + grain - 1);
    for (let gap = value - first; gap >= grain; gap = Math.floor(gap / 2)) yield down(value - gap);
    yield down(value);
    yield down(value) - grain;
    yield down(value) + grain;
  }
}
