import { defineLab, type LabDesign } from '@viplab/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deed } from '../campaign/fault.js';
import type { Scenario } from '../campaign/scenario.js';
import { PackedReader, PackedWriter } from './packed-bytes.js';
import { pairDesign } from './pair.fixture.js';
import { canonical, scenarioOfPath, scenarioOfToken, scenarioPath, scenarioToken } from './scenario-token.js';

const DESIGN: LabDesign = pairDesign(150, 100);
const lab = defineLab(DESIGN);
const { plan } = lab;

const time = fc.oneof(
  fc.nat({ max: 120 }).map((seconds) => seconds * 1e9),
  fc.nat({ max: 120_000_000 }).map((micros) => micros * 1000),
  fc.maxSafeNat().map((ns) => ns % 1e15),
);
const host = fc.constantFrom('n1', 'n2', 'c1');
const spans = fc.dictionary(host, time, { maxKeys: 3, noNullPrototype: true });
const word = fc.oneof(fc.constantFrom('vrrp', 'arp', 'keepalived', 'eth0'), fc.string({ unit: 'grapheme' }));
const deed = fc.record(
  {
    do: fc.constantFrom('power-off', 'power-on', 'one-way-loss', 'heal', 'set-delay', 'flush-neighbours'),
    node: fc.oneof(host, fc.constant('sw1')),
    from: host,
    to: host,
    daemon: word,
    only: word,
    script: word,
    good: fc.boolean(),
    ppm: fc.integer({ min: -100_000, max: 100_000 }),
    count: fc.nat(),
    delay: fc.constantFrom('5ms', '1s', '50us'),
  },
  { requiredKeys: ['do'], noNullPrototype: true },
) as fc.Arbitrary<Deed>;
const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    seed: fc.maxSafeNat(),
    starts: spans,
    ready: spans,
    actions: fc.array(fc.record({ at: time, deed }, { noNullPrototype: true }), { maxLength: 6 }),
    losses: fc.array(fc.record({ at: time, node: host, kind: fc.constantFrom('vrrp', 'arp') }), {
      maxLength: 4,
    }),
    latency: fc.option(
      time.map((ns) => ns + 1),
      { nil: undefined },
    ),
    until: time,
  })
  .map(({ latency, ...rest }) =>
    latency === undefined ? rest : { ...rest, latency },
  ) as fc.Arbitrary<Scenario>;

describe('a scenario in a token', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const path = scenarioPath(plan, given);
        expect(path).toMatch(/^[0-9A-Za-z]+$/);
        expect(scenarioOfPath(plan, path)).toEqual(canonical(given));
      }),
    );
  });

  test('is short where its instants are round', () => {
    const one: Scenario = {
      seed: 1,
      starts: {},
      ready: { n1: 30e6, n2: 30e6 },
      actions: [{ at: 4e9, deed: { do: 'drop-multicast', node: 'sw1' } }],
      losses: [],
      until: 20e9,
    };
    expect(scenarioPath(plan, one).length).toBeLessThanOrEqual(32);
    expect(scenarioToken(lab, one)).toBe(`vl2-${lab.digest}-c${scenarioPath(plan, one)}`);
    expect(scenarioOfToken(lab, scenarioToken(lab, one))).toEqual(one);
  });

  test('does not depend on the order of names, nor on starts at 0', () => {
    const base = { seed: 1, ready: {}, actions: [], losses: [], until: 1e9 };
    const one = scenarioPath(plan, { ...base, starts: { n1: 1e9, n2: 2e9, c1: 0 } });
    expect(scenarioPath(plan, { ...base, starts: { n2: 2e9, n1: 1e9 } })).toBe(one);
  });

  test('cut short, or with one character changed, is refused and nothing else happens', () => {
    fc.assert(
      fc.property(scenario, fc.nat(), fc.nat({ max: 60 }), (given, place, shift) => {
        const path = scenarioPath(plan, given);
        const at = place % path.length;
        expect(() => scenarioOfPath(plan, path.slice(0, at))).toThrow(
          /^the token's choices cannot be read: /,
        );
        const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
        const other = letters[(letters.indexOf(path[at] ?? '') + 1 + shift) % letters.length] ?? '';
        const mistyped = path.slice(0, at) + other + path.slice(at + 1);
        if (mistyped !== path) expect(() => scenarioOfPath(plan, mistyped)).toThrow(RangeError);
      }),
      // One mistyped character in about 65 000 meets the same checksum.
      { seed: 7 },
    );
  });

  test('of any letters is refused or read, never worse', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (path) => {
        expect(() => scenarioOfPath(plan, path)).toThrow(RangeError);
      }),
    );
  });

  test('with a good checksum and bad content is refused', () => {
    const forged = (write: (writer: PackedWriter) => void): string => {
      const writer = new PackedWriter();
      write(writer);
      return writer.toText();
    };
    const numbers = (...values: number[]) => forged((writer) => values.map((value) => writer.number(value)));
    const bad: readonly [string, RegExp][] = [
      [numbers(), /ends too early/],
      [numbers(9), /laid out in form 9/],
      [numbers(1, 1, 16, 0, 1, 77, 16), /name node 78, and the lab has 4/],
      [numbers(1, 1, 16, 0, 999_999_999), /ends too early/],
      [numbers(1, 1, 16, 0, 0, 0, 1, 16, 99), /an action that this release does not know/],
      [numbers(1, 1, 16, 0, 0, 0, 1, 16, 0, 2 ** 30), /a key that this release/],
      [numbers(1, 1, 16, 0, 0, 0, 1, 16, 0, 2 ** 3, 200), /a word that this release/],
      [numbers(1, 1, 16, 0, 0, 0, 0, 0, 5), /longer than what they say/],
      [numbers(1, 1, Number.MAX_SAFE_INTEGER), /too (large|early)/],
      ['1'.repeat(30_000), /too long/],
    ];
    for (const [path, words] of bad) expect(() => scenarioOfPath(plan, path), path).toThrow(words);
  });

  test('of another lab is refused', () => {
    const other = defineLab(pairDesign(150, 110));
    const token = scenarioToken(lab, { seed: 1, starts: {}, ready: {}, actions: [], losses: [], until: 1e9 });
    expect(() => scenarioOfToken(other, token)).toThrow(/the token is for lab .{8}; this is .{8}/);
    expect(() => scenarioOfToken(lab, `vl2-${lab.digest}-s1`)).toThrow(/names no choices/);
    const stranger: Scenario = { seed: 1, starts: { n9: 1 }, ready: {}, actions: [], losses: [], until: 1 };
    expect(() => scenarioToken(lab, stranger)).toThrow("no node 'n9' in the lab (n1 n2 c1 sw1)");
  });
});

test('times that are none are not packed', () => {
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 60])
    expect(() => new PackedWriter().time(wrong)).toThrow(RangeError);
  expect(() => new PackedReader('ä')).toThrow(/no letter and no digit/);
});
