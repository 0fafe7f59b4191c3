import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { ClientAttempt } from './client-attempt.js';
import { compareClients } from './compare-clients.js';
import type { ObservedEvent } from './observation.js';
import type { RecordedRun } from './recording.js';

const PACE: Nanoseconds = 200 * MILLISECOND;

/** Attempts every 200 ms from one instant to another, both in seconds. */
function every(from: number, to: number, result: string, server: string | null, took = 1): ClientAttempt[] {
  const attempts: ClientAttempt[] = [];
  for (let time = from * SECOND; time <= to * SECOND; time += PACE)
    attempts.push({ time, took: took * MILLISECOND, result, server });
  return attempts;
}

const one = (at: number, result: string, server: string | null, took: number): ClientAttempt[] => [
  { time: at * SECOND, took: took * SECOND, result, server },
];

function run(client: string, attempts: ClientAttempt[], events: ObservedEvent[] = []): RecordedRun {
  return {
    name: 'run1',
    actions: [],
    events,
    advertsSent: new Map(),
    advertsDelivered: new Map(),
    clients: new Map([[client, attempts]]),
  };
}

/** What is said of one run whose recorded and simulated clients noted these attempts. */
function said(
  client: string,
  recorded: ClientAttempt[],
  simulated: ClientAttempt[],
  events: ObservedEvent[] = [],
): string[] {
  return compareClients([{ recorded: run(client, recorded, events), simulated: run(client, simulated) }]).map(
    ({ label, verdict, detail }) => (detail === '' ? `${label} ${verdict}` : `${label} ${verdict} ${detail}`),
  );
}

