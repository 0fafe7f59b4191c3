import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClientAttempt } from './client-attempt.js';
import { clientPauses, latenessOf, pauses } from './lateness.js';
import type { AdvertRow, ObservedEvent } from './observation.js';
import type { RecordedRun } from './recording.js';

const ms = (value: number): Nanoseconds => Math.round(value * MILLISECOND);
const adverts = (...times: number[]): AdvertRow[] =>
  times.map((time) => ({ time: ms(time), vrid: 51, priority: 150, interval: 1 }));

function run(parts: Partial<RecordedRun>): RecordedRun {
  return {
    name: 'run1',
    actions: [],
    events: [],
    advertsSent: new Map(),
    advertsDelivered: new Map(),
    clients: new Map(),
    ...parts,
  };
}

const said = (list: readonly { node?: string; from: Nanoseconds; to: Nanoseconds }[]): string[] =>
  list.map(({ node = '', from, to }) => `${node} ${from / MILLISECOND}-${to / MILLISECOND}`.trim());

describe('the lateness of a run', () => {
  test('adds up what each advertisement was late, until the instant', () => {
    const late = latenessOf(run({ advertsSent: new Map([['n1', adverts(1000, 2003, 3005)]]) }));
    expect([1, 2.5, 3.5, 100].map((time) => late(time * SECOND))).toEqual([0, ms(3), ms(5), ms(5)]);
  });

  test('takes the latest of several senders in each second, and no pauses', () => {
    const advertsSent = new Map([
      ['n1', adverts(1000, 2003, 9000)],
      ['n2', adverts(1100, 2101)],
    ]);
    expect(latenessOf(run({ advertsSent }))(10 * SECOND)).toBe(ms(3));
  });
});

describe('the pauses of a master', () => {
  const instances = new Map([['n1 VI', { vrid: 51, priority: 150, advertInterval: 1 }]]);
  const pausesOf = (parts: Partial<RecordedRun>) => said(pauses(run(parts), instances, ms(45)));

  test('go from the instant at which an advertisement was due to the one at which it came', () => {
    expect(pausesOf({ advertsSent: new Map([['n1', adverts(1000, 2003, 3003.2)]]) })).toEqual([
      'n1 1999.9-2003',
      'n1 3002.9-3003.2',
    ]);
  });

  test('what is too late for a busy machine, or too early, is not its doing', () => {
    expect(pausesOf({ advertsSent: new Map([['n1', adverts(1000, 2100, 3050, 9000)]]) })).toEqual([]);
  });

  test('an election is late by what it came after Master_Down_Interval', () => {
    const event = (time: number, kind: string, fields: ObservedEvent['fields']): ObservedEvent => ({
      time: ms(time),
      kind,
      fields: { node: 'n1', instance: 'VI', ...fields },
    });
    const events = [event(100, 'state', { to: 'BACKUP' }), event(3520, 'advert_timeout', {})];
    const advertsSent = new Map([['n1', adverts(3521)]]);
    expect(pausesOf({ events, advertsSent })).toEqual(['n1 3513.9625-3521']);
    // A second batch of gratuitous ARPs is due 5 s after the first advertisement.
    const batch = event(8525, 'garp', { ip: 'v' });
    expect(pausesOf({ events: [...events, batch], advertsSent })).toEqual([
      'n1 3513.9625-3521',
      'n1 8520.9-8525',
    ]);
  });

  test('those that meet are one, of different nodes they are not', () => {
    const two = [...adverts(1000, 2010), { ...adverts(2005)[0], vrid: 52 } as AdvertRow];
    const rows = [...two, { ...adverts(1002)[0], vrid: 52 } as AdvertRow].sort((a, b) => a.time - b.time);
    expect(pausesOf({ advertsSent: new Map([['n1', rows]]) })).toEqual(['n1 1999.9-2010']);
    const apart = new Map([
      ['n1', adverts(1000, 2010)],
      ['n2', adverts(1002, 2012)],
    ]);
    expect(pausesOf({ advertsSent: apart })).toHaveLength(2);
  });

  test('they never overlap and always end after they begin', () => {
    const times = fc.array(fc.integer({ min: 990, max: 1060 }), { maxLength: 20 }).map((gaps) => {
      let time = 1000;
      return [time, ...gaps.map((gap) => (time += gap))];
    });
    fc.assert(
      fc.property(times, times, (first, second) => {
        const rows = [...adverts(...first), ...adverts(...second).map((row) => ({ ...row, vrid: 52 }))];
        const found = pauses(
          run({ advertsSent: new Map([['n1', rows.sort((a, b) => a.time - b.time)]]) }),
          instances,
          ms(45),
        );
        found.forEach(({ from, to }, index) => {
          expect(from).toBeLessThan(to);
          expect(from).toBeGreaterThanOrEqual(found[index - 1]?.to ?? 0);
        });
      }),
    );
  });
});

describe('the pauses of a client that holds its connection', () => {
  const attempt = (at: number, result: string, took = 0.5): ClientAttempt => ({
    time: ms(at),
    took: ms(took),
    result,
    server: null,
  });

  test('end with its recorded requests', () => {
    const attempts = [attempt(0, 'ok'), attempt(201, 'ok'), attempt(402.5, 'ok')];
    expect(said(clientPauses(attempts, ms(45), ms(10)))).toEqual(['190-201', '391-402.5']);
  });

  test('after a reset it goes on at once, after a long wait as well', () => {
    const attempts = [
      attempt(0, 'ok'),
      attempt(200.5, 'reset', 3000),
      attempt(3201, 'open'),
      attempt(3202, 'ok'),
    ];
    expect(said(clientPauses(attempts, ms(45), ms(10)))).toEqual([
      '190-200.5',
      '3190.5-3201',
      '3201.001-3202',
    ]);
  });

  test('what is much later than due, or earlier, has another reason', () => {
    expect(clientPauses([attempt(0, 'ok'), attempt(250, 'ok')], ms(45), ms(10))).toEqual([]);
    expect(clientPauses([attempt(0, 'ok'), attempt(150, 'ok')], ms(45), ms(10))).toEqual([]);
    expect(clientPauses([], ms(45), ms(10))).toEqual([]);
  });
});
