import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import {
  ethernetFrame,
  icmpTimeExceeded,
  icmpUnreachable,
  ipv4Packet,
  quoteIpv4,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
  tcpSegment,
} from '../../wire/index.js';
import { eth0, ip, Lan, macOf } from '../lan.testing.js';
import { Peer, type Seen, seconds } from './peer.testing.js';
import { pattern, Talker } from './talk.testing.js';

const C = ip('10.0.0.1');
const P = ip('10.0.0.2');

/** A host and a peer on a cable of 1 ns. */
function stage(options: { sysctl?: Record<string, number>; accepts?: boolean } = {}) {
  const lan = new Lan();
  const host = lan.host('c', 1, ['10.0.0.1/24'], options.sysctl ?? {});
  const client = new Talker(host);
  const peer = new Peer(lan, eth0(host), { addresses: ['10.0.0.2'], accepts: options.accepts ?? false });
  eth0(host).neighbours.setPermanent(P, peer.mac);
  const failures = () => client.failures.map(({ error, at }) => [error, seconds(at)] as const);
  return { lan, host, client, peer, failures };
}

/** The only segment that came since the last look. */
function only(peer: Peer): Seen {
  const seen = peer.take();
  expect(seen).toHaveLength(1);
  return seen[0] as Seen;
}

