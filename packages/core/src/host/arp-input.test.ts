import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../engine/index.js';
import {
  type ArpPacket,
  arpPacket,
  arpProbe,
  arpReply,
  arpRequest,
  BROADCAST_MAC,
  gratuitousArpReply,
  gratuitousArpRequest,
  gratuitousArpRequestToBroadcast,
  type MacAddress,
  macAddress,
  ZERO_MAC,
} from '../wire/index.js';
import { eth0, ip, Lan, macOf } from './lan.testing.js';
import type { Neighbour } from './neighbour-cache.js';
import type { Sysctls } from './sysctl.js';

const ME = ip('10.0.0.1');
const MY_MAC = macOf(0x100);
const V = ip('10.0.0.100');
const THIRD = ip('10.0.0.77');
const O = macOf(0xaaa);
const N = macOf(0xbbb);

interface News {
  readonly to: MacAddress;
  readonly packet: ArpPacket;
}

const NEWS: Record<string, News> = {
  'GARP request, broadcast, tha 0': { to: BROADCAST_MAC, packet: gratuitousArpRequest(N, V) },
  'GARP request, broadcast, tha ff': { to: BROADCAST_MAC, packet: gratuitousArpRequestToBroadcast(N, V) },
  'GARP reply, broadcast, tha == sha': { to: BROADCAST_MAC, packet: gratuitousArpReply(N, V) },
  'GARP reply, broadcast, tha ff': { to: BROADCAST_MAC, packet: gratuitousArpReply(N, V, BROADCAST_MAC) },
  'GARP reply, broadcast, tha 0': { to: BROADCAST_MAC, packet: gratuitousArpReply(N, V, ZERO_MAC) },
  'GARP reply, unicast to me, tha == sha': { to: MY_MAC, packet: gratuitousArpReply(N, V) },
  'normal reply, unicast to me': { to: MY_MAC, packet: arpReply(N, V, MY_MAC, ME) },
  'reply, broadcast, tpa = me': { to: BROADCAST_MAC, packet: arpReply(N, V, MY_MAC, ME) },
  'request for my address': { to: BROADCAST_MAC, packet: arpRequest(N, V, ME) },
  'broadcast request for a third party': { to: BROADCAST_MAC, packet: arpRequest(N, V, THIRD) },
  'probe (spa 0) for V': { to: BROADCAST_MAC, packet: arpProbe(N, V) },
};

type Before = 'absent' | 'INCOMPLETE' | 'FAILED' | 'young' | 'old' | 'PERMANENT';

/** Builds the situation, sends the news, and gives what is known then. */
function outcome(
  before: Before,
  news: News,
  sysctl: Partial<Sysctls> = {},
  reachable = false,
): { entry: Neighbour | undefined; replies: number } {
  const lan = new Lan();
  const host = lan.host('c', 1, ['10.0.0.1/24'], sysctl);
  const tap = lan.tap(eth0(host));
  const table = eth0(host).neighbours;
  lan.run(10 * SECOND);
  const start = lan.engine.now;
  if (before === 'INCOMPLETE' || before === 'FAILED') {
    host.send({ destination: V, protocol: 200, payload: { kind: 'raw', bytes: Uint8Array.of(1) } });
    lan.run(start + (before === 'FAILED' ? 4 * SECOND : 100 * MILLISECOND));
    expect(table.lookUp(V)?.state).toBe(before);
  } else if (before === 'young' || before === 'old') {
    table.learn(V, O, reachable, true);
    lan.run(start + (before === 'young' ? 500 * MILLISECOND : 1500 * MILLISECOND));
  } else if (before === 'PERMANENT') table.setPermanent(V, O);
  tap.takeArp();
  tap.arp(news.to, news.packet);
  lan.run(lan.engine.now + 10);
  const replies = tap.takeArp().filter((arp) => arp.operation === 'reply').length;
  return { entry: table.lookUp(V), replies };
}

const n = (state: Neighbour['state']): Neighbour => ({ address: V, state, mac: N });
const KEPT = 'kept';
const IGNORED = 'ignored';

/** Columns: entry absent; INCOMPLETE or FAILED; valid and updated within 1 s; valid for longer. */
const TABLE: Record<
  string,
  [Neighbour | typeof IGNORED, Neighbour | typeof IGNORED, Neighbour | typeof KEPT, Neighbour | typeof KEPT]
