import { describe, expect, test } from 'vitest';
import { at, HandMadeTrace, pairFacts, powerOffStory, WRITE } from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';

describe('convergence', () => {
  test('ends with the last change of owner or landing after a cause', () => {
    const { events, facts } = powerOffStory();
    const spans = reportOf(events, facts)
      .vip(WRITE)
      .convergence.map(({ cause, settledAt, took }) => [cause.action, settledAt, took]);
    expect(spans).toEqual([
      ['power-off', at('13.0844875'), at('3.0844875')],
      ['power-on', at('28.5121625'), at('3.5121625')],
    ]);
  });

  test('is null if the next cause comes first, or the client never arrives', () => {
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');
    trace
      .cause(at('10'), 'power-off', 'n1')
      .owners(at('10'), WRITE)
      .cause(at('12'), 'power-on', 'n1')
      .owners(at('13'), WRITE, 'n2');
    const took = () =>
      reportOf(trace.events, pairFacts())
        .vip(WRITE)
        .convergence.map((it) => it.took);
    expect(took()).toEqual([null, null]);
    trace.lands(at('14'), 'c1', WRITE, 'n2');
    expect(took()).toEqual([null, at('2')]);
  });

  test('takes no time if nothing moves', () => {
    const trace = new HandMadeTrace()
      .owners(at('3'), WRITE, 'n1')
      .lands(at('3'), 'c1', WRITE, 'n1')
      .cause(at('10'), 'power-off', 'n2');
    expect(reportOf(trace.events, pairFacts()).vip(WRITE).convergence[0]?.took).toBe(0);
  });
});
