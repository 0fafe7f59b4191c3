import type { Progress } from '@viplab/check';
import { describe, expect, test } from 'vitest';
import { CheckProgress, progressLine } from './check-progress.js';

const exploring = (states: number, frontier: number): Progress => ({
  phase: 'exploring',
  campaign: 'x',
  states,
  frontier,
});

describe('the line of progress', () => {
  test('promises an end only once the frontier shrinks', () => {
    const progress = exploring(1_248_310, 41_209);
    expect(progressLine({ progress, elapsed: 4000, frontierBefore: 50_000 })).toBe(
      'exploring  ~1 248 310 states  ~312 000/s  frontier ~41 209, shrinking  0:04, about 0:00 left  (x)',
    );
    expect(progressLine({ progress, elapsed: 4000, frontierBefore: 40_000 })).toContain(
      'left: unknown, frontier growing',
    );
    expect(progressLine({ progress, elapsed: 400 })).toBe(
      'exploring  ~1 248 310 states  frontier ~41 209  0:00  (x)',
    );
  });

  test('of runs knows how many there will be', () => {
    const progress: Progress = { phase: 'sampling', campaign: 'x', states: 500, frontier: 0, of: 2000 };
    expect(progressLine({ progress, elapsed: 10_000 })).toBe(
      'sampling  ~500 of 2 000 runs  ~50/s  0:10, about 0:30 left  (x)',
    );
  });
});

describe('progress on stderr', () => {
  const said = (errorColumns: number | undefined, times: readonly number[]): string => {
    let now = 0;
    let err = '';
    const terminal = {
      out: () => undefined,
      err: (text: string) => {
        err += text;
      },
      columns: undefined,
      errorColumns,
      env: {},
    };
    const progress = new CheckProgress(terminal, () => now);
    for (const time of times) {
      now = time;
      progress.tell(exploring(time, 10));
    }
    progress.end();
    return err;
  };

  test('is a line every 10 s', () => {
    const lines = said(undefined, [0, 5000, 9999, 10_000, 15_000, 20_001]).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^exploring {2}~10 000 states/);
  });

  test('on a terminal is one line that is rewritten and wiped', () => {
    const text = said(40, [0, 100, 300, 700]);
    expect(text).not.toContain('\n');
    expect(
      text
        .split('\r\u001b[K')
        .slice(1)
        .map((part) => part.length <= 39),
    ).toEqual([true, true, true]);
    expect(text.endsWith('\r\u001b[K')).toBe(true);
  });
});
