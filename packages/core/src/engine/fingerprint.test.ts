import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprint, Hasher } from './fingerprint.js';

const plain = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), tie('any'), { maxKeys: 4 }),
  ),
})).any;

/** A copy that shares nothing, with the keys of every object in the opposite order. */
function turned(data: unknown): unknown {
  if (data instanceof Uint8Array) return new Uint8Array(data);
  if (Array.isArray(data)) return data.map(turned);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  );
}

describe('fingerprint', () => {
  test('goes by content, not by identity or order of keys', () => {
    fc.assert(
      fc.property(plain, (data) => {
        expect(fingerprint(turned(data))).toBe(fingerprint(data));
      }),
    );
  });

  test('is a non-negative integer of at most 53 bits', () => {
    fc.assert(
      fc.property(plain, (data) => {
        const value = fingerprint(data);
        expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }),
    );
  });

  test('tells apart what could be confused', () => {
    const all: unknown[] = [
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      97,
      4097,
      4098,
      4099,
      4100,
      0.5,
      1.5,
      -1,
      2 ** 31,
      2 ** 32,
      2 ** 53 - 1,
      0x7ff80000,
      true,
      false,
      null,
      undefined,
      '',
      '0',
      'a',
      'ab',
      [],
      [[]],
      [[], []],
      [0],
      [1],
      [97],
      [null],
      ['a'],
      ['ab'],
      ['a', 'b'],
      {},
      [{}],
      { a: 1 },
      { a: {} },
      { a: { b: 1 } },
      { a: {}, b: 1 },
      { a: [], b: 1 },
      { ab: 1 },
      { a: 'b' },
      { a: null },
      { a: undefined },
      new Uint8Array(0),
      new Uint8Array(1),
      new Uint8Array([97]),
      new Uint8Array([0, 0]),
      new Uint16Array([97]),
      new Float64Array([97]),
      [1.5],
      [1, 0x3ff80000, 0],
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ];
    expect(new Set(all.map(fingerprint)).size).toBe(all.length);
    expect(fingerprint(-0)).toBe(fingerprint(0));
  });

  test('has no collision over many small inputs', () => {
    const seen = new Set<number>();
    let count = 0;
    const add = (data: unknown): void => {
      seen.add(fingerprint(data));
      count++;
    };
    for (let a = 0; a < 400; a++) for (let b = 0; b < 400; b++) add([a, b]);
    for (let word = 0; word < 100_000; word++) add(word);
    for (let bit = 0; bit < 32; bit++)
      for (let other = 0; other < bit; other++) add(['bits', 2 ** bit, 2 ** other]);
    for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) add(new Uint8Array([0, a, 0, b]));
    expect(seen.size).toBe(count);
  });

  test('both lanes of the digest are used: low and high halves alone hardly collide', () => {
    const high = new Set<string>();
    const low = new Set<string>();
    for (let word = 0; word < 20_000; word++) {
      const hasher = new Hasher();
      hasher.addInt(word);
      hasher.addInt(word * 64);
      const hex = hasher.hex();
      expect(hex).toMatch(/^[0-9a-f]{16}$/);
      high.add(hex.slice(0, 8));
      low.add(hex.slice(8));
    }
    expect(high.size).toBeGreaterThan(19_990);
    expect(low.size).toBeGreaterThan(19_990);
  });

  test.each<[string, unknown]>([
    ['function', () => 0],
    ['symbol', Symbol('x')],
    ['bigint', 1n],
    ['Map', new Map([[1, 2]])],
    ['Set', new Set([1])],
    ['Date', new Date(0)],
    ['DataView', new DataView(new ArrayBuffer(2))],
  ])('refuses a %s, also inside', (name, data) => {
    expect(() => fingerprint(data)).toThrow(name);
    expect(() => fingerprint({ a: [data] })).toThrow(TypeError);
  });

  test('golden values: digests stay the same from release to release', () => {
    const golden = [
      0,
      1,
      -1,
      1.5,
      '',
      'viplab',
      true,
      null,
      [1, 2, 3],
      { b: 1, a: [true] },
      new Uint8Array([1, 2, 3]),
    ].map(fingerprint);
    expect(golden).toMatchInlineSnapshot(`
      [
        7844553897885717,
        7372568185387726,
        5679388147349503,
        3469214390834656,
        2159572227437747,
        8668297776758859,
        7273007375490600,
        445732905933964,
        3101917988144616,
        6700075676726997,
        3993380127582962,
      ]
    `);
    expect(new Hasher().hex()).toMatchInlineSnapshot(`"92ca2f0e1388a0fb"`);
  });
});
