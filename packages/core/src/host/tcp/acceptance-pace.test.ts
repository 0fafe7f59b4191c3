import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { ethernetFrame, icmpUnreachable, ipv4Packet, quoteIpv4, TCP_ACK, TCP_PSH } from '../../wire/index.js';
import { ip, macOf } from '../lan.testing.js';
import { type Held, holdConnection, PEER_ISS, type Seen, seconds } from './peer.testing.js';
import { pattern } from './talk.testing.js';

const NEXT = PEER_ISS + 1;

/** Sends a full segment of the peer's, the `nth`. */
const sayFull = (held: Held, nth: number): void =>
  held.say({ sequence: NEXT + nth * 1460, payload: pattern(1460), flags: TCP_ACK | TCP_PSH });

/** When acknowledgements came, counted from `start` and without the way, and of how many bytes. */
const acks = (held: Held, start: number): (readonly [number, number])[] =>
  held.peer
    .take()
    .map(
      ({ at, acknowledgement }) =>
        [seconds(at - start - 2 * held.lan.delay), acknowledgement - NEXT] as const,
    );

describe('acknowledgements', () => {
  test('the first 16 at once, then after 40 ms, or for every second full segment', () => {
    const held = holdConnection();
    const start = held.lan.engine.now;
    for (let nth = 0; nth < 16; nth++) {
      held.lan.run(start + nth * 10 * MILLISECOND);
      sayFull(held, nth);
    }
    held.lan.run(start + SECOND);
    expect(acks(held, start)).toEqual(Array.from({ length: 16 }, (_, nth) => [nth / 100, (nth + 1) * 1460]));
    // After a pause of more than a timeout they would be quick again: go on before that.
    const later = holdConnection();
    const begin = later.lan.engine.now;
    for (let nth = 0; nth < 16; nth++) sayFull(later, nth);
    later.lan.run(begin + 100 * MILLISECOND);
    later.peer.take();
    sayFull(later, 16);
    later.lan.run(begin + 190 * MILLISECOND);
    sayFull(later, 17);
    later.lan.run(begin + 195 * MILLISECOND);
    sayFull(later, 18);
    later.lan.run(begin + 300 * MILLISECOND);
    expect(acks(later, begin)).toEqual([
      [0.14, 17 * 1460],
      [0.195, 19 * 1460],
    ]);
  });

  test('quick again after a pause of more than a timeout', () => {
    const held = holdConnection();
    for (let nth = 0; nth < 16; nth++) sayFull(held, nth);
    held.lan.run(SECOND);
    held.peer.take();
    sayFull(held, 16);
    held.lan.run(2 * SECOND);
    expect(acks(held, SECOND)).toEqual([[0, 17 * 1460]]);
  });

  test('what is out of order is acknowledged at once with what is held, and so is the hole that closes', () => {
    const held = holdConnection();
    for (let nth = 0; nth < 16; nth++) sayFull(held, nth);
    held.lan.run(200 * MILLISECOND);
    held.peer.take();
    const at = NEXT + 16 * 1460;
    held.say({ sequence: at + 1460, payload: pattern(1460) });
    held.say({ sequence: at + 5000, payload: pattern(10) });
    held.say({ sequence: at + 2920, payload: pattern(10) });
    held.lan.run(202 * MILLISECOND);
    expect(
      held.peer
        .take()
        .map(({ acknowledgement, sack }) => [
          acknowledgement - at,
          sack.map(({ left, right }) => [left - at, right - at]),
        ]),
    ).toEqual([
      [0, [[1460, 2920]]],
      [
        0,
        [
          [5000, 5010],
          [1460, 2920],
        ],
      ],
      // The block that changed last comes first (RFC 2018 §4).
      [
        0,
        [
          [1460, 2930],
          [5000, 5010],
        ],
      ],
    ]);
    held.say({ sequence: at, payload: pattern(1460) });
    held.lan.run(204 * MILLISECOND);
    expect(held.peer.take().map(({ acknowledgement, sack }) => [acknowledgement - at, sack.length])).toEqual([
      [2930, 1],
    ]);
  });

  test('ride on an answer: in a conversation nothing is acknowledged by itself', () => {
    const held = holdConnection();
    const start = held.lan.engine.now;
    const ask = (nth: number): void =>
      held.say({
        sequence: NEXT + nth * 10,
        payload: pattern(10),
        acknowledgement: (held.iss + 1 + nth * 5) >>> 0,
      });
    ask(0);
    held.lan.run(start + MILLISECOND);
    held.client.write(held.socket, pattern(5));
    held.lan.run(start + 10 * MILLISECOND);
    // The first question is acknowledged at once; its answer makes a conversation.
    expect(held.peer.take().map(({ payload }) => payload.length)).toEqual([0, 5]);
    ask(1);
    held.lan.run(start + 30 * MILLISECOND);
    held.client.write(held.socket, pattern(5));
    held.lan.run(start + 40 * MILLISECOND);
    expect(
      held.peer.take().map(({ payload, acknowledgement }) => [payload.length, acknowledgement - NEXT]),
    ).toEqual([[5, 20]]);
    ask(2);
    held.lan.run(start + 400 * MILLISECOND);
    expect(acks(held, start)).toEqual([[0.08, 30]]);
  });

  test('wait up to a round trip where that is long, 200 ms at most', () => {
    for (const [delay, expected] of [
      [30, 0.06],
      [400, 0.2],
    ] as const) {
      const held = holdConnection({}, delay * MILLISECOND);
      const start = held.lan.engine.now;
      for (let nth = 0; nth < 16; nth++) sayFull(held, nth);
      const now = start + 2 * SECOND;
      held.lan.run(now - 10 * MILLISECOND);
      held.peer.take();
      // Data has come at long distances, but lately.
      const connection = held.host.tcp.connections()[0];
      if (connection === undefined) throw new Error('no connection');
      connection.ackTimeout = 600 * MILLISECOND;
      connection.quickAcks = 0;
      held.host.tcp.rows.windows.lastData.start(connection.row);
      held.lan.run(now);
      sayFull(held, 16);
      held.lan.run(now + 1900 * MILLISECOND);
      const [ack] = acks(held, now);
      expect(ack?.[0]).toBeCloseTo(expected, 9);
    }
  });
});

