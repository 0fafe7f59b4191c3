import { MILLISECOND, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { ClientAttempt } from './client-attempt.js';
import { kernelPhases } from './kernel-phases.js';
import type { ObservedEvent } from './observation.js';
import type { RecordedRun } from './recording.js';

const event = (time: number, kind: string, fields: ObservedEvent['fields'] = {}): ObservedEvent => ({
  time: time * SECOND,
  kind,
  fields: { node: 'c1', ip: 'v', ...fields },
});
const ok = (time: number, result = 'ok'): ClientAttempt => ({
  time: time * SECOND,
  took: 1 * MILLISECOND,
  result,
  server: 'n1',
});
const run = (events: ObservedEvent[], attempts: ClientAttempt[] = []): RecordedRun => ({
  name: 'run1',
  actions: [],
  events,
  advertsSent: new Map(),
  advertsDelivered: new Map(),
  clients: new Map([['short', attempts]]),
});
const stale = (time: number) => event(time, 'neigh', { state: 'STALE' });

describe('how long a kernel believes a neighbour', () => {
  const reachable = (of: RecordedRun) => kernelPhases(of, 'c1', ['short']).reachableTime;

  test('is counted from the last answer to its notice of doubt', () => {
    expect(reachable(run([stale(40)], [ok(1), ok(9.999), ok(20, 'timeout'), ok(50)]))).toBe(30 * SECOND);
  });

  test('or from the last ARP reply', () => {
    const reply = event(15, 'arp_reply', { node: 'n1', to: 'c1' });
    expect(reachable(run([reply, stale(40)], [ok(9)]))).toBe(25 * SECOND);
  });

  test('an entry that was changed is not one that is doubted', () => {
    const changed = [event(9.99, 'arp_cache', { mac: 'm' }), stale(10)];
    expect(reachable(run(changed, [ok(9)]))).toBeUndefined();
    expect(reachable(run([...changed, stale(40)], [ok(9.999)]))).toBe(30 * SECOND);
  });

  test('without a notice, or without a confirmation, it is not known', () => {
    expect(reachable(run([], [ok(9)]))).toBeUndefined();
    expect(reachable(run([stale(40)]))).toBeUndefined();
    expect(
      reachable(run([{ ...stale(40), fields: { node: 'r1', state: 'STALE' } }], [ok(9)])),
    ).toBeUndefined();
  });
});

describe('how long a kernel waits before it asks again', () => {
  const retrans = (...events: ObservedEvent[]) => kernelPhases(run(events), 'c1', []).retransTime;
  const ask = (time: number, fields: ObservedEvent['fields'] = {}) =>
    event(time, 'arp_request', { unicast: false, ...fields });

  test('is the middle one of the gaps of about a second', () => {
    expect(retrans(ask(1), ask(2.02), ask(3.05), ask(4.07))).toBeCloseTo(1.02 * SECOND, -3);
  });

  test('other gaps, other nodes and unicast requests do not count', () => {
    expect(retrans(ask(1), ask(1.2), ask(9))).toBeUndefined();
    expect(retrans(ask(1), ask(2.02, { node: 'r1' }), ask(2.03, { unicast: true }))).toBeUndefined();
  });
});
