import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blockCountOf,
  blockOfRun,
  blocksOf,
  formatShard,
  isInShard,
  runCountOf,
  runsOfBlock,
  shardOfBlock,
  tryParseShard,
} from './shard.js';

const someRuns = fc.integer({ min: 1, max: 3000 });
const someShards = fc.integer({ min: 1, max: 40 });

const runsIn = (block: number, runs: number): number[] => {
  const { from, to } = runsOfBlock(block, runs);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
};

describe('every run', () => {
  test('is in exactly one shard of any division', () => {
    fc.assert(
      fc.property(someRuns, someShards, (runs, of) => {
        const dealt = Array.from({ length: of }, (_, index) =>
          [...blocksOf({ index: index + 1, of }, runs)].flatMap((block) => runsIn(block, runs)),
        );
        expect(dealt.flat().sort((one, other) => one - other)).toEqual(
          Array.from({ length: runs }, (_, index) => index + 1),
        );
        expect(dealt.map(({ length }) => length)).toEqual(
          Array.from({ length: of }, (_, index) => runCountOf({ index: index + 1, of }, runs)),
        );
      }),
    );
  });

  test('is in the block that it says', () => {
    fc.assert(
      fc.property(someRuns, someShards, (runs, of) => {
        for (let block = 0; block < blockCountOf(runs); block++) {
          expect(runsIn(block, runs).every((run) => blockOfRun(run, runs) === block)).toBe(true);
          expect(isInShard(block, shardOfBlock(block, of))).toBe(true);
        }
      }),
    );
  });

  test('is dealt evenly: a million runs to eight shards', () => {
    const counts = Array.from({ length: 8 }, (_, index) =>
      runCountOf({ index: index + 1, of: 8 }, 1_000_000),
    );
    expect(counts).toEqual(Array(8).fill(125_000));
  });
});

describe('a shard', () => {
  test.each(['1/1', '3/8', '8/8', '1000000/1000000'])('is read from %s and written so', (text) => {
    const shard = tryParseShard(text);
    expect(shard && formatShard(shard)).toBe(text);
  });

  test.each([
    '',
    '3',
    '0/8',
    '9/8',
    '3/0',
    '-1/8',
    '1.5/8',
    '3/8/2',
    ' 3/8',
    '3/8 ',
    '1e1/20',
    '03/8',
    '1/1000001',
    'a/b',
  ])('is not read from "%s"', (text) => {
    expect(tryParseShard(text)).toBeUndefined();
  });
});