describe('a short client', () => {
  const failover = [...every(0, 5, 'ok', 'n1'), ...every(5.2, 8, 'timeout', null, 1000)];
  const recorded = [...failover, ...every(8.2, 12, 'ok', 'n2')];

  test('that lived through the same agrees, its boundaries one attempt off', () => {
    const agreeing = ['short: ok n1 #1 agrees', 'short: timeout #1 agrees', 'short: ok n2 #1 agrees'];
    expect(said('short', recorded, recorded)).toEqual(agreeing);
    const shifted = [
      ...every(0, 5.2, 'ok', 'n1'),
      ...every(5.4, 7.8, 'timeout', null, 1000),
      ...every(8, 12, 'ok', 'n2'),
    ];
    expect(said('short', recorded, shifted)).toEqual(agreeing);
  });

  test('that is served three attempts later differs', () => {
    const late = [
      ...every(0, 5, 'ok', 'n1'),
      ...every(5.2, 8.6, 'timeout', null, 1000),
      ...every(8.8, 12, 'ok', 'n2'),
    ];
    expect(said('short', recorded, late)).toEqual([
      'short: ok n1 #1 agrees',
      'short: timeout #1 differs last +0.60 s',
      'short: ok n2 #1 differs first +0.60 s',
    ]);
  });

  test('that is served by another, or not at all, differs', () => {
    const other = [...failover, ...every(8.2, 12, 'ok', 'n3')];
    expect(said('short', recorded, other)).toEqual([
      'short: ok n1 #1 agrees',
      'short: timeout #1 agrees',
      'short: ok n2 #1 missing',
      'short: ok n3 #+1 extra',
    ]);
    expect(said('short', recorded, failover)).toContain('short: ok n2 #1 missing');
  });

  test('attempts that are missing in the midst are counted', () => {
    const sparse = recorded.filter((_, index) => index % 2 === 0 || index < 26);
    expect(said('short', recorded, sparse)).toContainEqual(
      expect.stringMatching(/^short: timeout #1 differs \d+ for 15$/),
    );
  });

  test('that is told at once what the recorded one waited for differs', () => {
    const quick = recorded.map((attempt) =>
      attempt.result === 'timeout' ? { ...attempt, took: 1000 } : attempt,
    );
    expect(said('short', recorded, quick)).toContain('short: timeout #1 differs took -1.00 s');
  });

  test('waits as long as the kernel believes a dead neighbour, which is known or drawn by chance', () => {
    const probe = (time: number, kind: string, fields: ObservedEvent['fields']): ObservedEvent => ({
      time: time * SECOND,
      kind,
      fields: { node: 'c1', ip: 'v', ...fields },
    });
    const forgotten = [
      probe(7, 'arp_request', { unicast: true }),
      probe(8.1, 'arp_cache', { mac: null, owner: null }),
    ];
    const early = [
      ...every(0, 5, 'ok', 'n1'),
      ...every(5.2, 7, 'timeout', null, 1000),
      ...every(7.2, 12, 'ok', 'n2'),
    ];
    expect(said('short', recorded, early, forgotten)).toContain('short: ok n2 #1 agrees');
    expect(said('short', recorded, early)).toContain('short: ok n2 #1 differs first -1.00 s');
    // The kernel's notice of its doubt tells the reachable time; what follows has the slack of its timers only.
    const doubt = probe(5.1, 'neigh', { state: 'STALE', mac: 'm', owner: 'n1' });
    const earlier = [
      ...every(0, 5, 'ok', 'n1'),
      ...every(5.2, 5.8, 'timeout', null, 1000),
      ...every(6, 12, 'ok', 'n2'),
    ];
    expect(said('short', recorded, early, [doubt, ...forgotten])).toContain('short: ok n2 #1 agrees');
    expect(said('short', recorded, earlier, [doubt, ...forgotten])).toContain(
      'short: ok n2 #1 differs first -2.20 s',
    );
    expect(said('short', recorded, earlier, forgotten)).not.toContain(
      'short: ok n2 #1 differs first -2.20 s',
    );
  });
});

describe('a client that holds its connection', () => {
  const hung = (took: number): ClientAttempt[] => [
    ...every(0, 10, 'ok', 'n1'),
    ...one(10.2, 'reset', null, took),
    ...one(10.2 + took, 'open', null, 0.001),
    ...every(10.201 + took, 80, 'ok', 'n2'),
  ];
  const recorded = hung(54.3);

  test('may be told by timers that are an eighth late', () => {
    expect(said('persist', recorded, hung(51.4))).toEqual([
      'persist: ok n1 #1 agrees',
      'persist: reset #1 agrees',
      'persist: open #1 agrees',
      'persist: ok n2 #1 agrees',
    ]);
  });

  test('but not more than that, and never earlier', () => {
    expect(said('persist', recorded, hung(45))).toContain('persist: reset #1 differs took -9.30 s');
    expect(said('persist', recorded, hung(56))).toContain('persist: reset #1 differs took +1.70 s');
  });

  test('that is not told of the break differs', () => {
    const seamless = [...every(0, 10, 'ok', 'n1'), ...every(10.2, 80, 'ok', 'n2')];
    expect(said('persist', recorded, seamless)).toEqual(
      expect.arrayContaining(['persist: reset #1 missing', 'persist: open #1 missing']),
    );
  });
});

describe('several runs and clients', () => {
  test('a client that only one side has, in the run that has it', () => {
    const attempts = every(0, 1, 'ok', 'n1');
    const rows = compareClients([
      { recorded: run('short', attempts), simulated: run('short', attempts) },
      { recorded: run('short', attempts), simulated: run('persist', attempts) },
    ]);
    expect(rows.map(({ label, verdict, detail, seenIn }) => [label, verdict, detail, seenIn])).toEqual([
      ['short: ok n1 #1', 'missing', '1 of 2 runs', 2],
      ['persist: ok n1 #+1', 'extra', '1 of 2 runs', 0],
    ]);
  });

  test('no clients, no rows', () => {
    const none: RecordedRun = { ...run('short', []), clients: new Map() };
    expect(compareClients([{ recorded: none, simulated: none }])).toEqual([]);
    expect(said('short', [], [])).toEqual([]);
  });
});
