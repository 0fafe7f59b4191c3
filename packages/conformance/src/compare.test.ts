import { fileURLToPath } from 'node:url';
import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shippedFolders } from './command.js';
import { type ComparisonRow, compare } from './compare.js';
import { fieldOf, type Observation, type ObservedEvent } from './observation.js';
import { withoutCause } from './order.js';
import { formatDifference, summary } from './outcome.js';
import { type Recording, readRecording } from './recording.js';
import { vipPaths } from './vip-path.js';

const RECORDINGS = fileURLToPath(new URL('../recordings', import.meta.url));
const recordings = shippedFolders(RECORDINGS).map(readRecording);
const k02 = recordings.find(({ name }) => name === 'k02') as Recording;
const ownerOf = new Map([...k02.macs].map(([node, mac]) => [mac, node]));

/** Compares a recording with itself after a change to what stands for the simulation in some runs. */
function withChange(
  change: (run: Observation) => Observation,
  runs = k02.runs.length,
  recording = k02,
): ComparisonRow[] {
  return compare(
    recording,
    recording.runs.map((recorded, index) => ({
      recorded,
      simulated: index < runs ? change(recorded) : recorded,
    })),
  );
}

const disagreeing = (rows: readonly ComparisonRow[]): string[] =>
  rows
    .filter(({ verdict }) => verdict !== 'agrees' && verdict !== 'not modelled')
    // Recorded instants are stamped when they are read, so a recording shows effects before their causes.
    .filter(({ kind }) => kind !== 'causes')
    .map(({ label, verdict, detail }) => [label, verdict, ...(detail === '' ? [] : [detail])].join(': '));

const isZero = (event: ObservedEvent): boolean => event.kind === 'prio0_received';

function mapEvents(change: (event: ObservedEvent) => ObservedEvent[]) {
  return (run: Observation): Observation => ({
    ...run,
    events: run.events.flatMap(change).sort((a, b) => a.time - b.time),
  });
}

const shift = (wanted: (event: ObservedEvent) => boolean, by: Nanoseconds) =>
  mapEvents((event) => [wanted(event) ? { ...event, time: event.time + by } : event]);

describe('a recording compared with itself', () => {
  // But for intervals: of those every simulated one has to be near the median, and a recorded BACKUP line that was
  // read late makes one that is not.
  test.each(recordings)('$name agrees in full', (recording) => {
    const rows = withChange((run) => run, recording.runs.length, recording);
    expect(disagreeing(rows.filter(({ kind }) => kind !== 'interval'))).toEqual([]);
    expect(rows.length).toBeGreaterThan(40);
  });
});

