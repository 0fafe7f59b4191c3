import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SECOND } from '../engine/index.js';
import { at, HandMadeTrace, pairFacts, vipFacts, WRITE } from './hand-made-trace.fixture.js';
import { anyRun } from './random-trace.fixture.js';
import { reportOf, type VipReport } from './report.js';

const vipOf = (trace: HandMadeTrace): VipReport => reportOf(trace.events, pairFacts()).vip(WRITE);
/** n1 has it from 3 s on, and the starts of the run have been spent or are over. */
const settledOnN1 = (): HandMadeTrace => new HandMadeTrace().owners(at('3'), WRITE, 'n1');

describe('a handover', () => {
  test('follows from the cause before it', () => {
    const { handovers, flaps } = vipOf(
      settledOnN1()
        .cause(at('10'), 'power-off', 'n1')
        .owners(at('10'), WRITE)
        .owners(at('13.084'), WRITE, 'n2'),
    );
    expect(handovers).toMatchObject([
      { at: at('13.084'), from: 'n1', to: 'n2', cause: { action: 'power-off', time: at('10') } },
    ]);
    expect(flaps).toEqual([]);
  });

  test('without a cause is a flap', () => {
    const { flaps } = vipOf(settledOnN1().owners(at('30'), WRITE, 'n2'));
    expect(flaps).toMatchObject([{ at: at('30'), from: 'n1', to: 'n2', cause: null }]);
  });

  test('is a flap when its cause is longer ago than the settling time', () => {
    const after = (span: number) =>
      vipOf(
        settledOnN1()
          .cause(at('10'), 'unplug', 'n1')
          .owners(at('10') + span, WRITE, 'n2'),
      ).flaps.length;
    expect(after(5 * SECOND)).toBe(0);
    expect(after(5 * SECOND + 1)).toBe(1);
  });

  test('is a flap when only something harmless went before', () => {
    const trace = settledOnN1().cause(at('10'), 'arping', 'c1', '', false).owners(at('11'), WRITE, 'n2');
    expect(vipOf(trace).flaps).toHaveLength(1);
  });

  test('does not follow from what comes after it', () => {
    const trace = settledOnN1().owners(at('11'), WRITE, 'n2').cause(at('12'), 'power-off', 'n1');
    expect(vipOf(trace).flaps).toHaveLength(1);
  });

  test('two for one cause: the second is a flap', () => {
    const { handovers } = vipOf(
      settledOnN1()
        .cause(at('10'), 'stop', 'n1')
        .owners(at('10.609'), WRITE, 'n2')
        .owners(at('10.7'), WRITE, 'n3'),
    );
    expect(handovers.map(({ to, cause }) => [to, cause?.action ?? null])).toEqual([
      ['n2', 'stop'],
      ['n3', null],
    ]);
  });

  test('two for two causes are both caused, each by its own', () => {
    const { handovers } = vipOf(
      settledOnN1()
        .cause(at('10'), 'stop', 'n1')
        .cause(at('11'), 'start', 'n1')
        .owners(at('12'), WRITE, 'n2')
        .owners(at('14'), WRITE, 'n1'),
    );
    expect(handovers.map(({ cause }) => cause?.action)).toEqual(['stop', 'start']);
  });

  test('a cause pays for one handover of each VIP', () => {
    const other = '192.168.1.101';
    const trace = settledOnN1().owners(at('3'), other, 'n1').cause(at('10'), 'power-off', 'n1');
    trace.owners(at('13'), WRITE, 'n2').owners(at('13'), other, 'n2');
    const facts = pairFacts({
      vips: [vipFacts(WRITE, 'VI_1', { n1: 150, n2: 100 }), vipFacts(other, 'VI_2', { n1: 150, n2: 100 })],
    });
    expect(reportOf(trace.events, facts).vips.map(({ flaps }) => flaps.length)).toEqual([0, 0]);
  });

  test('a dual of 0.2 ms inside it belongs to it, and is settled if it lasts longer', () => {
    const dual = (span: number) =>
      vipOf(
        settledOnN1()
          .cause(at('25'), 'power-on', 'n2')
          .owners(at('28'), WRITE, 'n1', 'n2')
          .owners(at('28') + span, WRITE, 'n2'),
      );
    const { handovers, dual: duals } = dual(200_000);
    expect(handovers).toMatchObject([{ at: at('28'), to: 'n2', settledAt: at('28') + 200_000 }]);
    expect(duals).toHaveLength(1);
    expect(dual(at('20')).handovers).toMatchObject([
      { at: at('28'), to: 'n2', cause: { action: 'power-on' } },
    ]);
  });

  test('two equal backups that claim it for 0.2 ms do not make two of it', () => {
    const trace = settledOnN1()
      .cause(at('10'), 'stop', 'n1')
      .owners(at('10'), WRITE)
      .owners(at('10.6'), WRITE, 'n2');
    trace.owners(at('10.6001'), WRITE, 'n2', 'n3').owners(at('10.6002'), WRITE, 'n3');
    expect(vipOf(trace).handovers).toMatchObject([
      { from: 'n1', to: 'n3', at: at('10.6001'), cause: { action: 'stop' } },
    ]);
  });

  test('that ends an old dual is as late as its cause', () => {
    const trace = settledOnN1()
      .owners(at('20'), WRITE, 'n1', 'n2')
      .cause(at('60'), 'heal', 'sw1')
      .owners(at('60.5'), WRITE, 'n2');
    expect(vipOf(trace).handovers).toMatchObject([{ at: at('60.5'), to: 'n2', cause: { action: 'heal' } }]);
  });

  test('losing it and getting it back is none', () => {
    expect(vipOf(settledOnN1().owners(at('10'), WRITE).owners(at('14'), WRITE, 'n1')).handovers).toEqual([]);
  });

  test('the first election is none, and the other start pays for one more', () => {
    expect(
      vipOf(new HandMadeTrace().owners(at('3'), WRITE, 'n2').owners(at('4'), WRITE, 'n1')).handovers,
    ).toMatchObject([{ from: 'n2', to: 'n1', cause: { action: 'start', isScheduled: false } }]);
    const twice = new HandMadeTrace()
      .owners(at('3'), WRITE, 'n2')
      .owners(at('4'), WRITE, 'n1')
      .owners(at('4.5'), WRITE, 'n2');
    expect(vipOf(twice).flaps).toHaveLength(1);
  });

  test('every one is caused or a flap; causes pay once, not late and not for the past; owners chain', () => {
    fc.assert(
      fc.property(anyRun, ({ events, facts }) => {
        const { handovers, flaps, facts: vip } = reportOf(events, facts).vip(WRITE);
        const causes = handovers.flatMap(({ cause }) => (cause === null ? [] : [cause]));
        expect(causes.length + flaps.length).toBe(handovers.length);
        expect(new Set(causes).size).toBe(causes.length);
        handovers.forEach(({ at: time, from, to, settledAt, cause }, index) => {
          expect(from).not.toBe(to);
          expect(settledAt).toBeGreaterThanOrEqual(time);
          if (index > 0) expect(from).toBe(handovers[index - 1]?.to);
          if (cause === null) return;
          expect(cause.disruptive).toBe(true);
          expect(cause.time).toBeLessThanOrEqual(time);
          expect(time - cause.time).toBeLessThanOrEqual(vip.settlingNs);
        });
      }),
      { numRuns: 500 },
    );
  });
});
