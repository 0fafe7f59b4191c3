import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joined, longestOf, overlay, stretchAt, tile, totalOf } from './interval.js';

const changes = fc
  .array(fc.record({ time: fc.nat(50), state: fc.constantFrom('a', 'b', 'c') }), { maxLength: 20 })
  .map((all) => all.sort((one, other) => one.time - other.time));

describe('tile', () => {
  test('of several changes at one instant the last counts', () => {
    expect(
      tile(
        [
          { time: 3, state: 'b' },
          { time: 3, state: 'c' },
          { time: 5, state: 'c' },
        ],
        'a',
        10,
      ),
    ).toEqual([
      { from: 0, to: 3, state: 'a' },
      { from: 3, to: 10, state: 'c' },
    ]);
  });

  test('a state that comes and goes within an instant leaves no mark', () => {
    expect(
      tile(
        [
          { time: 3, state: 'b' },
          { time: 3, state: 'a' },
        ],
        'a',
        10,
      ),
    ).toEqual([{ from: 0, to: 10, state: 'a' }]);
  });

  test('nothing happens in a run of no length, nor after the end', () => {
    expect(tile([{ time: 0, state: 'b' }], 'a', 0)).toEqual([]);
    expect(tile([{ time: 10, state: 'b' }], 'a', 10)).toEqual([{ from: 0, to: 10, state: 'a' }]);
  });

  test('tiles the run, neighbours differ, and each instant has the state of the last change', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 60 }), (all, duration) => {
        const tiles = tile(all, 'a', duration);
        expect(tiles[0]?.from).toBe(0);
        expect(tiles.at(-1)?.to).toBe(duration);
        tiles.slice(1).forEach((stretch, index) => {
          expect(stretch.from).toBe(tiles[index]?.to);
          expect(stretch.state).not.toBe(tiles[index]?.state);
        });
        for (let time = 0; time < duration; time++) {
          expect(stretchAt(tiles, time)?.state).toBe(
            all.findLast((change) => change.time <= time)?.state ?? 'a',
          );
        }
      }),
    );
  });
});

test('overlay cuts two tilings at each other and keeps what each says', () => {
  fc.assert(
    fc.property(changes, changes, (ones, others) => {
      const one = tile(ones, 'a', 40);
      const other = tile(others, 'b', 40);
      const pieces = overlay(one, other);
      expect(totalOf(pieces)).toBe(40);
      for (const piece of pieces) {
        expect(piece.one).toBe(stretchAt(one, piece.from));
        expect(piece.other).toBe(stretchAt(other, piece.to - 1));
      }
    }),
  );
});

test('joined joins what touches and nothing else', () => {
  const intervals = joined([
    { from: 1, to: 2 },
    { from: 2, to: 4 },
    { from: 5, to: 6 },
  ]);
  expect(intervals).toEqual([
    { from: 1, to: 4 },
    { from: 5, to: 6 },
  ]);
  expect(longestOf(intervals)).toBe(3);
  expect(longestOf([])).toBe(0);
});
