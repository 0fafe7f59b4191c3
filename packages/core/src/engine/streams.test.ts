import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededChoices } from './choices.js';
import { Engine } from './engine.js';
import { digestOf, restoreState, saveState } from './snapshot.js';
import { Streams } from './streams.js';

interface Item {
  readonly n: number;
}

const setUp = (): { engine: Engine; streams: Streams<Item> } => {
  const engine = new Engine({ choices: new SeededChoices(1) });
  return { engine, streams: new Streams<Item>(engine, 'streams') };
};

const command = fc.oneof(
  fc.record({ do: fc.constant('push' as const), tag: fc.nat(3), n: fc.nat(9) }),
  fc.record({ do: fc.constant('shift' as const), tag: fc.nat(3) }),
  fc.record({
    do: fc.constant('replace' as const),
    tag: fc.nat(3),
    items: fc.array(fc.nat(9), { maxLength: 3 }),
  }),
);

describe('lines by tag', () => {
  test('are what a map of lists would be', () => {
    let longest = 0;
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => {
        const { streams } = setUp();
        const model = new Map<number, Item[]>();
        for (const one of commands) {
          const line = model.get(one.tag) ?? [];
          if (one.do === 'push') {
            streams.push(one.tag, { n: one.n });
            line.push({ n: one.n });
          } else if (one.do === 'shift') expect(streams.shift(one.tag)).toEqual(line.shift());
          else {
            streams.replace(
              one.tag,
              one.items.map((n) => ({ n })),
            );
            line.splice(0, line.length, ...one.items.map((n) => ({ n })));
          }
          model.set(one.tag, line);
          expect(streams.of(one.tag)).toEqual(line);
        }
        const all = [...model.values()].flat().length;
        longest = Math.max(longest, all);
        expect(streams.length).toBe(all);
        expect(streams.entries()).toEqual(
          [...model.keys()]
            .sort((a, b) => a - b)
            .flatMap((tag) => (model.get(tag) ?? []).map((item) => ({ tag, item }))),
        );
      }),
    );
    expect(longest).toBeGreaterThan(10);
  });

  test('are declared state: in the digest whatever the order of the tags, and back after a restore', () => {
    const one = setUp();
    one.streams.push(1, { n: 1 });
    one.streams.push(2, { n: 2 });
    const other = setUp();
    other.streams.push(2, { n: 2 });
    other.streams.push(1, { n: 1 });
    const saved = saveState(one.engine);
    expect(digestOf(saveState(other.engine))).toBe(digestOf(saved));
    other.streams.shift(1);
    other.streams.push(3, { n: 3 });
    expect(digestOf(saveState(other.engine))).not.toBe(digestOf(saved));
    restoreState(other.engine, saved);
    expect(other.streams.entries()).toEqual(one.streams.entries());
    expect(other.streams.length).toBe(2);
  });

  test('an empty line and a cleared one are none', () => {
    const { streams } = setUp();
    expect([streams.of(7), streams.shift(7), streams.length]).toEqual([[], undefined, 0]);
    streams.push(7, { n: 1 });
    streams.clear();
    expect([streams.of(7), streams.length]).toEqual([[], 0]);
  });
});
