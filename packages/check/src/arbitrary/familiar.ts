import * as fc from 'fast-check';

/** How many of the first values are taken more often than the rest. */
const OFTEN = 4;
/** How many of the simpler values are tried one by one before the rest is halved. */
const TRIED_SINGLY = 16;

/**
 * One of some values, the familiar ones first: half of all are of the first four, so that two nodes agree often enough.
 * Shrinks to the first that will do.
 */
export function familiar<T>(values: readonly [T, ...T[]]): fc.Arbitrary<T> {
  return new FamiliarArbitrary(values, Math.min(OFTEN, values.length));
}

/** Mostly the first value, now and then one of the others: a slip. Shrinks to the first that will do. */
export function seldom<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return new FamiliarArbitrary([usual, ...others], 1);
}

class FamiliarArbitrary<T> extends fc.Arbitrary<T> {
  /** @param often how many of the first values half of all are taken from */
  constructor(
    private readonly values: readonly [T, ...T[]],
    private readonly often: number,
  ) {
    super();
  }

  override generate(random: fc.Random): fc.Value<T> {
    const count = random.nextInt(0, 1) === 0 ? this.often : this.values.length;
    return this.at(random.nextInt(0, count - 1));
  }

  private at(index: number): fc.Value<T> {
    return new fc.Value(this.values[index] ?? this.values[0], undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is T {
    return this.values.some((known) => known === value);
  }

  override shrink(value: T): fc.Stream<fc.Value<T>> {
    return fc.stream(this.simpler(this.values.indexOf(value))).map((index) => this.at(index));
  }

  private *simpler(index: number): IterableIterator<number> {
    const singly = Math.min(index, TRIED_SINGLY);
    for (let other = 0; other < singly; other++) yield other;
    for (let gap = (index - singly) >> 1; gap >= 1; gap >>= 1) yield index - gap;
    if (index > singly) yield index - 1;
  }
}