describe('what is changed is noticed', () => {
  test('an event that is missing', () => {
    expect(disagreeing(withChange(mapEvents((event) => (isZero(event) ? [] : [event]))))).toEqual([
      'prio0_received n2 VI_1 #1: missing',
    ]);
  });

  test('in one run only', () => {
    expect(
      disagreeing(
        withChange(
          mapEvents((event) => (isZero(event) ? [] : [event])),
          1,
        ),
      ),
    ).toEqual(['prio0_received n2 VI_1 #1: missing: 1 of 5 runs']);
  });

  test('an event too many', () => {
    const twice = mapEvents((event) =>
      isZero(event) ? [event, { ...event, time: event.time + SECOND }] : [event],
    );
    expect(disagreeing(withChange(twice))).toEqual(['prio0_received n2 VI_1 #+1: extra']);
  });

  test('an event of other fields', () => {
    const renamed = mapEvents((event) => [
      event.kind === 'master_yields'
        ? { ...event, fields: { ...event.fields, why: 'same priority 150' } }
        : event,
    ]);
    expect(disagreeing(withChange(renamed)).sort()).toEqual([
      'master_yields n2 VI_1 to .11, higher priority 150 #1: missing',
      'master_yields n2 VI_1 to .11, same priority 150 #+1: extra',
    ]);
  });

  test('20 ms late in every run, but not in two of five', () => {
    const late = shift(isZero, 20 * MILLISECOND);
    expect(disagreeing(withChange(late))).toEqual(['prio0_received n2 VI_1 #1: differs: +20.0 ms']);
    expect(disagreeing(withChange(late, 2))).toEqual([]);
    expect(disagreeing(withChange(late, 3))).toEqual([
      'prio0_received n2 VI_1 #1: differs: +20.0 ms, 3 of 5 runs',
    ]);
  });

  test('100 ms late in a single run', () => {
    expect(disagreeing(withChange(shift(isZero, 100 * MILLISECOND), 1))).toContain(
      'prio0_received n2 VI_1 #1: differs: +0.10 s, 1 of 5 runs',
    );
  });

  test('an election 20 ms sooner after BACKUP', () => {
    const early = shift(
      (event) => event.kind === 'advert_timeout' && fieldOf(event, 'node') === 'n1',
      -20 * MILLISECOND,
    );
    expect(disagreeing(withChange(early))).toContainEqual(
      expect.stringMatching(/^n1 VI_1 #1 after BACKUP: differs: -\d\d\.\d ms$/),
    );
  });

  test('an advertisement that is not delivered', () => {
    const lossy = (run: Observation): Observation => ({
      ...run,
      advertsDelivered: new Map(
        [...run.advertsDelivered].map(([path, rows]) => [
          path,
          path === 'n1>n2' ? rows.toSpliced(2, 1) : rows,
        ]),
      ),
    });
    expect(disagreeing(withChange(lossy))).toEqual([
      'adverts_delivered n1>n2 51/150/1s #1: differs: 6 for 7',
    ]);
  });

  test('two events that change places', () => {
    const early = shift(
      (event) => event.kind === 'advert_timeout' && fieldOf(event, 'node') === 'n2',
      -0.7 * SECOND,
    );
    expect(disagreeing(withChange(early, 1))).toContainEqual(
      expect.stringMatching(
        /^order of events: differs: advert_timeout of 10\.618 s before prio0_received in run1/,
      ),
    );
  });

  test('any event gone, in any run', () => {
    const modelled = k02.runs[0]?.events.filter(({ kind }) => kind !== 'rst' && kind !== 'neigh') ?? [];
    fc.assert(
      fc.property(fc.constantFrom(...modelled), (gone) => {
        expect(
          disagreeing(
            withChange(
              mapEvents((event) => (event === gone ? [] : [event])),
              1,
            ),
          ),
        ).not.toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('effects need causes', () => {
  const event = (time: number, kind: string, fields: ObservedEvent['fields']): ObservedEvent => ({
    time: time * SECOND,
    kind,
    fields,
  });
  const run = (...events: ObservedEvent[]): Observation => ({
    events,
    advertsSent: new Map(),
    advertsDelivered: new Map(),
    clients: new Map(),
  });
  const request = event(1, 'arp_request', { node: 'c1', ip: '10.0.0.1', unicast: false });
  const reply = event(1, 'arp_reply', { node: 'n1', ip: '10.0.0.1', mac: 'm', to: 'c1' });

  test('a reply comes with or after its request', () => {
    expect(withoutCause(run(request, reply))).toEqual([]);
    expect(withoutCause(run(reply))).toEqual(['arp_reply at 1 s without its cause']);
    expect(
      withoutCause(run(request, { ...reply, fields: { ...reply.fields, ip: '10.0.0.2' } })),
    ).toHaveLength(1);
    expect(withoutCause(run({ ...request, time: 0 }, reply))).toHaveLength(1);
  });
});

describe('the way to a virtual address', () => {
  // The recorder works it out from the same events: its own result is in the recordings.
  test.each(recordings)('$name: is what the recorder made of it', (recording) => {
    const owners = new Map([...recording.macs].map(([node, mac]) => [mac, node]));
    for (const { events } of recording.runs) {
      const inputs = events.filter(({ kind }) => kind === 'fdb' || kind === 'arp_cache');
      expect(vipPaths(inputs, owners)).toEqual(events.filter(({ kind }) => kind === 'vip_path'));
    }
  });

  test('leads nowhere without an entry, and to the owner while the switch knows nothing', () => {
    const [mac = '', owner] = [...ownerOf][0] ?? [];
    const known = (value: string | null): ObservedEvent => ({
      time: 1,
      kind: 'arp_cache',
      fields: { node: 'c1', ip: 'v', mac: value, owner: null },
    });
    expect(vipPaths([known(mac), known(null)], ownerOf).map((event) => fieldOf(event, 'port'))).toEqual([
      owner,
      null,
    ]);
  });
});

describe('what is said of several runs', () => {
  test('the worst of them', () => {
    const differs = (by: number) => ({ outcome: 'differs', by, detail: formatDifference(by) }) as const;
    expect(summary([{ outcome: 'agrees' }, { outcome: 'absent' }])).toEqual({
      verdict: 'agrees',
      detail: '',
    });
    expect(summary([differs(20 * MILLISECOND), differs(-2 * SECOND)])).toEqual({
      verdict: 'differs',
      detail: '-2.00 s',
    });
    expect(summary([differs(1), { outcome: 'missing' }, { outcome: 'extra' }])).toEqual({
      verdict: 'missing',
      detail: '1 of 3 runs',
    });
    expect(summary([{ outcome: 'extra' }, { outcome: 'extra' }])).toEqual({ verdict: 'extra', detail: '' });
  });
});