describe('connecting', () => {
  test('to a host that is not there: ARP at 0, 1 and 2 s, EHOSTUNREACH at 3 s; again at 3.5 s (case 20)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24']);
    const tap = lan.tap(eth0(host));
    const client = new Talker(host);
    client.connect(ip('10.0.0.77'), 80);
    lan.run(3500 * MILLISECOND);
    expect(client.failures.map(({ error, at }) => [error, seconds(at)])).toEqual([['EHOSTUNREACH', 3]]);
    client.connect(ip('10.0.0.77'), 80);
    lan.run(6600 * MILLISECOND);
    expect(client.failures.map(({ error, at }) => [error, seconds(at)])).toEqual([
      ['EHOSTUNREACH', 3],
      ['EHOSTUNREACH', 6.5],
    ]);
    expect(tap.frames.every(({ frame }) => frame.payload.kind === 'arp')).toBe(true);
    expect(tap.frames.map(({ time }) => seconds(time))).toEqual([0, 1, 2, 3.5, 4.5, 5.5]);
  });

  test.each([
    [4, 131, [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67]],
    [0, 127, [0, 1, 3, 7, 15, 31, 63]],
  ])('into a black hole with %i linear timeouts fails after %i s (case 36)', (linear, end, instants) => {
    const { lan, client, peer, failures } = stage({ sysctl: { tcp_syn_linear_timeouts: linear } });
    client.connect(P, 80);
    lan.run(1000 * SECOND);
    expect(peer.segments.every(({ flags }) => flags === TCP_SYN)).toBe(true);
    expect(peer.segments.map(({ at }) => seconds(at))).toEqual(instants);
    expect(failures()).toEqual([['ETIMEDOUT', end]]);
    expect(lan.trace.filter('tcp.retransmitted').map(({ kind }) => kind)).toEqual(
      instants.slice(1).map(() => 'syn'),
    );
  });

  test.each([
    // The fourth resend is at 4 s; the user timeout comes before the next one, met exactly.
    [4500, 4.5, [0, 1, 2, 3, 4]],
    [500_000, 131, [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67]],
  ])('with a user timeout of %i ms fails at %f s, counted from the first SYN', (timeout, end, instants) => {
    const { lan, client, peer, failures } = stage();
    client.connect(P, 80, { userTimeout: timeout * MILLISECOND });
    lan.run(1000 * SECOND);
    expect(peer.segments.map(({ at }) => seconds(at))).toEqual(instants);
    expect(failures()).toEqual([['ETIMEDOUT', end]]);
  });

  test('sends a SYN of 74 bytes whose options are MSS, SACK, timestamps, window scale', () => {
    const { lan, client, peer } = stage();
    client.connect(P, 80);
    lan.run(1000);
    const syn = only(peer);
    expect(syn).toMatchObject({
      flags: TCP_SYN,
      window: 64_240,
      mss: 1460,
      sackPermitted: true,
      windowScale: 7,
      timestampEcho: 0,
      acknowledgement: 0,
    });
    expect(syn.timestamp).toBeGreaterThanOrEqual(0);
  });

  test('to a closed port: ECONNREFUSED after one round trip', () => {
    const { lan, client, peer, failures } = stage();
    peer.onSegment = (syn) =>
      peer.answer(syn, {
        sequence: 0,
        acknowledgement: (syn.sequence + 1) >>> 0,
        flags: TCP_RST | TCP_ACK,
        window: 0,
      });
    client.connect(P, 80);
    lan.run(SECOND);
    expect(client.failures).toMatchObject([{ error: 'ECONNREFUSED', at: 2 }]);
    expect(failures()).toHaveLength(1);
  });

  test.each([
    ['without ACK', TCP_RST, 0],
    ['for another number', TCP_RST | TCP_ACK, 77],
  ])('ignores a RST %s', (_, flags, offset) => {
    const { lan, client, peer } = stage();
    peer.onSegment = (syn) =>
      peer.answer(syn, {
        sequence: 0,
        ...(flags & TCP_ACK ? { acknowledgement: (syn.sequence + 1 + offset) >>> 0 } : {}),
        flags,
        window: 0,
      });
    client.connect(P, 80);
    lan.run(4500 * MILLISECOND);
    expect(client.failures).toEqual([]);
    expect(peer.take().map(({ at }) => seconds(at))).toEqual([0, 1, 2, 3, 4]);
  });

  test('answers an ACK that is not for its SYN with RST, and sends the SYN again after two ticks', () => {
    const { lan, client, peer } = stage();
    let isFirst = true;
    peer.onSegment = (syn) => {
      if (isFirst) peer.answer(syn, { sequence: 9000, acknowledgement: 7777, flags: TCP_ACK });
      isFirst = false;
    };
    client.connect(P, 80);
    lan.run(900 * MILLISECOND);
    const [, reset, again] = peer.take();
    expect(reset).toMatchObject({ flags: TCP_RST, sequence: 7777, acknowledgement: 0, at: 3 });
    expect(again).toMatchObject({ flags: TCP_SYN, at: 8 * MILLISECOND + 3 });
  });

  test.each([
    ['net', icmpUnreachable, 0, 'ENETUNREACH'],
    ['host', icmpUnreachable, 1, 'EHOSTUNREACH'],
    ['protocol', icmpUnreachable, 2, 'ENOPROTOOPT'],
    ['port', icmpUnreachable, 3, 'ECONNREFUSED'],
    ['administratively prohibited', icmpUnreachable, 13, 'EHOSTUNREACH'],
    ['time exceeded', icmpTimeExceeded, 0, 'EHOSTUNREACH'],
  ])('fails at once on ICMP %s unreachable', (_, message, code, error) => {
    const { lan, client, peer } = stage();
    peer.onSegment = (syn) => {
      const quoted = quoteIpv4(ipv4Packet(syn.source, syn.destination, syn));
      peer.raw(ethernetFrame(macOf(0x100), peer.mac, ipv4Packet(P, C, message(code, quoted))));
    };
    client.connect(P, 80);
    lan.run(SECOND);
    expect(client.failures).toMatchObject([{ error, at: 2 }]);
  });

  test('does not believe an ICMP error about a number that is not on its way (RFC 5927 §4.1)', () => {
    const { lan, client, peer } = stage();
    peer.onSegment = (syn) => {
      const forged = tcpSegment({ ...syn, sequence: (syn.sequence + 5) >>> 0 });
      const quoted = quoteIpv4(ipv4Packet(syn.source, syn.destination, forged));
      peer.raw(ethernetFrame(macOf(0x100), peer.mac, ipv4Packet(P, C, icmpUnreachable(1, quoted))));
    };
    client.connect(P, 80);
    lan.run(500 * MILLISECOND);
    expect(client.failures).toEqual([]);
  });

  test('what is written before the connection stands goes out with it', () => {
    const { lan, client, peer } = stage({ accepts: true });
    const socket = client.connect(P, 80);
    client.write(socket, pattern(9));
    lan.run(MILLISECOND);
    expect(peer.take().map(({ payload }) => payload.length)).toEqual([0, 0, 9]);
  });

  test('there is no way, no such address, or the port is taken: said at once', () => {
    const { lan, host, client } = stage();
    expect(client.sockets.connect(ip('172.16.0.1'), 80)).toBe('ENETUNREACH');
    expect(client.sockets.connect(P, 80, { source: ip('10.0.0.99') })).toBe('EADDRNOTAVAIL');
    expect(client.sockets.connect(P, 80, { sourcePort: 4000 })).toBeTypeOf('number');
    expect(client.sockets.connect(P, 80, { sourcePort: 4000 })).toBe('EADDRNOTAVAIL');
    expect(client.sockets.connect(P, 81, { sourcePort: 4000 })).toBeTypeOf('number');
    host.powerOff();
    expect(client.sockets.connect(P, 80)).toBe('ENETUNREACH');
    lan.run(SECOND);
  });

  test('a handshake that lost two SYNs and has no timestamps begins with one segment and a timeout of 3 s', () => {
    const { lan, client, peer } = stage({ sysctl: { tcp_timestamps: 0 } });
    let syns = 0;
    peer.onSegment = (syn) => {
      if (++syns === 3) peer.accept(syn);
    };
    const socket = client.connect(P, 80);
    lan.run(2500 * MILLISECOND);
    expect(client.connected).toEqual([socket]);
    peer.take();
    client.write(socket, pattern(5000));
    lan.run(2500 * MILLISECOND + 2_999_000_000);
    expect(peer.take().map(({ payload }) => payload.length)).toEqual([1460]);
    lan.run(2500 * MILLISECOND + 3_001_000_000);
    expect(only(peer).at).toBe(2500 * MILLISECOND + 3 * SECOND + 1);
  });

  test('both ends at once become one connection (RFC 9293 §3.5)', () => {
    const lan = new Lan({ delay: 100_000 });
    const a = lan.host('a', 1, ['10.0.0.1/24']);
    const b = lan.host('b', 2, ['10.0.0.2/24']);
    lan.cable(eth0(a), eth0(b));
    const [one, other] = [new Talker(a), new Talker(b)];
    eth0(a).neighbours.setPermanent(P, macOf(0x200));
    eth0(b).neighbours.setPermanent(C, macOf(0x100));
    const left = one.connect(P, 4001, { sourcePort: 4000 });
    const right = other.connect(C, 4000, { sourcePort: 4001 });
    lan.run(10 * MILLISECOND);
    expect(one.connected).toEqual([left]);
    expect(other.connected).toEqual([right]);
    // SYN, SYN-ACK and ACK each way, and nothing for ever after.
    const before = lan.engine.eventCount;
    one.write(left, pattern(10));
    other.write(right, pattern(20));
    lan.run(SECOND);
    expect(one.heardFrom(left)).toEqual(pattern(20));
    expect(other.heardFrom(right)).toEqual(pattern(10));
    expect(lan.engine.eventCount - before).toBeLessThan(10);
    expect(lan.trace.filter('tcp.retransmitted')).toEqual([]);
  });

  test('both ends at once, with everything lost for a while', () => {
    const lan = new Lan({ delay: 100_000 });
    const a = lan.host('a', 1, ['10.0.0.1/24']);
    const b = lan.host('b', 2, ['10.0.0.2/24']);
    const link = lan.cable(eth0(a), eth0(b));
    const [one, other] = [new Talker(a), new Talker(b)];
    eth0(a).neighbours.setPermanent(P, macOf(0x200));
    eth0(b).neighbours.setPermanent(C, macOf(0x100));
    const left = one.connect(P, 4001, { sourcePort: 4000 });
    const right = other.connect(C, 4000, { sourcePort: 4001 });
    lan.run(50_000);
    link.setLoss(1_000_000);
    lan.run(5 * SECOND);
    expect(a.tcp.connections().map(({ state }) => state)).toEqual(['SYN_RECV']);
    link.setLoss(0);
    lan.run(20 * SECOND);
    expect([one.connected, other.connected]).toEqual([[left], [right]]);
    one.write(left, pattern(10));
    lan.run(21 * SECOND);
    expect(other.heardFrom(right)).toEqual(pattern(10));
  });
});
