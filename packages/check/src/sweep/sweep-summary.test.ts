import { describe, expect, test } from 'vitest';
import { oneInAtLeast } from './bound.js';
import { FAILOVER, fakeSweeper, planOf, REPAIR } from './fake-sweeper.fixture.js';
import { blocksOf, WHOLE } from './shard.js';
import { sweepBlock } from './sweep-block.js';
import type { Sweeper } from './sweep-record.js';
import { type SweepSummary, summaryOf } from './sweep-summary.js';

function summarise(sweeper: Sweeper): SweepSummary {
  const blocks = [...blocksOf(WHOLE, sweeper.plan.runs)].map((block) => sweepBlock(sweeper, block));
  const swept = blocks.filter((block) => block !== undefined);
  return summaryOf({
    plan: planOf(sweeper.plan.runs),
    blocks: new Map(swept.map((each) => [each.block, each])),
  });
}

test('broken runs are grouped into stories by property and causes, each with its first run', () => {
  const summary = summarise(fakeSweeper(100, (run) => [6, 12, 18, 7, 8].includes(run)));
  expect(summary).toMatchObject({ word: 'broken', broken: 5, done: 100, oneIn: null, why: null });
  expect(
    summary.stories.map(({ property, causes, runs, first }) => [property, causes, runs, first.run]),
  ).toEqual([
    ['no-flap', 'power-off n0', 3, 6],
    ['single-owner', 'power-off n1', 1, 7],
    ['no-flap', 'power-off n2', 1, 8],
  ]);
});

test('coverage is a share of all runs, what never happened included', () => {
  expect(summarise(fakeSweeper(100)).covered).toEqual([
    { what: FAILOVER, share: 0.5 },
    { what: REPAIR, share: 0.2 },
  ]);
});

test('nothing is claimed if nothing of interest ever happened', () => {
  const dull: Sweeper = {
    ...fakeSweeper(40),
    runOnce: () => ({ broken: null, covered: [{ what: FAILOVER, happened: false }], worst: [] }),
  };
  expect(summarise(dull)).toMatchObject({
    word: 'inconclusive',
    why: `${FAILOVER} in none of 40 runs`,
    oneIn: oneInAtLeast(40),
  });
});

test('of equally long spans the first run is named', () => {
  const level: Sweeper = {
    ...fakeSweeper(60),
    runOnce: (run) => ({
      broken: null,
      covered: [],
      worst: [
        {
          what: 'dual',
          address: 'a',
          lasted: run < 30 ? 5 : 4,
          allowed: null,
          phase: 'settled',
          token: `s${run}`,
        },
      ],
    }),
  };
  expect(summarise(level).worst).toMatchObject([{ lasted: 5, run: 1, token: 's1' }]);
});

describe('the bound at 95 % confidence', () => {
  test('is that of no event in so many runs', () => {
    expect(oneInAtLeast(20_000)).toBe(6676);
    expect(oneInAtLeast(1)).toBe(1);
    expect(oneInAtLeast(0)).toBeUndefined();
  });

  test('leaves 5 % for a share that size to stay unseen', () => {
    for (const runs of [10, 999, 1e6]) {
      const share = 1 / (oneInAtLeast(runs) ?? 1);
      expect((1 - share) ** runs).toBeLessThanOrEqual(0.05 + 1e-9);
    }
  });
});

test('a block is left unfinished where it is told to stop', () => {
  let asked = 0;
  expect(sweepBlock(fakeSweeper(40), 0, () => ++asked < 5)).toBeUndefined();
  expect(asked).toBe(5);
});

test('a run in which viplab itself fails says how to have it alone', () => {
  const failing: Sweeper = {
    ...fakeSweeper(40),
    runOnce: () => {
      throw new RangeError('no such port');
    },
  };
  expect(() => sweepBlock(failing, 1)).toThrow('run 21 failed; alone it is --runs 1 --seed 21');
  expect(() => sweepBlock(failing, 1)).toThrow(
    expect.objectContaining({ stack: expect.stringContaining('RangeError: no such port') }),
  );
});
