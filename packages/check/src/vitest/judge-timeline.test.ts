import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { judgeTimeline, parseTimeline } from './judge-timeline.js';
import { FAILS_OVER, pair, VIP } from './judged-labs.fixture.js';

describe('a timeline is read', () => {
  test('with tolerances, and without as far as it is written', () => {
    expect(parseTimeline('n1 @3.475  n2 @13.084 ±10ms n1 @28')).toEqual([
      { owner: 'n1', at: 3_475_000_000, tolerance: 500_000 },
      { owner: 'n2', at: 13_084_000_000, tolerance: 10_000_000 },
      { owner: 'n1', at: 28_000_000_000, tolerance: 500_000_000 },
    ]);
    expect(parseTimeline('  ')).toEqual([]);
  });

  test.each(['n1', 'n1 3.475', 'n1 @3.475±', 'n1 @3.475 ±10', 'n1 @-1', 'n1 @3.475n2 @4', '@3'])(
    '%j is none',
    (text) => {
      expect(() => parseTimeline(text)).toThrow(/is not like 'n1 @3\.475'/);
    },
  );
});

describe('the owners of a run', () => {
  const run = defineLab(FAILS_OVER).run();
  const found = /they are\n {4}(.*)\n/.exec(judgeTimeline(run, VIP, '').message)?.[1] ?? '';

  test('match what is printed of them', () => {
    expect(found).toMatch(/^n1 @3\.\d{3} {2}n2 @13\.\d{3} {2}n1 @28\.\d{3}$/);
    expect(judgeTimeline(run, VIP, found).pass).toBe(true);
    expect(judgeTimeline(run, VIP, 'n1 @3.5 n2 @13 ±1s n1 @28 ±1s').pass).toBe(true);
  });

  test('do not match another owner, instant or number of them', () => {
    const [first = '', second = '', third = ''] = found.split('  ');
    for (const wrong of [
      '',
      `${first}  ${second}`,
      `${found}  ${second}`,
      `${first}  ${second}  ${third.replace('n1', 'n2')}`,
      `${first}  n2 @13.5  ${third}`,
    ]) {
      const { pass, message } = judgeTimeline(run, VIP, wrong);
      expect(pass, wrong).toBe(false);
      expect(message).toContain(`expected the owners of ${VIP} to be\n    ${wrong.trim()}\n`);
      expect(message).toContain(run.token);
    }
  });

  test('are nobody where there is none', () => {
    const { pass, message } = judgeTimeline(pair.run({ until: '2s' }), VIP, '');
    expect(pass).toBe(true);
    expect(message).toContain('nobody');
  });

  test('are asked of a run, and of a VIP that it has', () => {
    expect(() => judgeTimeline({ word: 'proved' }, VIP, '')).toThrow('toMatchTimeline is about a run');
    expect(() => judgeTimeline(run, '192.168.1.101', '')).toThrow('no VIP');
  });
});
