import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededChoices } from './choices.js';
import { Engine } from './engine.js';
import { TaggedQueue, type Waiting } from './tagged-queue.js';

interface Item {
  readonly number: number;
}

const queueOf = (limit: number): TaggedQueue<Item> =>
  new TaggedQueue<Item>(new Engine({ choices: new SeededChoices(1) }), 'queue', limit);

const tag = fc.integer({ min: 0, max: 2 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), tag }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('shift' as const), tag }) },
  fc.record({ do: fc.constantFrom('drain' as const, 'clear' as const, 'refill' as const), tag }),
);

describe('TaggedQueue', () => {
  test('does what a plain list does, whatever is done to it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(step, { maxLength: 400, size: 'max' }),
        (limit, steps) => {
          const queue = queueOf(limit);
          let model: Waiting<Item>[] = [];
          const shift = (of: number): Item | undefined => {
            const at = model.findIndex((entry) => entry.tag === of);
            return at < 0 ? undefined : model.splice(at, 1)[0]?.item;
          };
          const count = (of: number): number => model.filter((entry) => entry.tag === of).length;
          steps.forEach((each, number) => {
            const item = { number };
            switch (each.do) {
              case 'push': {
                const oldest = count(each.tag) >= limit ? shift(each.tag) : undefined;
                model.push({ tag: each.tag, item });
                expect(queue.push(each.tag, item)).toBe(oldest);
                break;
              }
              case 'shift':
                expect(queue.shift(each.tag)).toBe(shift(each.tag));
                break;
              case 'drain':
                expect(queue.drain(each.tag)).toEqual(
                  model.filter((entry) => entry.tag === each.tag).map((entry) => entry.item),
                );
                model = model.filter((entry) => entry.tag !== each.tag);
                break;
              case 'clear':
                queue.clear();
                model = [];
                break;
              case 'refill':
                queue.refill([...queue.entries()]);
                expect(queue.entries()).toEqual(model);
            }
            expect([queue.length, queue.count(each.tag)]).toEqual([model.length, count(each.tag)]);
          });
          expect(queue.entries()).toEqual(model);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a long line keeps its order', () => {
    const queue = queueOf(Number.MAX_SAFE_INTEGER);
    const taken: (number | undefined)[] = [];
    for (let number = 0; number < 1000; number++) {
      queue.push(0, { number });
      if (number % 3 === 2) taken.push(queue.shift(0)?.number);
    }
    while (queue.length > 0) taken.push(queue.shift(0)?.number);
    expect(taken).toEqual(Array.from({ length: 1000 }, (_, number) => number));
  });
});
