import { describe, expect, test } from 'vitest';
import { MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import { type Flutter, fluttersOf } from './flutter.js';
import { carpFacts, carpLockstepStory, HandMadeCarp, SHARED } from './hand-made-carp.fixture.js';
import { at } from './hand-made-trace.fixture.js';
import { ownershipOf } from './ownership.js';
import { reportOf } from './report.js';
import { plainText } from './styled-text.js';
import { textReport } from './text-report.js';

const MINUTE = 60 * SECOND;
const BUDGET = 2 * MILLISECOND;

/** Owned by fw1 from each instant on for a span. */
function flutters(
  instants: readonly Nanoseconds[],
  span: Nanoseconds,
  causes: readonly Nanoseconds[] = [0],
): Flutter[] {
  const trace = new HandMadeCarp({ fw1: 0, fw2: 0 });
  for (const time of instants) trace.owners(time, SHARED, 'fw1').owners(time + span, SHARED);
  return fluttersOf(ownershipOf(trace.events, SHARED, MINUTE), causes, 5 * SECOND, BUDGET);
}

describe('flutters', () => {
  test('two equals in lockstep, for ever', () => {
    const { events, facts } = carpLockstepStory();
    const [vip] = reportOf(events, facts).vips;
    expect(vip?.flutters).toEqual([
      {
        from: at('3'),
        to: at('39.013'),
        times: 13,
        uncaused: 12,
        since: at('6.001'),
        period: at('3.001'),
        owners: ['fw1', 'fw2'],
        held: MILLISECOND,
        owned: 13 * MILLISECOND,
        hasStopped: false,
      },
    ]);
  });

  test('what lasts longer than the dual budget is settled, and no flutter', () => {
    const instants = [10, 20, 30].map((time) => time * SECOND);
    expect(flutters(instants, BUDGET)).toMatchObject([{ times: 3, period: 10 * SECOND, hasStopped: true }]);
    expect(flutters(instants, BUDGET + 1)).toEqual([]);
  });

  test('once is none, nor what follows from causes', () => {
    expect(flutters([10 * SECOND], MILLISECOND)).toEqual([]);
    const instants = [10, 20, 30].map((time) => time * SECOND);
    expect(flutters(instants, MILLISECOND, [9 * SECOND, 19 * SECOND])).toEqual([]);
    expect(flutters(instants, MILLISECOND, [9 * SECOND])).toMatchObject([{ times: 3, uncaused: 2 }]);
  });

  test('it has stopped when its rhythm would have shown itself', () => {
    const instants = [10, 13, 16].map((time) => time * SECOND);
    expect(flutters(instants, MILLISECOND)).toMatchObject([{ hasStopped: true, from: at('10') }]);
  });

  test('it is a flap, told in one line', () => {
    const { events, facts } = carpLockstepStory();
    const report = reportOf(events, facts);
    expect(report.verdict).toMatchObject({
      word: 'flap',
      findings: [{ word: 'flap', address: SHARED, at: at('6.001'), moves: 12 }],
    });
    const text = plainText(textReport(report));
    expect(text).toContain(
      'flaps?     FLAP      .1: fw1 and fw2 are MASTER for 1 ms in every 3.001 s, 13 times, without a cause',
    );
    expect(text.replace(/\s+/g, ' ')).toContain(
      'It has an owner for 0.03 % of that time. Each yields to the equal advert of the other: no address decides between equals',
    );
  });

  test('one who hears itself', () => {
    const trace = new HandMadeCarp({ fw1: 0 }, '1@em0').enters(0, 'fw1', 'BACKUP', 'start');
    for (let time = at('3'); time < at('40'); time += at('3.0002')) {
      trace.enters(time, 'fw1', 'MASTER', 'timeout').owners(time, SHARED, 'fw1');
      trace
        .enters(time + at('0.0002'), 'fw1', 'BACKUP', 'equal-advert', 'fw1')
        .owners(time + at('0.0002'), SHARED);
    }
    const text = plainText(textReport(reportOf(trace.events, carpFacts({ fw1: 0 })))).replace(/\s+/g, ' ');
    expect(text).toContain('fw1 is MASTER for 0.2 ms in every 3.0002 s');
    expect(text).toContain('less than 0.01 % of that time');
  });
});
