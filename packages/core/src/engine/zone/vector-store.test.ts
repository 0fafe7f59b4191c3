import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VectorStore } from './vector-store.js';

/** Few different numbers, so that vectors come twice; small, huge, negative, fractions and the end of all time. */
const word = fc.constantFrom(
  0,
  1,
  -1,
  2,
  255,
  2 ** 31,
  2 ** 32 + 1,
  -(2 ** 40),
  2 ** 53 - 1,
  0.5,
  Number.POSITIVE_INFINITY,
);
const vector = fc.array(word, { maxLength: 5 });

describe('a store of vectors', () => {
  test('gives the same id to the same content and another to any other, as a map of texts does', () => {
    fc.assert(
      fc.property(fc.array(vector, { maxLength: 60 }), (vectors) => {
        const store = new VectorStore();
        const known = new Map<string, number>([['', 0]]);
        for (const content of vectors) {
          const text = content.join(' ');
          const id = store.intern(content, content.length);
          expect(id).toBe(known.get(text) ?? known.size);
          known.set(text, id);
          expect([...store.view(id)]).toEqual(content);
          expect(store.lengthOf(id)).toBe(content.length);
          expect(content.every((value, at) => store.at(id, at) === value)).toBe(true);
          expect(store.matches(id, content, content.length)).toBe(true);
          expect(store.matches(id, [...content, 7], content.length + 1)).toBe(false);
        }
        expect(store.size).toBe(known.size);
      }),
    );
  });

  test('grows: a hundred thousand vectors are found again', () => {
    const store = new VectorStore();
    const count = 100_000;
    const content = new Float64Array(3);
    let wrong = 0;
    for (let round = 0; round < 2; round++)
      for (let index = 0; index < count; index++) {
        content[0] = index % 1000;
        content[1] = Math.floor(index / 1000);
        content[2] = -index;
        if (store.intern(content, 3) !== index + 1) wrong++;
      }
    expect(wrong).toBe(0);
    expect(store.size).toBe(count + 1);
    expect(store.at(count, 2)).toBe(1 - count);
    expect(store.bytes).toBeLessThan(count * 100);
  });

  test('reads no further than it is told, and keeps a copy', () => {
    const store = new VectorStore();
    const content = [1, 2, 3, 4];
    const id = store.intern(content, 2);
    content[0] = 9;
    expect([...store.view(id)]).toEqual([1, 2]);
    expect(store.intern([1, 2, 99], 2)).toBe(id);
    expect(store.intern([], 0)).toBe(0);
  });
});
