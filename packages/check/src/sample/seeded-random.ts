import { type ChoiceSite, type Choices, SeededChoices } from '@viplab/core';
import * as fc from 'fast-check';

/** How many values a draw has: 2^32. */
const WORD = 0x1_0000_0000;
/** The least signed value of 32 bits. */
const LEAST_INT = -0x8000_0000;

/** The project's own seeded streams in the form in which fast-check's sources of chance are. */
class SeededGenerator {
  constructor(
    private readonly choices: Choices,
    private readonly site: ChoiceSite,
  ) {}

  /** The next 32 bits, signed. */
  next(): number {
    return this.choices.choose(this.site, WORD) + LEAST_INT;
  }

  clone(): SeededGenerator {
    return new SeededGenerator(this.choices, { ...this.site });
  }

  getState(): readonly number[] {
    return [this.site.position];
  }
}

/** A value of an arbitrary that depends on a seed alone, with what it needs to be shrunk. */
export function draw<T>(arbitrary: fc.Arbitrary<T>, seed: number): fc.Value<T> {
  const generator = new SeededGenerator(new SeededChoices(seed), { name: 'scenario', position: 0 });
  return arbitrary.generate(new fc.Random(generator), undefined);
}
