import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeSweeper, fileOf, planOf } from './fake-sweeper.fixture.js';
import { describeGap, gapsOf } from './gaps.js';
import { mergeSweeps, type NamedSweep, planDifference, SweepMismatch } from './merge-sweeps.js';
import { readSweep } from './read-sweep.js';
import { blocksOf, formatShard, type Shard, WHOLE } from './shard.js';
import { sweepBlock } from './sweep-block.js';
import { blockLines, endLine, headerLine } from './sweep-lines.js';
import { summaryJson, summaryOf } from './sweep-summary.js';

const RUNS = 450;
const sweeper = fakeSweeper(RUNS);
const unsharded = summaryJson(summaryOf(mergeSweeps(read(fileOf(sweeper, WHOLE), 'whole'))));

function read(text: string, file: string): NamedSweep[] {
  return readSweep(text, file).parts.map((part) => ({ ...part, file }));
}

const merged = (parts: readonly NamedSweep[]): object => summaryJson(summaryOf(mergeSweeps(parts)));

/** Another order of the same, by some numbers. */
const shuffled =
  (keys: readonly number[]) =>
  <T>(list: readonly T[]): T[] =>
    list
      .map((entry, index) => ({ entry, key: keys[index % keys.length] ?? 0 }))
      .sort((one, other) => one.key - other.key)
      .map(({ entry }) => entry);

const someKeys = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 25 });
const someDivision = fc.integer({ min: 1, max: 30 });
const shardsOf = (of: number): Shard[] =>
  Array.from({ length: of }, (_, index) => ({ index: index + 1, of }));

describe('the merge of all shards', () => {
  test('equals the sweep without shards, whatever the division and the order', () => {
    fc.assert(
      fc.property(someDivision, someKeys, (of, keys) => {
        const parts = shuffled(keys)(shardsOf(of)).flatMap((shard) =>
          read(fileOf(sweeper, shard, shuffled(keys)), formatShard(shard)),
        );
        expect(merged(parts)).toEqual(unsharded);
        expect(gapsOf(parts)).toEqual([]);
      }),
    );
  });

  test('counts once what is in several files, of several divisions', () => {
    fc.assert(
      fc.property(someDivision, someDivision, someKeys, (one, other, keys) => {
        const shards = shuffled(keys)([...shardsOf(one), ...shardsOf(other), ...shardsOf(one)]);
        expect(merged(shards.flatMap((shard) => read(fileOf(sweeper, shard), formatShard(shard))))).toEqual(
          unsharded,
        );
      }),
    );
  });

  test('of files joined end to end is the same', () => {
    const all = shardsOf(4).map((shard) => fileOf(sweeper, shard));
    expect(merged(read(all.join(''), 'all.jsonl'))).toEqual(unsharded);
  });
});

describe('a sweep that is torn off anywhere and resumed', () => {
  test('equals one that was not', () => {
    const text = fileOf(sweeper, WHOLE);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 3 }), (cuts) => {
        let left = '';
        for (const cut of cuts) left = resumed(left).slice(0, cut);
        const whole = resumed(left);
        expect(readSweep(whole, 'part.jsonl').parts[0]?.isComplete).toBe(true);
        expect(merged(read(whole, 'part.jsonl'))).toEqual(unsharded);
      }),
      { numRuns: 60 },
    );
  });
});

