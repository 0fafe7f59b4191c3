import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../engine/index.js';
import { at, HandMadeTrace, multicastLostStory, pairFacts, WRITE } from './hand-made-trace.fixture.js';
import { reportOf, type VipReport } from './report.js';

const vipOf = (trace: HandMadeTrace): VipReport => reportOf(trace.events, pairFacts()).vip(WRITE);
/** Both own it from 3.5 s on; c1 has found n1. */
const dual = (): HandMadeTrace =>
  new HandMadeTrace().owners(at('3'), WRITE, 'n1', 'n2').lands(at('3.5'), 'c1', WRITE, 'n1');

function alternating(trace: HandMadeTrace, rounds: number): HandMadeTrace {
  for (let round = 1; round <= rounds; round++) {
    trace.lands(at('10') + round * 5 * SECOND, 'c1', WRITE, 'n2');
    trace.lands(at('10') + round * 5 * SECOND + 18 * MILLISECOND, 'c1', WRITE, 'n1');
  }
  return trace;
}

describe('flux', () => {
  test('is a landing that goes to and fro between owners without a cause', () => {
    const { flux, landingFlaps } = vipOf(alternating(dual(), 17));
    expect(flux).toMatchObject([
      { client: 'c1', from: at('15'), to: at('95.018'), between: ['n1', 'n2'], hasStopped: false },
    ]);
    expect(flux[0]?.moves).toHaveLength(34);
    expect(landingFlaps).toEqual([]);
  });

  test('may stop', () => {
    expect(vipOf(alternating(dual(), 4)).flux).toMatchObject([{ to: at('30.018'), hasStopped: true }]);
  });

  test('the story of two masters and a refresh: ten moves', () => {
    const { events, facts } = multicastLostStory();
    const { flux, landingMoves } = reportOf(events, facts).vip(WRITE);
    expect(flux[0]?.moves).toHaveLength(10);
    expect(landingMoves[0]).toMatchObject({ from: 'n2', to: 'n1', cause: { action: 'drop-multicast' } });
  });

  test('one move without a cause is a flap of the landing', () => {
    const { flux, landingFlaps } = vipOf(dual().lands(at('30'), 'c1', WRITE, 'n2'));
    expect(flux).toEqual([]);
    expect(landingFlaps).toMatchObject([{ at: at('30'), from: 'n1', to: 'n2', cause: null }]);
  });

  test('a cause pays for one move only', () => {
    const trace = dual()
      .cause(at('29'), 'unplug', 'n1')
      .lands(at('30'), 'c1', WRITE, 'n2')
      .lands(at('31'), 'c1', WRITE, 'n1');
    expect(vipOf(trace).landingMoves.map(({ cause }) => cause?.action ?? null)).toEqual(['unplug', null]);
  });

  test('a move after a handover belongs to it, however late; a second one does not', () => {
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');
    trace
      .cause(at('10'), 'power-off', 'n1')
      .owners(at('10'), WRITE)
      .owners(at('13'), WRITE, 'n2')
      .lands(at('53'), 'c1', WRITE, 'n2');
    const { landingMoves, flux, landingFlaps } = vipOf(trace);
    expect(landingMoves).toMatchObject([{ at: at('53'), to: 'n2', follows: { at: at('13') }, cause: null }]);
    expect([...flux, ...landingFlaps]).toEqual([]);
    trace
      .owners(at('60'), WRITE, 'n1', 'n2')
      .lands(at('60'), 'c1', WRITE, 'n1')
      .lands(at('62'), 'c1', WRITE, 'n2');
    expect(vipOf(trace).flux[0]?.moves.map(({ to }) => to)).toEqual(['n1', 'n2']);
  });

  test('who lands at the new owner already has followed it', () => {
    const trace = dual().owners(at('10'), WRITE, 'n1').cause(at('20'), 'power-off', 'n1');
    trace.owners(at('20'), WRITE).lands(at('20'), 'c1', WRITE, 'n2').owners(at('23'), WRITE, 'n2');
    expect(vipOf(trace).landingMoves).toMatchObject([{ to: 'n2', follows: { to: 'n2' } }]);
    // It finds the address only after the handover, goes away, and comes back: that move is another one.
    const late = new HandMadeTrace().owners(at('3'), WRITE, 'n1').cause(at('10'), 'power-off', 'n1');
    late.owners(at('10'), WRITE).owners(at('13'), WRITE, 'n2').lands(at('14'), 'c1', WRITE, 'n2');
    late
      .owners(at('30'), WRITE, 'n1', 'n2')
      .lands(at('40'), 'c1', WRITE, 'n1')
      .lands(at('41'), 'c1', WRITE, 'n2');
    expect(vipOf(late).flux[0]?.moves.map(({ to }) => to)).toEqual(['n1', 'n2']);
  });

  test('a move into a dual that outlasts its budget has a cause of its own, and follows nobody who wins later', () => {
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');
    trace.cause(at('8'), 'drop-multicast', 'sw1').owners(at('10'), WRITE, 'n1', 'n2');
    trace.lands(at('10'), 'c1', WRITE, 'n2').cause(at('20'), 'power-off', 'n1').owners(at('20'), WRITE, 'n2');
    expect(vipOf(trace).landingMoves).toMatchObject([
      { to: 'n2', follows: null, cause: { action: 'drop-multicast' } },
    ]);
    // It is at the new owner since before that won: going away and coming back is not the handover's.
    trace
      .owners(at('40'), WRITE, 'n1', 'n2')
      .lands(at('41'), 'c1', WRITE, 'n1')
      .lands(at('42'), 'c1', WRITE, 'n2');
    expect(vipOf(trace).flux[0]?.moves.map(({ to }) => to)).toEqual(['n1', 'n2']);
  });

  test('a handover that comes later takes no cause from a move before it', () => {
    const trace = dual().cause(at('20'), 'heal', 'n1').lands(at('20.1'), 'c1', WRITE, 'n2');
    trace.cause(at('21'), 'stop', 'n1').owners(at('21'), WRITE, 'n2').owners(at('22'), WRITE, 'n1');
    const { landingMoves, landingFlaps } = vipOf(trace);
    expect(landingMoves[0]).toMatchObject({ to: 'n2', cause: { action: 'heal' } });
    expect(landingFlaps).toEqual([]);
  });

  test('frames that are flooded to a node are no landing at an owner until it owns the address', () => {
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');
    // For 0.1 ms both own it; the frames have arrived at n2 for long.
    trace.lands(at('30'), 'c1', WRITE, 'n2').owners(at('40'), WRITE, 'n1', 'n2');
    trace.lands(at('40.0001'), 'c1', WRITE, 'n1').owners(at('40.0001'), WRITE, 'n1');
    expect(vipOf(trace).landingMoves).toEqual([]);
  });

  test('a landing on nobody, or for less than a handover, is no move', () => {
    const trace = dual().lands(at('30'), 'c1', WRITE, null).lands(at('31'), 'c1', WRITE, 'n1');
    trace.lands(at('40'), 'c1', WRITE, 'n2').lands(at('40.0001'), 'c1', WRITE, 'n1');
    expect(vipOf(trace).landingMoves).toEqual([]);
  });
});
