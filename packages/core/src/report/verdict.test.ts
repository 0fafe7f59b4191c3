import { describe, expect, test } from 'vitest';
import {
  at,
  HandMadeTrace,
  multicastLostStory,
  pairFacts,
  powerOffStory,
  WRITE,
} from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';
import type { RunFacts } from './run-facts.js';
import type { Verdict } from './verdict.js';

const verdictOf = (trace: HandMadeTrace, changes: Partial<RunFacts> = {}): Verdict =>
  reportOf(trace.events, pairFacts(changes)).verdict;
const onN1 = (): HandMadeTrace =>
  new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');

describe('the verdict', () => {
  test('no flap: each handover has its cause, dual and headless are within their budgets', () => {
    const { events, facts } = powerOffStory();
    expect(reportOf(events, facts).verdict).toEqual({
      word: 'no-flap',
      words: ['no-flap'],
      findings: [],
      slowestFailover: { address: '192.168.1.100', at: 28_512_062_500, took: 3_512_062_500 },
      isExpected: true,
      endsEarly: false,
    });
  });

  test('flux and dual, as the lab expects', () => {
    const { events, facts } = multicastLostStory();
    expect(reportOf(events, facts).verdict).toMatchObject({
      word: 'flux',
      words: ['flux', 'dual'],
      isExpected: true,
    });
    expect(reportOf(events, { ...facts, expected: { words: ['flux'], where: 'x' } }).verdict.isExpected).toBe(
      false,
    );
  });

  test('headless, over its budget by one nanosecond', () => {
    const off = (span: number) =>
      verdictOf(
        onN1()
          .cause(at('10'), 'stop', 'n1')
          .owners(at('10'), WRITE)
          .owners(at('10') + span, WRITE, 'n1'),
      );
    expect(off(at('3.609475')).word).toBe('no-flap');
    expect(off(at('3.609475') + 1)).toMatchObject({
      word: 'headless',
      findings: [{ word: 'headless', at: at('10'), lasted: at('3.609475') + 1, allowed: at('3.609475') }],
    });
  });

  test('dual, over its budget by one nanosecond', () => {
    const dual = (span: number) =>
      verdictOf(
        onN1()
          .owners(at('20'), WRITE, 'n1', 'n2')
          .owners(at('20') + span, WRITE, 'n1'),
      );
    expect(dual(200_000).words).toEqual(['no-flap']);
    expect(dual(200_001).words).toEqual(['dual']);
  });

  test('a flap is graver than the dual in it', () => {
    const trace = onN1()
      .owners(at('20'), WRITE, 'n1', 'n2')
      .owners(at('30'), WRITE, 'n2')
      .lands(at('20'), 'c1', WRITE, 'n2');
    expect(verdictOf(trace).words).toEqual(['flap', 'dual']);
  });

  test('nobody ever owned it: headless once there was time for an election', () => {
    expect(verdictOf(new HandMadeTrace()).words).toEqual(['headless']);
    expect(verdictOf(new HandMadeTrace(), { duration: at('4') })).toMatchObject({
      words: ['no-flap'],
      endsEarly: true,
    });
  });

  test('unsettled: the client still talks to a node that gave it up', () => {
    const trace = onN1()
      .cause(at('20'), 'stop', 'n1')
      .owners(at('20'), WRITE)
      .owners(at('20.6'), WRITE, 'n2');
    expect(verdictOf(trace).words).toEqual(['unsettled']);
    expect(verdictOf(trace, { duration: at('21') })).toMatchObject({ words: ['no-flap'], endsEarly: true });
    expect(verdictOf(trace.lands(at('50'), 'c1', WRITE, 'n2')).words).toEqual(['no-flap']);
  });

  test('without a single owner for long, though each dual and headless time is short', () => {
    // Two owners for 0.1 ms every 3 s: headless and dual are within their budgets, and each time has a cause.
    const restless = (end: number): Verdict => {
      const trace = onN1().cause(at('10'), 'stop', 'n1').owners(at('10'), WRITE);
      for (const time of [at('13'), at('16')])
        trace.owners(time, WRITE, 'n1', 'n2').owners(time + 100_000, WRITE);
      return verdictOf(trace, { duration: end });
    };
    // Settling ends at 15 s, and the headless budget is 3.609475 s.
    expect(restless(at('18.609475')).word).toBe('no-flap');
    expect(restless(at('18.609476'))).toMatchObject({ word: 'unsettled' });
  });
});
