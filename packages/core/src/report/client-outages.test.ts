import { describe, expect, test } from 'vitest';
import { SECOND } from '../engine/index.js';
import { clientTargetReportOf, failuresInWords, NO_FAILURES } from './client-outages.js';
import { at, HandMadeTrace, powerOffStory, READ, WRITE } from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';

const C1 = { name: 'c1', node: 'c1', target: WRITE };

describe('outages of a client', () => {
  test('from the first failed attempt to the next that succeeds', () => {
    const { events, facts } = powerOffStory();
    const { outages, targets } = reportOf(events, facts).client('c1');
    expect(outages).toMatchObject([
      { from: at('10.145'), to: at('13.145'), attempts: 15, kind: 'timeout', hasEnded: true },
    ]);
    expect(targets.map(({ target }) => target)).toEqual([WRITE, READ]);
    expect(targets[0]?.served.map(({ by }) => by)).toEqual(['n1', 'n2', 'n1']);
    expect(targets[0]?.startup).toMatchObject({ from: at('0.145'), to: at('3.545'), attempts: 17 });
  });

  test('attempts count as they were sent: a timeout that ends late does not split a service', () => {
    const trace = new HandMadeTrace()
      .asks('c1', WRITE, 0, SECOND, 'n1')
      .asks('c1', WRITE, SECOND, 2 * SECOND, null);
    const { events } = trace.asks('c1', WRITE, 2 * SECOND, 3 * SECOND, 'n2');
    const { outages, attempts, ok, failed } = clientTargetReportOf(events, C1, 5 * SECOND);
    expect(outages).toHaveLength(1);
    expect({ attempts, ok, failed: failed.timeout }).toEqual({ attempts: 15, ok: 10, failed: 5 });
  });

  test('one that never ends lasts until the end of the run', () => {
    const { events } = new HandMadeTrace()
      .asks('c1', WRITE, 0, SECOND, 'n1')
      .asks('c1', WRITE, SECOND, 2 * SECOND, null);
    expect(clientTargetReportOf(events, C1, 9 * SECOND).outages).toMatchObject([
      { to: 9 * SECOND, hasEnded: false },
    ]);
  });

  test('never served: all of it is waiting, and there is no latency', () => {
    const { events } = new HandMadeTrace().asks('c1', WRITE, 0, SECOND, null);
    expect(clientTargetReportOf(events, C1, 9 * SECOND)).toMatchObject({
      ok: 0,
      outages: [],
      latency: null,
      startup: { attempts: 5 },
    });
  });

  test('other clients and other VIPs are not counted', () => {
    const { events } = new HandMadeTrace()
      .asks('c2', WRITE, 0, SECOND, 'n1')
      .asks('c1', READ, 0, SECOND, 'n1');
    expect(clientTargetReportOf(events, C1, SECOND).attempts).toBe(0);
  });

  test('what most attempts met with names the outage', () => {
    const trace = new HandMadeTrace().asks('c1', WRITE, 0, 1, 'n1');
    for (const [attempt, result] of (['timeout', 'refused', 'refused'] as const).entries()) {
      const sentAt = (attempt + 1) * SECOND;
      trace.add(sentAt + 1, 'client.result', 'c1', {
        client: 'c1',
        server: WRITE,
        attempt,
        result,
        by: null,
        sentAt,
        connection: null,
        stage: 'connect',
        detail: null,
      });
    }
    const [outage] = clientTargetReportOf(trace.events, C1, 9 * SECOND).outages;
    expect(outage).toMatchObject({ kind: 'refused', attempts: 3 });
    expect(failuresInWords(outage?.kinds ?? NO_FAILURES)).toBe('1 attempt timed out, 2 refused');
  });
});
