import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { AdvertRow, ObservedEvent } from './observation.js';
import type { RecordedRun } from './recording.js';
import { NEIGHBOUR_SPREAD, TIMER_TOLERANCE, tolerancesOf } from './tolerance.js';
import { isStated, masterDownInterval } from './vrrp-intervals.js';

const event = (time: number, kind: string, fields: ObservedEvent['fields'] = {}): ObservedEvent => ({
  time: time * SECOND,
  kind,
  fields,
});

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

const adverts = (...times: Nanoseconds[]): AdvertRow[] =>
  times.map((time) => ({ time, vrid: 51, priority: 150, interval: 1 }));
const ms = (value: number): Nanoseconds => value * MILLISECOND;

describe('how far an event may be off', () => {
  const tolerances = (events: ObservedEvent[], parts: Partial<RecordedRun> = {}) =>
    tolerancesOf(run({ events, ...parts }));

  test('a timeout: 10 ms, and earlier by the lateness', () => {
    const [timeout] = tolerances([event(3, 'advert_timeout')], {
      advertsSent: new Map([['n1', adverts(ms(1000), ms(2004))]]),
    });
    expect(timeout).toMatchObject({ pace: 'timer', early: TIMER_TOLERANCE + ms(4), late: TIMER_TOLERANCE });
  });

  test('a state and its consequences: 35 ms more, earlier only', () => {
    const [state] = tolerances([event(3, 'state', { node: 'n1', to: 'MASTER' })]);
    expect(state).toMatchObject({ early: ms(45), late: ms(10) });
  });

  test('what falls into an action: as much more as it took', () => {
    const actions = [
      { action: 'link_down', args: ['n1'], planned: 3 * SECOND, began: 3 * SECOND, ended: 3.02 * SECOND },
    ];
    const [during, after] = tolerances([event(3.01, 'link'), event(4, 'link')], { actions });
    expect([during?.late, after?.late]).toEqual([ms(30), ms(10)]);
  });

  test('a reset: an attempt of its client, and an eighth of what that had waited for', () => {
    const rst = (time: number, node: string) => event(time, 'rst', { node, to: 'c1', port: 80 });
    const attempts = [{ time: 2 * SECOND, took: 3.2 * SECOND, result: 'reset', server: null }];
    const parts = {
      clients: new Map([['persist', attempts]]),
      advertsSent: new Map([['n1', adverts()]]),
    };
    const [ending, later, wanted, again] = tolerances(
      [rst(5.2, 'n1'), rst(9, 'n1'), rst(10, 'c1'), rst(12, 'c1')],
      parts,
    );
    expect(ending).toMatchObject({ pace: 'attempt', early: ms(10 + 200 + 400), late: ms(10 + 200) });
    expect(later?.early).toBe(ms(10 + 200));
    // Who is sent again and again what it does not want answers each time.
    expect([wanted?.early, again?.early]).toEqual([ms(10 + 200), ms(10 + 200 + 250)]);
  });

  test('repeated requests: an eighth of the time since the first, and a new series begins anew', () => {
    const ask = (time: number) => event(time, 'arp_request', { node: 'c1', ip: 'v', unicast: false });
    const [first, second, third, fourth] = tolerances([ask(1), ask(2), ask(3), ask(9)]);
    expect([first, second, third, fourth].map((tolerance) => tolerance?.pace)).toEqual([
      'timer',
      'retry',
      'retry',
      'timer',
    ]);
    expect(second?.early).toBe(ms(10 + 125 + 200));
    expect(third?.early).toBe(ms(10 + 250 + 200));
  });

  test('what follows when an entry is forgotten: chance, but not when somebody flushed it', () => {
    const forgotten = [
      event(50, 'arp_request', { node: 'c1', ip: 'v', unicast: true }),
      event(51, 'arp_cache', { node: 'c1', ip: 'v', mac: null }),
      event(51.2, 'arp_reply', { node: 'n2', ip: 'v' }),
      event(60, 'arp_cache', { node: 'c1', ip: 'v', mac: 'm' }),
    ];
    expect(tolerances(forgotten).map(({ pace }) => pace)).toEqual(['chance', 'chance', 'chance', 'timer']);
    expect(tolerances(forgotten)[1]).toMatchObject({ early: NEIGHBOUR_SPREAD, late: NEIGHBOUR_SPREAD });
    const actions = [
      {
        action: 'sh',
        args: ['c1', 'ip neigh flush all'],
        planned: 51 * SECOND,
        began: 50.99 * SECOND,
        ended: 51 * SECOND,
      },
    ];
    expect(tolerances([forgotten[1] as ObservedEvent], { actions }).map(({ pace }) => pace)).toEqual([
      'timer',
    ]);
  });
});

describe('intervals that the protocol states', () => {
  const instance = { vrid: 51, priority: 100, advertInterval: 1 };

  test('are Master_Down_Interval and Skew_Time, with what a daemon is late', () => {
    expect(masterDownInterval(instance)).toBe(3.609375 * SECOND);
    expect([3.6095, 3.615, 0.61].map((length) => isStated(length * SECOND, instance))).toEqual([
      true,
      true,
      true,
    ]);
    expect([3.6, 3.63, 0.5, 10.5].map((length) => isStated(length * SECOND, instance))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(masterDownInterval({ ...instance, advertInterval: 2 })).toBe(6.609375 * SECOND);
  });
});
