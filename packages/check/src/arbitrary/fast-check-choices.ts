import { type ChoiceSite, type Choices, SeededChoices } from '@viplab/core';
import * as fc from 'fast-check';

/** Printed at most: the rest of a run's chance is seldom what matters. */
const SHOWN = 12;
/** The largest seed: 2^31 - 1. */
const LAST_SEED = 0x7fff_ffff;

/**
 * Sites of mishaps, which happen if the answer is below a number (`Impairments` of the core): the mildest answer is the
 * last there, the first everywhere else (no loss, the shortest delay).
 */
const MISHAPS = /\/(loss|duplicate|reorder|corrupt)$/;

/** An answer as its distance from the mildest, and back. */
const distance = (site: string, answer: number, options: number): number =>
  MISHAPS.test(site) ? options - 1 - answer : answer;

/** One question to chance: the site's name and how often it had been asked before. */
type Question = `${string}#${number}`;

/**
 * Chance inside the simulator from fast-check, so that bad luck shrinks like everything else: what was drawn becomes the
 * mildest of its options (no loss, the shortest delay) wherever that does not matter. Made by `arb.chance()`.
 *
 * The same question of the same site has the same answer in every run with the same value.
 */
export class FastCheckChoices implements Choices {
  /** Every question that a run has asked, with the answer's distance from the mildest, in the order of the first asking. */
  readonly asked = new Map<Question, number>();
  private readonly seeded: SeededChoices | null;

  /**
   * @param seed whence answers come that are not given; null: they are the mildest
   * @param given answers to some questions, as distances from the mildest; beyond the options: the worst
   */
  constructor(
    readonly seed: number | null,
    readonly given: ReadonlyMap<Question, number> = new Map(),
  ) {
    this.seeded = seed === null ? null : new SeededChoices(seed);
  }

  choose(site: ChoiceSite, options: number): number {
    const question: Question = `${site.name}#${site.position}`;
    const given = this.given.get(question);
    let answer: number;
    if (given === undefined && this.seeded !== null) answer = this.seeded.choose(site, options);
    else {
      site.position++;
      answer = distance(site.name, Math.min(given ?? 0, options - 1), options);
    }
    this.asked.set(question, distance(site.name, answer, options));
    return answer;
  }

  /** The answers that are not the mildest, for people. */
  [fc.toStringMethod](): string {
    const lines = [...this.asked]
      .filter(([, answer]) => answer > 0)
      .map(([question, answer]) => `${question}: ${answer}`);
    const more = lines.length > SHOWN ? `, and ${lines.length - SHOWN} more` : '';
    return `chance({${lines.slice(0, SHOWN).join(', ')}${more}})`;
  }
}

class ChanceArbitrary extends fc.Arbitrary<FastCheckChoices> {
  override generate(random: fc.Random): fc.Value<FastCheckChoices> {
    return new fc.Value(new FastCheckChoices(random.nextInt(1, LAST_SEED)), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is FastCheckChoices {
    return value instanceof FastCheckChoices;
  }

  override shrink(value: FastCheckChoices): fc.Stream<fc.Value<FastCheckChoices>> {
    return fc.stream(simpler(value)).map((choices) => new fc.Value(choices, undefined));
  }
}

/**
 * Simpler luck: all answers the mildest, then halves of them, quarters and so on, then single answers milder. What is given from
 * then on is finite and gets less with each step, so it comes to an end.
 */
function* simpler(choices: FastCheckChoices): IterableIterator<FastCheckChoices> {
  const lucky = [...choices.asked].filter(([, answer]) => answer > 0);
  if (lucky.length === 0 && choices.seed === null) return;
  yield new FastCheckChoices(null);
  // What was asked is what was given; from here on nothing is left to the seed.
  if (choices.seed !== null) yield new FastCheckChoices(null, new Map(lucky));
  for (
    let size = Math.ceil(lucky.length / 2);
    size >= 1 && lucky.length > 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < lucky.length; from += size)
      yield new FastCheckChoices(null, new Map([...lucky.slice(0, from), ...lucky.slice(from + size)]));
  }
  for (const [question, answer] of lucky) {
    for (
      let less = Math.floor(answer / 2);
      less >= 1;
      less = less === answer - 1 ? 0 : Math.ceil((less + answer) / 2)
    )
      yield new FastCheckChoices(null, new Map([...lucky, [question, less]]));
  }
}

/**
 * Chance for a run that shrinks to no bad luck.
 *
 * @example
 * ```ts
 * test.prop([arb.chance()])('whoever loses frames, it settles', (choices) => {
 *   expect(lossy.run({ choices }).report.verdict.words).not.toContain('unsettled');
 * });
 * ```
 */
export function chance(): fc.Arbitrary<FastCheckChoices> {
  return new ChanceArbitrary();
}
