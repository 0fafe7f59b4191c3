import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../engine/index.js';
import { ElectionEvents } from './election-events.js';
import { at, HandMadeTrace, vipFacts, WRITE } from './hand-made-trace.fixture.js';
import { whyMaster } from './master-reasons.js';
import { secondsFormat } from './spans-of-time.js';

const PAIR = vipFacts(WRITE, 'VI_1', { n1: 150, n2: 100 });

function why(trace: HandMadeTrace, node: string, time: number, vip = PAIR): string {
  const elections = new ElectionEvents(trace.events);
  const state = elections.becameMaster(vip, node, time);
  if (state === null) return 'no master';
  return whyMaster(elections, vip, state, secondsFormat(3)).text;
}

describe('why somebody became master', () => {
  test('no advert since BACKUP', () => {
    const trace = new HandMadeTrace()
      .backup(at('0.1'), 'n1', 'VI_1', 150)
      .master(at('3.5140625'), 'n1', 'VI_1', 150, WRITE);
    expect(why(trace, 'n1', at('3.5140625'))).toBe('3.414 s after BACKUP, no advert heard');
  });

  test('the master fell silent', () => {
    const trace = new HandMadeTrace()
      .backup(0, 'n2', 'VI_1', 100)
      .adverts('n1', 'VI_1', 150, at('3.4'), at('10'));
    trace.master(at('13.009375'), 'n2', 'VI_1', 100, WRITE);
    expect(why(trace, 'n2', at('13.009375'))).toBe(
      "3.609 s after n1's last advert (9.400): 3 x 1 s + 156/256 s",
    );
  });

  test('a lower advert does not count: a failing check speeds nothing up', () => {
    const trace = new HandMadeTrace()
      .backup(0, 'n2', 'VI_1', 100)
      .adverts('n1', 'VI_1', 150, at('3.5'), at('11'));
    trace.adverts('n1', 'VI_1', 90, at('11.5'), at('14')).master(at('14.109375'), 'n2', 'VI_1', 100, WRITE);
    expect(why(trace, 'n2', at('14.109375'))).toBe(
      "3.609 s after n1's last 150 advert (10.500): 3 x 1 s + 156/256 s: 100 beats n1's 90",
    );
  });

  test('the master said goodbye', () => {
    const trace = new HandMadeTrace()
      .backup(0, 'n2', 'VI_1', 100)
      .adverts('n1', 'VI_1', 150, at('3.5'), at('10'));
    trace.add(at('10'), 'vrrp.priority-zero-received', 'n2', { instance: 'VI_1', from: 'n1' });
    trace.master(at('10.609375'), 'n2', 'VI_1', 100, WRITE);
    expect(why(trace, 'n2', at('10.609375'))).toBe("0.609 s after n1's goodbye (priority 0): 156/256 s");
  });

  test('version 3 with short intervals: the skew is a part of the interval', () => {
    const advertIntervalNs = 200 * MILLISECOND;
    const vip = { ...PAIR, instances: PAIR.instances.map((instance) => ({ ...instance, advertIntervalNs })) };
    const trace = new HandMadeTrace()
      .backup(0, 'n2', 'VI_1', 100)
      .adverts('n1', 'VI_1', 150, SECOND, SECOND + 1);
    trace.master(SECOND + 721_875_000, 'n2', 'VI_1', 100, WRITE);
    expect(why(trace, 'n2', SECOND + 721_875_000, vip)).toBe(
      "0.722 s after n1's last advert (1.000): 3 x 0.2 s + 156/256 x 0.2 s",
    );
  });

  test('what fits nothing is not explained', () => {
    const trace = new HandMadeTrace().backup(0, 'n2', 'VI_1', 100).master(at('2'), 'n2', 'VI_1', 100, WRITE);
    expect(why(trace, 'n2', at('2'))).toBe('');
    expect(why(trace, 'n1', at('2'))).toBe('no master');
    expect(why(trace, 'n2', at('9'))).toBe('no master');
  });
});
