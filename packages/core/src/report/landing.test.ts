import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, HandMadeTrace, pairFacts, WRITE } from './hand-made-trace.fixture.js';
import { totalOf } from './interval.js';
import { anyRun } from './random-trace.fixture.js';
import { reportOf } from './report.js';

const landingOf = (trace: HandMadeTrace) => {
  const landing = reportOf(trace.events, pairFacts()).vip(WRITE).landings[0];
  if (landing === undefined) throw new Error('the pair has one client');
  return landing;
};

describe('landing', () => {
  test('on a node that gave the VIP up is a black hole until the client learns', () => {
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1', 'n2').lands(at('3'), 'c1', WRITE, 'n1');
    trace.owners(at('60.57'), WRITE, 'n2').lands(at('87'), 'c1', WRITE, 'n2');
    expect(landingOf(trace).astray).toEqual([{ from: at('60.57'), to: at('87') }]);
  });

  test('on nobody', () => {
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');
    trace.lands(at('20'), 'c1', WRITE, null).lands(at('25'), 'c1', WRITE, 'n1');
    const { intervals, astray } = landingOf(trace);
    expect(intervals.map(({ kind }) => kind)).toEqual(['not-yet', 'landed', 'nowhere', 'landed']);
    expect(astray).toEqual([{ from: at('20'), to: at('25') }]);
  });

  test('while nobody owns the VIP frames are lost, but not astray', () => {
    const trace = new HandMadeTrace()
      .owners(at('3'), WRITE, 'n1')
      .lands(at('3'), 'c1', WRITE, 'n1')
      .owners(at('10'), WRITE);
    expect(landingOf(trace).astray).toEqual([]);
  });

  test('a client that has not found the VIP yet is not astray', () => {
    expect(landingOf(new HandMadeTrace().owners(at('3'), WRITE, 'n1')).astray).toEqual([]);
  });

  test('intervals tile the run, and astray times lie within it', () => {
    fc.assert(
      fc.property(anyRun, ({ events, facts }) => {
        const landing = reportOf(events, facts).vip(WRITE).landings[0];
        expect(totalOf(landing?.intervals ?? [])).toBe(facts.duration);
        expect(totalOf(landing?.astray ?? [])).toBeLessThanOrEqual(facts.duration);
      }),
    );
  });
});
