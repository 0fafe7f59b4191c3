import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Terminal } from '../terminal.js';
import { clock, grouped, percent } from './quantities.js';
import { progressLine, SweepProgress, type SweepState } from './sweep-progress.js';

const state = (changes: Partial<SweepState> = {}): SweepState => ({
  shard: { index: 3, of: 8 },
  asked: 125_000,
  made: 77_812,
  before: 0,
  broken: 2,
  stories: 1,
  elapsed: 6948,
  ...changes,
});

describe('the line of progress', () => {
  test('has shard, share, runs, rate, what is broken, and the time that is left', () => {
    expect(progressLine(state())).toBe(
      '3/8  62 %  ~77 812 of 125 000 runs  ~11 000/s  2 broken (1 story)  0:07, about 0:04 left',
    );
  });

  test('promises nothing before a rate is known', () => {
    expect(
      progressLine(state({ shard: { index: 1, of: 1 }, made: 20, elapsed: 400, broken: 0, stories: 0 })),
    ).toBe('0 %  ~20 of 125 000 runs  0 broken  0:00');
  });

  test('counts what stood in the file before, and does not take it for speed', () => {
    const line = progressLine(
      state({ before: 100_000, made: 12_500, elapsed: 10_000, broken: 0, stories: 0 }),
    );
    expect(line).toContain('90 %  ~112 500 of 125 000 runs  ~1 300/s');
    expect(line).toContain('about 0:10 left');
  });

  test('never says more than there is', () => {
    expect(progressLine(state({ made: 200_000 }))).toContain('100 %  125 000 of 125 000 runs');
  });
});

describe('on stderr', () => {
  afterEach(() => vi.useRealTimers());

  const said = (errorColumns: number | undefined): string[] => {
    vi.useFakeTimers();
    const texts: string[] = [];
    const terminal: Terminal = {
      out: () => expect.unreachable('progress is no result'),
      err: (text) => texts.push(text),
      columns: undefined,
      errorColumns,
      env: {},
    };
    const progress = new SweepProgress(terminal, () => state());
    vi.advanceTimersByTime(20_500);
    progress.end();
    vi.advanceTimersByTime(60_000);
    return texts;
  };

  test('a terminal has one line, rewritten, no longer than it is wide, and none of it in the end', () => {
    const texts = said(40);
    expect(texts.length).toBe(83);
    expect(texts.every((text) => text.startsWith('\r\u001b[K') && !text.includes('\n'))).toBe(true);
    expect(Math.max(...texts.map((text) => text.length - '\r\u001b[K'.length))).toBe(39);
    expect(texts.at(-1)).toBe('\r\u001b[K');
  });

  test('a file has a line every ten seconds', () => {
    const texts = said(undefined);
    expect(texts).toEqual([`${progressLine(state())}\n`, `${progressLine(state())}\n`]);
  });
});

describe('quantities', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1 000'],
    [1234567, '1 234 567'],
  ])('%d is %s', (count, text) => {
    expect(grouped(count)).toBe(text);
  });

  test.each([
    [0, '0:00'],
    [59_400, '0:59'],
    [60_000, '1:00'],
    [3_723_000, '1:02:03'],
  ])('%d ms are %s', (span, text) => {
    expect(clock(span)).toBe(text);
  });

  test.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.93, '93 %'],
    [0.042, '4.2 %'],
    [0.00031, '0.031 %'],
    [0.9999999, '99.99 %'],
    [0.996, '99.6 %'],
  ])('the share %d is %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });
});
