import { describe, expect, test } from 'vitest';
import { MILLISECOND, type Nanoseconds, SECOND, Timer } from '../engine/index.js';
import {
  arpReply,
  BROADCAST_MAC,
  gratuitousArpReply,
  gratuitousArpRequest,
  IP_PROTOCOL_ICMP,
  icmpEchoRequest,
} from '../wire/index.js';
import type { Host } from './host.js';
import { eth0, ip, Lan, macOf } from './lan.testing.js';

const C = ip('10.0.0.1');
const V = ip('10.0.0.100');
const raw = { kind: 'raw', bytes: Uint8Array.of(1, 2, 3) } as const;

/** Calls `action` at each instant; for tests that do something in the middle of a run. */
function every(lan: Lan, period: Nanoseconds, action: () => void): void {
  const timer: Timer = new Timer(lan.engine, 'test', lan.engine.world, () => {
    action();
    timer.arm(period);
  });
  timer.arm(0);
}

const requests = (lan: Lan): [number, boolean][] =>
  lan.trace.filter('arp.requested').map((event) => [event.time, event.unicast]);
const states = (lan: Lan): [number, string][] =>
  lan.trace.filter('arp.state').map((event) => [event.time, event.to]);

function absent(): { lan: Lan; host: Host } {
  const lan = new Lan();
  const host = lan.host('c', 1, ['10.0.0.1/24']);
  lan.tap(eth0(host));
  return { lan, host };
}