> = {
  'GARP request, broadcast, tha 0': [IGNORED, n('STALE'), n('STALE'), n('STALE')],
  'GARP request, broadcast, tha ff': [IGNORED, n('STALE'), n('STALE'), n('STALE')],
  'GARP reply, broadcast, tha == sha': [IGNORED, n('STALE'), n('STALE'), n('STALE')],
  'GARP reply, broadcast, tha ff': [IGNORED, n('STALE'), KEPT, n('STALE')],
  'GARP reply, broadcast, tha 0': [IGNORED, n('STALE'), KEPT, n('STALE')],
  'GARP reply, unicast to me, tha == sha': [IGNORED, n('REACHABLE'), n('REACHABLE'), n('REACHABLE')],
  'normal reply, unicast to me': [IGNORED, n('REACHABLE'), KEPT, n('REACHABLE')],
  'reply, broadcast, tpa = me': [IGNORED, n('STALE'), KEPT, n('STALE')],
  'request for my address': [n('STALE'), n('STALE'), n('STALE'), n('STALE')],
  'broadcast request for a third party': [IGNORED, n('STALE'), KEPT, n('STALE')],
  'probe (spa 0) for V': [IGNORED, IGNORED, KEPT, KEPT],
};

describe('what a received ARP does (arp_process)', () => {
  for (const [name, columns] of Object.entries(TABLE)) {
    const news = NEWS[name] as News;
    const isForMe = name === 'request for my address';

    test(`${name}: entry absent`, () => {
      const { entry, replies } = outcome('absent', news);
      expect(entry).toEqual(columns[0] === IGNORED ? undefined : columns[0]);
      expect(replies).toBe(isForMe ? 1 : 0);
    });

    test(`${name}: INCOMPLETE and FAILED`, () => {
      const failed = outcome('FAILED', news).entry;
      const incomplete = outcome('INCOMPLETE', news).entry;
      if (columns[1] === IGNORED) {
        expect(failed?.state).toBe('FAILED');
        expect(incomplete?.state).toBe('INCOMPLETE');
      } else {
        expect(failed).toEqual(columns[1]);
        // The packet that waited is sent, which makes a STALE entry DELAY.
        const sent = columns[1].state === 'STALE' ? 'DELAY' : columns[1].state;
        expect(incomplete).toEqual({ ...columns[1], state: sent });
      }
    });

    for (const reachable of [true, false]) {
      const old = { address: V, state: reachable ? 'REACHABLE' : 'STALE', mac: O };
      test(`${name}: ${old.state}, within and after the locktime`, () => {
        expect(outcome('young', news, {}, reachable).entry).toEqual(columns[2] === KEPT ? old : columns[2]);
        expect(outcome('old', news, {}, reachable).entry).toEqual(columns[3] === KEPT ? old : columns[3]);
      });
    }

    test(`${name}: PERMANENT never changes`, () => {
      expect(outcome('PERMANENT', news).entry).toEqual({ address: V, state: 'PERMANENT', mac: O });
    });
  }

  test('the same MAC: STALE-type news changes nothing, a unicast reply makes it REACHABLE', () => {
    const same = (to: MacAddress, packet: ArpPacket, reachable: boolean) =>
      outcome('old', { to, packet }, {}, reachable).entry;
    expect(same(BROADCAST_MAC, gratuitousArpRequest(O, V), true)).toEqual({
      address: V,
      state: 'REACHABLE',
      mac: O,
    });
    expect(same(BROADCAST_MAC, gratuitousArpRequest(O, V), false)).toEqual({
      address: V,
      state: 'STALE',
      mac: O,
    });
    expect(same(MY_MAC, arpReply(O, V, MY_MAC, ME), false)).toEqual({
      address: V,
      state: 'REACHABLE',
      mac: O,
    });
  });

  test('an answer that names a group’s MAC is believed (arp_process looks at addresses only; CARP balancing ip)', () => {
    const group = macAddress('01:00:5e:00:01:01');
    const news = { to: MY_MAC, packet: arpReply(group, V, MY_MAC, ME) };
    expect(outcome('INCOMPLETE', news).entry).toMatchObject({ state: 'REACHABLE', mac: group });
  });

  test('arp_accept 1 and 2 create entries from gratuitous ARP and replies, not from requests for others', () => {
    const created: Record<string, Neighbour['state'] | null> = {
      'GARP request, broadcast, tha 0': 'STALE',
      'GARP reply, broadcast, tha == sha': 'STALE',
      'GARP reply, broadcast, tha ff': 'STALE',
      'GARP reply, unicast to me, tha == sha': 'REACHABLE',
      'normal reply, unicast to me': 'REACHABLE',
      'reply, broadcast, tpa = me': 'STALE',
      'broadcast request for a third party': null,
      'probe (spa 0) for V': null,
    };
    for (const [name, state] of Object.entries(created)) {
      for (const arp_accept of [1, 2]) {
        expect(outcome('absent', NEWS[name] as News, { arp_accept }).entry ?? null, name).toEqual(
          state === null ? null : n(state),
        );
      }
    }
  });

  test('arp_accept 2 wants the sender on the link', () => {
    const far = ip('10.9.9.9');
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24'], { arp_accept: 2 });
    const tap = lan.tap(eth0(host));
    tap.arp(BROADCAST_MAC, gratuitousArpRequest(N, far));
    tap.arp(BROADCAST_MAC, gratuitousArpRequest(N, V));
    lan.run(10);
    expect(eth0(host).neighbours.entries()).toEqual([n('STALE')]);
  });

  test('drop_gratuitous_arp', () => {
    expect(
      outcome('old', NEWS['GARP request, broadcast, tha 0'] as News, { drop_gratuitous_arp: 1 }).entry?.mac,
    ).toBe(O);
  });

  test('two masters answer one request: the first wins for the locktime (case 25)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24']);
    const tap = lan.tap(eth0(host));
    const { neighbours } = eth0(host);
    lan.run(5 * SECOND);
    host.send({ destination: V, protocol: 200, payload: { kind: 'raw', bytes: Uint8Array.of(1) } });
    tap.arp(MY_MAC, arpReply(O, V, MY_MAC, ME));
    lan.run(5 * SECOND + 50_000);
    tap.arp(MY_MAC, arpReply(N, V, MY_MAC, ME));
    lan.run(5 * SECOND + 200 * MILLISECOND);
    expect(neighbours.lookUp(V)).toEqual({ address: V, state: 'REACHABLE', mac: O });
    lan.run(6 * SECOND + 100 * MILLISECOND);
    tap.arp(BROADCAST_MAC, arpRequest(N, V, THIRD));
    lan.run(7 * SECOND);
    expect(neighbours.lookUp(V)).toEqual(n('STALE'));
  });

  test('whatever arrives: PERMANENT stays, what is valid has a MAC, nothing is created but by a request to us', () => {
    const address = fc.constantFrom(
      ME,
      V,
      THIRD,
      ip('0.0.0.0'),
      ip('255.255.255.255'),
      ip('224.0.0.18'),
      ip('10.0.0.255'),
      ip('127.0.0.1'),
    );
    const hardware = fc.constantFrom(O, N, MY_MAC, BROADCAST_MAC, ZERO_MAC);
    const arrival = fc.record({
      to: fc.constantFrom(BROADCAST_MAC, MY_MAC, O),
      operation: fc.constantFrom('request' as const, 'reply' as const),
      sha: hardware,
      spa: address,
      tha: hardware,
      tpa: address,
      wait: fc.nat(2 * SECOND),
      sends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 30 }), (arrivals) => {
        const lan = new Lan();
        const host = lan.host('c', 1, ['10.0.0.1/24']);
        const tap = lan.tap(eth0(host));
        const { neighbours } = eth0(host);
        neighbours.setPermanent(THIRD, O);
        const mayExist = new Set<number>([THIRD]);
        for (const { to, operation, sha, spa, tha, tpa, wait, sends } of arrivals) {
          if (sends) {
            host.send({ destination: V, protocol: 200, payload: { kind: 'raw', bytes: Uint8Array.of(1) } });
            mayExist.add(V);
          }
          tap.arp(to, arpPacket(operation, sha, spa, tha, tpa));
          if (operation === 'request' && tpa === ME) mayExist.add(spa);
          lan.run(lan.engine.now + wait + 2);
          for (const entry of neighbours.entries()) {
            expect(mayExist.has(entry.address)).toBe(true);
            const isUsed = entry.state !== 'NONE' && entry.state !== 'INCOMPLETE' && entry.state !== 'FAILED';
            expect(entry.mac !== null).toBe(isUsed);
            expect(entry.address).not.toBe(ME);
          }
          expect(neighbours.lookUp(THIRD)).toEqual({ address: THIRD, state: 'PERMANENT', mac: O });
        }
      }),
      { numRuns: 60 },
    );
  });
});
