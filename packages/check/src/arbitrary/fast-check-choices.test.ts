import { type Choices, defineLab, SeededChoices } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PAIR } from '../campaign/labs.fixture.js';
import { chance, FastCheckChoices } from './fast-check-choices.js';

/** Asks a site several times. */
const ask = (choices: Choices, name: string, options: number, times: number): number[] => {
  const site = { name, position: 0 };
  return Array.from({ length: times }, () => choices.choose(site, options));
};

describe('FastCheckChoices', () => {
  test('answers as the seeded source does, and the same question in the same way', () => {
    const choices = new FastCheckChoices(7);
    const first = ask(choices, 'n1/loss', 1000, 20);
    expect(first).toEqual(ask(new SeededChoices(7), 'n1/loss', 1000, 20));
    expect(ask(choices, 'n1/loss', 1000, 20)).toEqual(first);
    expect(choices.asked.size).toBe(20);
  });

  test('a given answer beyond the options is the worst of them; what is not given is the mildest without a seed', () => {
    const choices = new FastCheckChoices(null, new Map([['a#1', 9]]));
    expect(ask(choices, 'a', 5, 3)).toEqual([0, 4, 0]);
    const mishaps = new FastCheckChoices(null, new Map([['sw1~n2/loss#1', 9]]));
    expect(ask(mishaps, 'sw1~n2/loss', 5, 3)).toEqual([4, 0, 4]);
  });

  test('shrinks to the one answer that matters, and that to the smallest', () => {
    const details = fc.check(
      fc.property(chance(), (choices) => {
        const drawn = ['a', 'b', 'c'].flatMap((name) => ask(choices, name, 1000, 10));
        return (drawn[14] ?? 0) < 300;
      }),
      { seed: 1, numRuns: 1000 },
    );
    const found = details.counterexample?.[0];
    expect([...(found?.given ?? [])]).toEqual([['b#4', 300]]);
    expect(fc.stringify(found)).toBe('chance({b#4: 300})');
  });

  test('shrinks to no bad luck where none is needed', () => {
    const details = fc.check(
      fc.property(chance(), (choices) => ask(choices, 'a', 1000, 10).length === 0),
      { seed: 1, numRuns: 10 },
    );
    expect(details.counterexample?.[0].given.size).toBe(0);
    expect(fc.stringify(details.counterexample?.[0])).toBe('chance({})');
  });

  test('bad luck inside the simulator shrinks: of a lossy cable, only the frames that matter are lost', () => {
    const lab = defineLab({
      ...PAIR,
      nodes: { sw1: { kind: 'switch' }, ...PAIR.nodes },
      links: [['n1', 'sw1'], { between: ['n2', 'sw1'], loss: '40%' }, ['c1', 'sw1']],
    });
    // Three adverts in a row are lost on their way to n2, so that it becomes master beside n1.
    const isBad = (choices: Choices): boolean =>
      lab
        .run({ choices, until: '8s' })
        .trace.filter('vrrp.state')
        .some(({ node, to }) => node === 'n2' && to === 'MASTER');
    const details = fc.check(
      fc.property(chance(), (choices) => !isBad(choices)),
      { seed: 1, numRuns: 50 },
    );
    expect(details.failed).toBe(true);
    const found = details.counterexample?.[0] as FastCheckChoices;
    expect(isBad(new FastCheckChoices(null, found.given))).toBe(true);
    const questions = [...found.given.keys()];
    for (const question of questions) {
      expect(question).toMatch(/loss#\d+$/);
      const less = new Map(found.given);
      less.delete(question);
      expect(isBad(new FastCheckChoices(null, less)), question).toBe(false);
    }
    // Three adverts, or n1's first advert and so the boot's election.
    expect(questions.length).toBeLessThanOrEqual(3);
  });
});