/** What the command does: cuts a torn line off, skips what is finished, writes the rest. */
function resumed(text: string): string {
  const { parts, isTorn } = readSweep(text, 'part.jsonl');
  const kept = isTorn ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
  const ended = kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`;
  if (parts[0]?.isComplete === true) return ended;
  const done = parts[0]?.blocks ?? new Map();
  const rest = [...blocksOf(WHOLE, RUNS)]
    .filter((block) => !done.has(block))
    .map((block) => sweepBlock(sweeper, block))
    .filter((block) => block !== undefined);
  const broken = Math.floor(RUNS / 7);
  return `${ended}${parts.length === 0 ? headerLine(planOf(RUNS)) : ''}${rest.map(blockLines).join('')}${endLine(RUNS, broken)}`;
}

describe('gaps', () => {
  const parts = (shards: readonly Shard[]): NamedSweep[] =>
    shards.flatMap((shard) => read(fileOf(sweeper, shard), `part${shard.index}.jsonl`));

  test('are the shards that no file has, and nothing is claimed to hold', () => {
    const calm = fakeSweeper(RUNS, () => false);
    const some = shardsOf(8)
      .filter(({ index }) => index !== 5)
      .flatMap((shard) => read(fileOf(calm, shard), `part${shard.index}.jsonl`));
    const gaps = gapsOf(some);
    expect(gaps.map(describeGap)).toEqual(['5/8 is missing']);
    const summary = summaryOf(mergeSweeps(some));
    expect([summary.word, summary.asked - summary.done]).toEqual(['inconclusive', gaps[0]?.runs]);
    const all = shardsOf(8).flatMap((shard) => read(fileOf(calm, shard), 'x'));
    expect(summaryOf(mergeSweeps(all))).toMatchObject({ word: 'held', why: null, oneIn: 150 });
  });

  test('are unfinished files too', () => {
    const text = fileOf(sweeper, { index: 2, of: 2 });
    const cut = text.slice(0, text.length - 200);
    const some = [...parts([{ index: 1, of: 2 }]), ...read(cut, 'two.jsonl')];
    expect(gapsOf(some)).toMatchObject([{ shard: { index: 2, of: 2 }, file: 'two.jsonl' }]);
    expect(gapsOf(some).map(describeGap)).toEqual(['2/2 is unfinished']);
  });

  test('are told in the division that leaves the least to do', () => {
    const some = parts([{ index: 1, of: 2 }, ...shardsOf(8).filter(({ index }) => index !== 4)]);
    expect(gapsOf(some)).toEqual([expect.objectContaining({ shard: { index: 4, of: 8 }, file: null })]);
  });
});

describe('files that do not belong together', () => {
  const campaign = {
    name: 'one fault',
    faults: ['power-off'],
    atOnce: 1,
    inAll: 1,
    repairs: false,
    faultsFrom: 'settled',
    lostFrames: 0,
    startWithin: 0,
    driftPpm: 0,
  } as const;

  test.each([
    [{ lab: { name: 'pair', digest: '81hcs0pn' } }, 'lab 81hcs0pn, not 7q2mzk4d'],
    [{ seed: 2 }, 'seed 2, not 1'],
    [{ runs: 20 }, 'runs 20, not 450'],
    [{ viplab: '0.2.0' }, 'viplab 0.2.0, not 0.1.0'],
    [{ properties: ['no-flap'] }, 'properties no-flap, not no-flap single-owner'],
    [{ campaign }, `campaign "one fault", not "the lab's schedule"`],
  ])('are refused, saying that it is %j', (changes, problem) => {
    expect(planDifference(planOf(RUNS, changes), planOf(RUNS))).toContain(problem);
    const other = { plan: planOf(RUNS, changes), blocks: new Map(), file: 'b.jsonl' };
    expect(() => mergeSweeps([{ plan: planOf(RUNS), blocks: new Map(), file: 'a.jsonl' }, other])).toThrow(
      /^b\.jsonl: it is of another sweep than a\.jsonl: /,
    );
  });

  test('are told by the key in which campaigns of one name differ', () => {
    const twice = { ...campaign, inAll: 2 };
    expect(planDifference(planOf(RUNS, { campaign: twice }), planOf(RUNS, { campaign }))).toBe(
      'campaign in_all 2, not 1',
    );
  });

  test('are one sweep if only shard, words and the name of the lab differ', () => {
    const here = planOf(RUNS, {
      shard: { index: 1, of: 2 },
      words: ['x'],
      lab: { name: 'y', digest: '7q2mzk4d' },
    });
    expect(planDifference(here, planOf(RUNS))).toBeUndefined();
  });

  test('contradict each other where a block was counted otherwise', () => {
    const other = fakeSweeper(RUNS, (run) => run === 3);
    const parts = [...read(fileOf(sweeper, WHOLE), 'a.jsonl'), ...read(fileOf(other, WHOLE), 'b.jsonl')];
    expect(() => mergeSweeps(parts)).toThrow(SweepMismatch);
    expect(() => mergeSweeps(parts)).toThrow('b.jsonl: it contradicts a.jsonl in block 0');
  });
});