describe('neighbour unreachability detection', () => {
  test('an absent host: requests at 0, 1, 2 s, failure at 3 s, the next packet begins anew (case 20)', () => {
    const { lan, host } = absent();
    const errors: [number, number, number][] = [];
    const socket = host.udpSocket(
      null,
      { port: 4000, onError: (error) => errors.push([lan.engine.now, error.type, error.code]) },
      () => {},
    );
    socket.open();
    expect(socket.send(V, 80, Uint8Array.of(1))).toBe('sent');
    lan.run(3500 * MILLISECOND);
    socket.send(V, 80, Uint8Array.of(2));
    lan.run(4 * SECOND);
    expect(requests(lan)).toEqual([
      [0, false],
      [SECOND, false],
      [2 * SECOND, false],
      [3.5 * SECOND, false],
    ]);
    expect(errors).toEqual([[3 * SECOND, 3, 1]]);
    expect(lan.trace.filter('arp.failed').map((event) => [event.time, event.dropped])).toEqual([
      [3 * SECOND, 1],
    ]);
  });

  test('a MAC that changed silently costs 8 s (case 21)', () => {
    const lan = new Lan();
    const c = lan.host('c', 1, ['10.0.0.1/24']);
    const a = lan.host('a', 2, ['10.0.0.2/24']);
    const b = lan.host('b', 3, [['10.0.0.3/24', '10.0.0.100/32']]);
    for (const host of [c, a, b]) lan.plugIn(eth0(host));
    eth0(c).neighbours.learn(V, eth0(a).mac, false, true);
    eth0(b).neighbours.learn(C, eth0(c).mac, false, true);
    const answered: number[] = [];
    c.rawSocket(null, { protocol: IP_PROTOCOL_ICMP }, (packet) => {
      if (packet.payload.kind === 'icmp' && packet.payload.message === 'echo-reply')
        answered.push(packet.payload.sequence);
    }).open();
    let sent = 0;
    every(lan, 300 * MILLISECOND, () => {
      c.send({
        destination: V,
        protocol: IP_PROTOCOL_ICMP,
        payload: icmpEchoRequest(1, sent++, new Uint8Array(0)),
      });
    });
    lan.run(9 * SECOND);
    const asked = lan.trace.filter('arp.requested').filter((event) => event.node === 'c');
    expect(asked.map((event) => [event.time, event.unicast])).toEqual([
      [5 * SECOND, true],
      [6 * SECOND, true],
      [7 * SECOND, true],
      [8.1 * SECOND, false],
    ]);
    const failed = lan.trace.filter('arp.state').find((event) => event.node === 'c' && event.to === 'FAILED');
    expect(failed?.time).toBe(8 * SECOND);
    expect(answered[0]).toBe(27);
  });

  test('REACHABLE without confirmation: STALE 30, PROBE 35, FAILED 38 (case 22)', () => {
    const { lan, host } = absent();
    eth0(host).neighbours.learn(V, macOf(7), true, true);
    every(lan, 7 * MILLISECOND, () => host.send({ destination: V, protocol: 200, payload: raw }));
    lan.run(38 * SECOND);
    const next = Math.ceil((30 * SECOND) / (7 * MILLISECOND)) * 7 * MILLISECOND;
    expect(states(lan)).toEqual(
      [
        [0, 'REACHABLE'],
        [30 * SECOND, 'STALE'],
        [next, 'DELAY'],
        [next + 5 * SECOND, 'PROBE'],
        [next + 8 * SECOND, 'FAILED'],
      ].filter(([time]) => (time as number) <= 38 * SECOND),
    );
    lan.run(39 * SECOND);
    expect(states(lan).some(([time, to]) => to === 'FAILED' && time === next + 8 * SECOND)).toBe(true);
  });

  test('MSG_CONFIRM in DELAY makes it REACHABLE without a probe, for the rest of the reachable time', () => {
    const { lan, host } = absent();
    const socket = host.udpSocket(null, { port: 4000 }, () => {});
    socket.open();
    eth0(host).neighbours.learn(V, macOf(7), false, true);
    socket.send(V, 80, Uint8Array.of(1), { confirm: true }); // STALE: becomes DELAY, the confirmation is too early
    lan.run(2 * SECOND);
    socket.send(V, 80, Uint8Array.of(1), { confirm: true });
    lan.run(33 * SECOND);
    expect(states(lan)).toEqual([
      [0, 'STALE'],
      [0, 'DELAY'],
      [5 * SECOND, 'REACHABLE'],
      [32 * SECOND, 'STALE'],
    ]);
    expect(requests(lan)).toEqual([]);
  });

  test('a unicast reply confirms, even one whose MAC is not believed', () => {
    for (const mac of [macOf(7), macOf(8)]) {
      const lan = new Lan();
      const host = lan.host('c', 1, ['10.0.0.1/24']);
      const tap = lan.tap(eth0(host));
      const { neighbours } = eth0(host);
      neighbours.learn(V, macOf(7), false, true);
      lan.run(10 * SECOND);
      neighbours.learn(V, macOf(7), true, true);
      lan.run(10.5 * SECOND);
      tap.arp(eth0(host).mac, arpReply(mac, V, eth0(host).mac, C));
      lan.run(50 * SECOND);
      expect(neighbours.macOf(V)).toBe(macOf(7));
      expect(states(lan).at(-1)).toEqual([40.5 * SECOND + 1, 'STALE']);
    }
  });

  test('used lately, it goes from REACHABLE to DELAY', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24'], { reachable_time: 2 * SECOND });
    lan.tap(eth0(host));
    eth0(host).neighbours.learn(V, macOf(7), true, true);
    lan.run(11 * SECOND);
    expect(states(lan).map(([time, to]) => [time, to])).toEqual([
      [0, 'REACHABLE'],
      [2 * SECOND, 'DELAY'],
      [7 * SECOND, 'PROBE'],
      [10 * SECOND, 'FAILED'],
    ]);
  });

  test('a probe is answered: REACHABLE again', () => {
    const { lan, host } = absent();
    const tap = lan.links[0]?.bToA.from as unknown as import('./lan.testing.js').Tap;
    eth0(host).neighbours.learn(V, macOf(7), false, true);
    host.send({ destination: V, protocol: 200, payload: raw });
    lan.run(5.5 * SECOND);
    tap.arp(eth0(host).mac, arpReply(macOf(7), V, eth0(host).mac, C));
    lan.run(20 * SECOND);
    expect(states(lan).at(-1)).toEqual([5.5 * SECOND + 1, 'REACHABLE']);
  });

  test('mcast_resolicit adds broadcasts before FAILED', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24'], { mcast_resolicit: 2 });
    lan.tap(eth0(host));
    eth0(host).neighbours.learn(V, macOf(7), false, true);
    host.send({ destination: V, protocol: 200, payload: raw });
    lan.run(11 * SECOND);
    expect(requests(lan)).toEqual(
      [5, 6, 7].map((s) => [s * SECOND, true]).concat([8, 9].map((s) => [s * SECOND, false])),
    );
    expect(states(lan).at(-1)).toEqual([10 * SECOND, 'FAILED']);
  });

  test('what waits is sent in order when the neighbour answers; the oldest beyond 101 is lost', () => {
    const { lan, host } = absent();
    const tap = lan.links[0]?.bToA.from as unknown as import('./lan.testing.js').Tap;
    for (let sequence = 0; sequence < 103; sequence++) {
      host.send({
        destination: V,
        protocol: IP_PROTOCOL_ICMP,
        payload: icmpEchoRequest(1, sequence, new Uint8Array(0)),
      });
    }
    expect(eth0(host).neighbours.waitingFor(V)).toBe(101);
    lan.run(10);
    tap.frames.length = 0;
    tap.arp(eth0(host).mac, arpReply(macOf(7), V, eth0(host).mac, C));
    lan.run(20);
    const sequences = tap
      .takeIpv4()
      .map(
        (packet) => packet.payload.kind === 'icmp' && 'sequence' in packet.payload && packet.payload.sequence,
      );
    expect(sequences).toEqual(Array.from({ length: 101 }, (_, index) => index + 2));
  });

  test('a full table takes no more (gc_thresh3)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24'], { gc_thresh3: 2 });
    lan.tap(eth0(host));
    for (let last = 10; last < 15; last++)
      host.send({ destination: ip(`10.0.0.${last}`), protocol: 200, payload: raw });
    expect(eth0(host).neighbours.entries().length).toBe(2);
  });

  test('GARP within the locktime moves it at once; a reply with tha ff not before the locktime is over (cases 23, 24)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24']);
    const tap = lan.tap(eth0(host));
    const { neighbours } = eth0(host);
    neighbours.learn(V, macOf(7), true, true);
    lan.run(100 * MILLISECOND);
    tap.arp(BROADCAST_MAC, gratuitousArpReply(macOf(8), V, BROADCAST_MAC));
    lan.run(200 * MILLISECOND);
    expect(neighbours.macOf(V)).toBe(macOf(7));
    lan.run(1100 * MILLISECOND);
    tap.arp(BROADCAST_MAC, gratuitousArpReply(macOf(8), V, BROADCAST_MAC));
    lan.run(1200 * MILLISECOND);
    expect(neighbours.lookUp(V)).toEqual({ address: V, state: 'STALE', mac: macOf(8) });
    tap.arp(BROADCAST_MAC, gratuitousArpRequest(macOf(7), V));
    lan.run(1300 * MILLISECOND);
    expect(neighbours.macOf(V)).toBe(macOf(7));
  });

  test('news exactly a locktime after a change comes too early: the kernel counts in ticks (arping at two masters)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24']);
    const tap = lan.tap(eth0(host));
    const { neighbours } = eth0(host);
    neighbours.learn(V, macOf(7), true, true);
    lan.run(SECOND);
    tap.arp(BROADCAST_MAC, gratuitousArpReply(macOf(8), V, BROADCAST_MAC));
    lan.run(SECOND + 3 * MILLISECOND);
    expect(neighbours.macOf(V)).toBe(macOf(7));
    lan.run(SECOND + 5 * MILLISECOND);
    tap.arp(BROADCAST_MAC, gratuitousArpReply(macOf(8), V, BROADCAST_MAC));
    lan.run(SECOND + 6 * MILLISECOND);
    expect(neighbours.macOf(V)).toBe(macOf(8));
  });

  test('the reachable time is drawn per interface between 15 and 45 s, and again after 300 s', () => {
    const drawn = new Set<number>();
    for (let seed = 1; seed < 40; seed++) {
      const lan = new Lan({ seed });
      const host = lan.host('c', 1, ['10.0.0.1/24'], { reachable_time: 0 });
      const first = eth0(host).reachableTime;
      lan.run(301 * SECOND);
      const second = eth0(host).reachableTime;
      for (const time of [first, second]) {
        expect(time).toBeGreaterThanOrEqual(15 * SECOND);
        expect(time).toBeLessThan(45 * SECOND);
      }
      expect(second).not.toBe(first);
      drawn.add(first);
    }
    expect(drawn.size).toBeGreaterThan(30);
  });
});