describe('sending', () => {
  /** Bytes of the segments that came in one burst. */
  const lengths = (seen: readonly Seen[]): number[] => seen.map(({ payload }) => payload.length);

  test('begins with 10 segments, and doubles with each round trip (RFC 6928, RFC 5681 §3.1)', () => {
    const held = holdConnection();
    held.client.write(held.socket, pattern(200_000));
    const flights: number[] = [];
    for (let round = 0; round < 4; round++) {
      held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
      const seen = held.peer.take();
      flights.push(seen.length);
      // One acknowledgement for each segment.
      for (const { sequence, payload } of seen)
        held.say({ acknowledgement: (sequence + payload.length) >>> 0, window: 0xffff });
      held.lan.run(held.lan.engine.now + 500_000);
    }
    expect(flights).toEqual([10, 20, 40, 67]);
    expect(held.lan.trace.filter('tcp.retransmitted')).toEqual([]);
  });

  test('begins anew after a pause: halved for each timeout of it, not below 10', () => {
    const pause = (span: number): number => {
      const held = holdConnection();
      held.client.write(held.socket, pattern(100 * 1460));
      held.peer.onSegment = ({ sequence, payload }) =>
        held.say({ acknowledgement: (sequence + payload.length) >>> 0, window: 0xffff });
      held.lan.run(held.lan.engine.now + 100 * MILLISECOND);
      held.peer.onSegment = () => {};
      held.peer.take();
      held.lan.run(held.lan.engine.now + span);
      held.client.write(held.socket, pattern(200_000));
      held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
      return held.peer.take().length;
    };
    const grown = pause(MILLISECOND);
    expect(grown).toBeGreaterThan(50);
    expect(pause(300 * MILLISECOND)).toBe(grown >> 1);
    expect(pause(20 * SECOND)).toBe(10);
  });

  test('Nagle: one segment at a time that is not full; TCP_NODELAY: as they come', () => {
    for (const noDelay of [false, true]) {
      const held = holdConnection({ connect: { noDelay } });
      for (let nth = 0; nth < 5; nth++) held.client.write(held.socket, pattern(10));
      held.lan.run(held.lan.engine.now + 10 * MILLISECOND);
      expect(lengths(held.peer.take())).toEqual(noDelay ? [10, 10, 10, 10, 10] : [10]);
      held.say({ acknowledgement: (held.iss + 11) >>> 0 });
      held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
      expect(lengths(held.peer.take())).toEqual(noDelay ? [] : [40]);
    }
  });

  test('Nagle lets a tail go behind full segments (Minshall)', () => {
    const held = holdConnection();
    held.client.write(held.socket, pattern(1460 + 10));
    held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
    expect(lengths(held.peer.take())).toEqual([1460, 10]);
    // The tail probe is the tail.
    held.lan.run(held.lan.engine.now + 10 * MILLISECOND);
    expect(lengths(held.peer.take())).toEqual([10]);
  });

  test.each([
    ['with timestamps', { timestamp: 1 }, 1500, 1448],
    ['without', {}, 1500, 1460],
    ['to a peer that takes less', { mss: 700 }, 1500, 700],
    ['to a peer that says nothing', { mss: 0 }, 1500, 536],
  ])('full segments %s', (_, offers, __, expected) => {
    const held = holdConnection({ offers });
    held.client.write(held.socket, pattern(5000));
    held.lan.run(held.lan.engine.now + 10 * MILLISECOND);
    expect(held.peer.take()[0]?.payload.length).toBe(expected);
  });

  test('three duplicates are a loss: sent again at once (RFC 5681 §3.2)', () => {
    for (const sack of [true, false]) {
      const held = holdConnection({ offers: { sackPermitted: sack } });
      // A change of the window is no duplicate.
      held.say({});
      held.lan.run(held.lan.engine.now + MILLISECOND);
      held.client.write(held.socket, pattern(10 * 1460));
      held.lan.run(held.lan.engine.now + MILLISECOND);
      held.peer.take();
      const una = (held.iss + 1) >>> 0;
      const resent: number[] = [];
      for (let nth = 1; nth <= 3; nth++) {
        const right = (una + (nth + 1) * 1460) >>> 0;
        held.say({ ...(sack ? { sack: [{ left: (una + 1460) >>> 0, right }] } : {}) });
        held.lan.run(held.lan.engine.now + MILLISECOND);
        resent.push(...held.peer.take().map(({ sequence }) => (sequence - una) >>> 0));
        if (nth < 3) expect(resent).toEqual([]);
      }
      expect(resent).toEqual([0]);
      expect(held.lan.trace.filter('tcp.retransmitted').map(({ kind }) => kind)).toEqual(['fast']);
      const [connection] = held.host.tcp.connections();
      // CUBIC leaves 0.7 of the ten.
      expect(connection?.ssthresh).toBe(7);
    }
  });

  test('duplicates that are not in a row are no loss', () => {
    const held = holdConnection({ offers: { sackPermitted: false } });
    held.client.write(held.socket, pattern(10 * 1460));
    held.lan.run(held.lan.engine.now + 10 * MILLISECOND);
    for (let nth = 1; nth <= 4; nth++) {
      const acknowledgement = (held.iss + 1 + nth * 1460) >>> 0;
      for (let copy = 0; copy < 3; copy++) held.say({ acknowledgement });
      held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
    }
    expect(held.lan.trace.filter('tcp.retransmitted')).toEqual([]);
  });

  test('after an acknowledgement the tail probe comes no later than the timeout would', () => {
    const held = holdConnection();
    held.client.write(held.socket, pattern(1460 + 100));
    held.lan.run(held.lan.engine.now + MILLISECOND);
    held.peer.take();
    held.say({ acknowledgement: (held.iss + 1 + 1460) >>> 0 });
    const heard = held.lan.engine.now + held.lan.delay;
    held.lan.run(held.lan.engine.now + SECOND);
    const [probe] = held.lan.trace.filter('tcp.retransmitted');
    // 2 * 1 ms + 200 ms for one segment alone, but R = 201 ms.
    expect(probe?.kind).toBe('tail-probe');
    expect((probe?.time ?? 0) - heard).toBeLessThan(201_100_000);
  });

  test('tcp_reno: half the window is left after a loss', () => {
    const held = holdConnection({ sysctl: { tcp_reno: 1 } });
    held.client.write(held.socket, pattern(10 * 1460));
    held.lan.run(held.lan.engine.now + 10 * MILLISECOND);
    const una = (held.iss + 1) >>> 0;
    held.say({ sack: [{ left: (una + 1460) >>> 0, right: (una + 5 * 1460) >>> 0 }] });
    held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
    expect(held.host.tcp.connections()[0]?.ssthresh).toBe(5);
  });

  test('an ICMP error for the first segment takes a doubling back (RFC 6069)', () => {
    const held = holdConnection({ offers: { sackPermitted: false } });
    held.lan.run(SECOND);
    held.client.write(held.socket, pattern(4));
    const times: number[] = [];
    held.peer.onSegment = (segment) => {
      times.push(seconds(segment.at - SECOND - held.lan.delay));
      if (times.length !== 4 && times.length !== 5) return;
      const quoted = quoteIpv4(ipv4Packet(segment.source, segment.destination, segment));
      const packet = ipv4Packet(ip('10.0.0.2'), ip('10.0.0.1'), icmpUnreachable(1, quoted));
      held.peer.raw(ethernetFrame(macOf(0x100), held.peer.mac, packet));
    };
    held.lan.run(9 * SECOND);
    // .201 .603 1.407, then two doublings are taken back one after the other: 804 ms in place of 1608, twice.
    expect(times).toEqual([0, 0.201, 0.603, 1.407, 2.211, 3.015, 4.623, 7.839]);
    expect(held.client.failures).toEqual([]);
  });

  test('an ICMP error is what it is said to have died of in the end', () => {
    const held = holdConnection({ connect: { userTimeout: 3 * SECOND } });
    held.lan.run(SECOND);
    held.client.write(held.socket, pattern(4));
    held.peer.onSegment = (segment) => {
      const quoted = quoteIpv4(ipv4Packet(segment.source, segment.destination, segment));
      const packet = ipv4Packet(ip('10.0.0.2'), ip('10.0.0.1'), icmpUnreachable(13, quoted));
      held.peer.raw(ethernetFrame(macOf(0x100), held.peer.mac, packet));
    };
    held.lan.run(20 * SECOND);
    expect(held.client.failures.map(({ error }) => error)).toEqual(['EHOSTUNREACH']);
  });

  test('takes no more than its buffer, and says when there is room', () => {
    const held = holdConnection();
    expect(held.client.sockets.send(held.socket, pattern(1_000_000))).toBe(262_144);
    expect(held.client.sockets.send(held.socket, pattern(1))).toBe(0);
    held.peer.onSegment = ({ sequence, payload }) =>
      held.say({ acknowledgement: (sequence + payload.length) >>> 0, window: 0xffff });
    held.lan.run(held.lan.engine.now + SECOND);
    expect(held.client.sockets.send(held.socket, pattern(1_000_000))).toBeGreaterThan(80_000);
  });
});
