import {
  defineLab,
  type Lab,
  type LabDesign,
  type Nanoseconds,
  parseDuration,
  type Verdict,
} from '@viplab/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { budgetsOf } from './budgets.js';
import { flapFree } from './flap-free.js';
import { MonitorSet } from './monitor-set.js';
import { randomCarpDesign } from './random-carp-lab.fixture.js';
import { randomDesign } from './random-lab.fixture.js';

/** The words that the report has for what a property forbids. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'no-flap': ['flap'],
  'no-flux': ['flux'],
  'single-owner': ['dual'],
  'not-headless': ['headless'],
  // What goes on until the end the report has named already; a VIP that is taken and lost again and again is a flap.
  settles: ['dual', 'headless', 'unsettled', 'flap'],
  'every-client-lands': ['unsettled'],
};

/** The words of one property each, that hold for good once they are said. */
const FINAL: Readonly<Record<string, string>> = {
  'no-flap': 'flap',
  'no-flux': 'flux',
  'single-owner': 'dual',
  'not-headless': 'headless',
};

interface Watched {
  readonly verdict: Verdict;
  /** The properties that were violated in the end. */
  readonly said: readonly string[];
  /** When each property was violated first. */
  readonly firstAt: ReadonlyMap<string, Nanoseconds>;
}

function watched(lab: Lab, seed: number, until: Nanoseconds = lab.plan.duration): Watched {
  const firstAt = new Map<string, Nanoseconds>();
  const sets: MonitorSet[] = [];
  const run = lab.run({
    seed,
    until,
    attach: (network) => {
      const { engine } = network;
      const set = new MonitorSet(network, budgetsOf(lab.design, lab.plan), flapFree()).listen();
      sets.push(set);
      const { afterEvent } = engine;
      engine.afterEvent = () => {
        afterEvent?.();
        for (const { property } of set.violations)
          if (!firstAt.has(property)) firstAt.set(property, engine.now);
      };
    },
  });
  const said = (sets[0]?.violations ?? []).map(({ property }) => property);
  return { verdict: run.report.verdict, said, firstAt };
}

/** The same lab and nothing that comes after an instant. */
const upTo = (design: LabDesign, at: Nanoseconds): Lab =>
  defineLab({ ...design, schedule: (design.schedule ?? []).filter((line) => parseDuration(line.at) <= at) });

const isIn = (words: readonly string[], word: string): boolean => words.includes(word);

/** Runs labs at random; what was said in all. */
function agree(designs: fc.Arbitrary<LabDesign>, runs: number) {
  const words = new Map<string, number>();
  const properties = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  fc.assert(
    fc.property(designs, fc.integer({ min: 1, max: 1_000_000 }), (design, seed) => {
      const { verdict, said, firstAt } = watched(defineLab(design), seed);
      const told = JSON.stringify(verdict.findings);
      expect(said.flatMap((property) => FINAL[property] ?? []).sort(), told).toEqual(
        verdict.words.filter((word) => isIn(Object.values(FINAL), word)).sort(),
      );
      if (verdict.words.includes('unsettled'))
        expect(
          said.some((property) => isIn(WORDS[property] ?? [], 'unsettled')),
          told,
        ).toBe(true);
      for (const word of verdict.words) count(words, word);
      for (const [property, at] of firstAt) {
        count(properties, property);
        // Where a monitor would end the run, the report of that run says the same.
        const early = watched(upTo(design, at), seed, at).verdict;
        const agrees = early.words.some((word) => isIn(WORDS[property] ?? [], word));
        expect(agrees, `${property} at ${at}, but ${early.words.join(' ')} of ${told}`).toBe(true);
      }
    }),
    { numRuns: runs, seed: 7 },
  );
  return { words, properties };
}

/** That none of it was said idly. */
function expectAll({ words, properties }: ReturnType<typeof agree>, fewest: number): void {
  for (const word of ['no-flap', 'unsettled', ...Object.values(FINAL)])
    expect(words.get(word) ?? 0, `${word} in ${JSON.stringify([...words])}`).toBeGreaterThanOrEqual(fewest);
  for (const { name } of flapFree())
    expect(properties.get(name) ?? 0, `${name} in ${JSON.stringify([...properties])}`).toBeGreaterThanOrEqual(
      fewest,
    );
}

test('the monitors say of hundreds of random runs what the report says', { timeout: 180_000 }, () => {
  expectAll(agree(randomDesign, 300), 3);
});

test('and of CARP in kernels, of every system, alone and side by side', { timeout: 180_000 }, () => {
  expectAll(agree(randomCarpDesign, 300), 2);
});
