import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import {
  BROADCAST_MAC,
  emitFrame,
  ethernetFrame,
  ipv4Length,
  ipv4Packet,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  tcpSegment,
} from '../../wire/index.js';
import { eth0, ip, Lan, macOf } from '../lan.testing.js';
import { Peer, seconds } from './peer.testing.js';
import { pattern, Talker } from './talk.testing.js';

const V = ip('10.0.0.100');
const C = ip('10.0.0.2');

/** A host that owns 10.0.0.100 and listens on port 90 of it, and a peer. */
function stage(sysctl: Record<string, number> = {}) {
  const lan = new Lan();
  const host = lan.host('b', 1, [['10.0.0.1/24', '10.0.0.100/32']], sysctl);
  const server = new Talker(host);
  server.sockets.listen(90);
  const peer = new Peer(lan, eth0(host), { addresses: ['10.0.0.2'] });
  return { lan, host, peer, server };
}

describe('a segment for an address that is owned, without a socket', () => {
  test.each([
    ['SYN to a closed port (case 32)', TCP_SYN, 0, 0, [TCP_RST | TCP_ACK, 0, 1001]],
    ['ACK with 4 bytes (case 33)', TCP_ACK | TCP_PSH, 5000, 4, [TCP_RST, 5000, 0]],
    ['bare ACK', TCP_ACK, 5000, 0, [TCP_RST, 5000, 0]],
    ['SYN+ACK', TCP_SYN | TCP_ACK, 5000, 0, [TCP_RST, 5000, 0]],
    ['FIN+ACK', TCP_FIN | TCP_ACK, 5000, 0, [TCP_RST, 5000, 0]],
    ['ACK of number 0', TCP_ACK, 0, 0, [TCP_RST, 0, 0]],
    ['bare FIN', TCP_FIN, 0, 0, [TCP_RST | TCP_ACK, 0, 1001]],
    ['SYN with bytes', TCP_SYN, 0, 9, [TCP_RST | TCP_ACK, 0, 1010]],
    ['FIN with bytes and no ACK', TCP_FIN, 0, 9, [TCP_RST | TCP_ACK, 0, 1010]],
    ['nothing set', 0, 0, 9, [TCP_RST | TCP_ACK, 0, 1009]],
    ['RST', TCP_RST, 0, 0, null],
    ['RST+ACK', TCP_RST | TCP_ACK, 5000, 0, null],
    ['RST+SYN', TCP_RST | TCP_SYN, 0, 0, null],
  ])('%s', (_, flags, acknowledgement, length, expected) => {
    const { lan, peer } = stage();
    peer.send(C, V, {
      sourcePort: 40_000,
      destinationPort: 80,
      sequence: 1000,
      flags,
      ...(flags & TCP_ACK ? { acknowledgement } : {}),
      payload: pattern(length),
    });
    lan.run(SECOND);
    expect(peer.take().map((reset) => [reset.flags, reset.sequence, reset.acknowledgement])).toEqual(
      expected === null ? [] : [expected],
    );
  });

  test.each([
    ['bare ACK', TCP_ACK, [TCP_RST, 5000]],
    ['SYN+ACK', TCP_SYN | TCP_ACK, [TCP_RST, 5000]],
    ['RST', TCP_RST, null],
    ['FIN without ACK', TCP_FIN, null],
    ['SYN+FIN', TCP_SYN | TCP_FIN, null],
    ['nothing set', 0, null],
  ])('%s to a listener', (_, flags, expected) => {
    const { lan, peer, host } = stage();
    peer.send(C, V, {
      sourcePort: 40_000,
      destinationPort: 90,
      sequence: 1000,
      flags,
      ...(flags & TCP_ACK ? { acknowledgement: 5000 } : {}),
    });
    lan.run(SECOND);
    expect(peer.take().map((reset) => [reset.flags, reset.sequence])).toEqual(
      expected === null ? [] : [expected],
    );
    expect(host.tcp.connections()).toEqual([]);
  });

  test('the RST has 54 bytes, DF, TTL 64, TOS 0, window 0 and no options; ARP for the client says V', () => {
    const { lan, peer } = stage();
    peer.send(C, V, { sourcePort: 40_000, destinationPort: 80, sequence: 1000, flags: TCP_SYN });
    lan.run(SECOND);
    const [arp, reset] = peer.tap.frames.map(({ frame }) => frame);
    expect(arp?.payload).toMatchObject({ kind: 'arp', operation: 'request', senderIp: V, targetIp: C });
    if (reset?.payload.kind !== 'ipv4') throw new Error('no packet');
    expect(reset.payload).toMatchObject({ dontFragment: true, ttl: 64, typeOfService: 0, source: V });
    expect(reset.payload.payload).toMatchObject({ window: 0, mss: 0, timestamp: -1, sack: [] });
    expect(14 + ipv4Length(reset.payload)).toBe(54);
    expect(emitFrame(reset).length).toBe(60);
  });

  test('tells of what it sent, and why', () => {
    const { lan, peer } = stage();
    const send = (flags: number) =>
      peer.send(C, V, { sourcePort: 40_000, destinationPort: 80, sequence: 1000, flags });
    send(TCP_SYN);
    send(TCP_ACK);
    lan.run(SECOND);
    expect(
      lan.trace.filter('tcp.reset-sent').map(({ reason, local, remote }) => [reason, local, remote]),
    ).toEqual([
      ['closed-port', '10.0.0.100:80', '10.0.0.2:40000'],
      ['no-connection', '10.0.0.100:80', '10.0.0.2:40000'],
    ]);
  });

  test('a SYN in a broadcast frame is not for TCP', () => {
    const { lan, peer } = stage();
    const syn = tcpSegment({ sourcePort: 40_000, destinationPort: 90, sequence: 1, flags: TCP_SYN });
    peer.raw(ethernetFrame(BROADCAST_MAC, peer.mac, ipv4Packet(C, V, syn)));
    lan.run(SECOND);
    expect(peer.tap.frames).toEqual([]);
  });

  test('a packet with its own address as the source is dropped in silence (case 35)', () => {
    const { lan, peer, host } = stage();
    for (const port of [80, 90])
      peer.send(V, V, { sourcePort: 40_000, destinationPort: port, sequence: 1, flags: TCP_SYN });
    peer.send(V, ip('10.0.0.1'), { sourcePort: 40_000, destinationPort: 80, sequence: 1, flags: TCP_SYN });
    lan.run(SECOND);
    expect(peer.tap.frames).toEqual([]);
    expect(host.tcp.connections()).toEqual([]);
  });
});

describe('a segment for an address that is not owned (case 34)', () => {
  const send = ({ peer }: ReturnType<typeof stage>, length: number): void =>
    peer.send(C, ip('10.0.0.77'), {
      sourcePort: 40_000,
      destinationPort: 80,
      sequence: 1000,
      acknowledgement: 5000,
      flags: TCP_ACK,
      payload: pattern(length),
    });

  test('without forwarding: silence', () => {
    const place = stage();
    send(place, 4);
    place.lan.run(10 * SECOND);
    expect(place.peer.tap.frames).toEqual([]);
  });

  // The header and all that the packet carried are quoted: 20 + 8 + 40 bytes for a bare ACK.
  test.each([
    [0, 68],
    [4, 72],
  ])(
    'with forwarding, of %i bytes: a redirect at once, ARP at 0, 1 and 2 s, ICMP host unreachable at 3 s',
    (bytes, quoting) => {
      const place = stage({ forwarding: 1 });
      const { peer, lan, host } = place;
      eth0(host).neighbours.setPermanent(C, peer.mac);
      send(place, bytes);
      lan.run(10 * SECOND);
      const seen = peer.tap.frames.map(({ time, frame: { payload } }) => {
        if (payload.kind === 'arp') return [seconds(time), 'arp'];
        if (payload.kind !== 'ipv4' || payload.payload.kind !== 'icmp') throw new Error(payload.kind);
        const length = ipv4Length(payload);
        return [
          seconds(time),
          payload.payload.message,
          'code' in payload.payload ? payload.payload.code : -1,
          length,
        ];
      });
      expect(seen).toEqual([
        [0, 'redirect', 1, quoting],
        [0, 'arp'],
        [1, 'arp'],
        [2, 'arp'],
        [3, 'destination-unreachable', 1, quoting],
      ]);
    },
  );
});

describe('a damaged frame', () => {
  test('with a wrong TCP checksum is dropped in silence, whatever its flags (a flip that the FCS does not show)', () => {
    const lan = new Lan({ delay: 1000 });
    const host = lan.host('b', 1, ['10.0.0.1/24']);
    const other = lan.host('c', 2, ['10.0.0.2/24']);
    const link = lan.cable(eth0(host), eth0(other), { corruptPassesFcs: true });
    eth0(host).neighbours.setPermanent(C, macOf(0x200));
    eth0(other).neighbours.setPermanent(ip('10.0.0.1'), macOf(0x100));
    const server = new Talker(host);
    server.sockets.listen(80);
    const client = new Talker(other);
    const socket = client.connect(ip('10.0.0.1'), 80);
    lan.run(SECOND);
    const bytes = pattern(200_000);
    for (const direction of link.directions) direction.setCorrupt(60_000);
    client.write(socket, bytes);
    lan.run(300 * SECOND);
    expect(server.heardFrom(server.accepted[0] as number)).toEqual(bytes);
    expect(lan.trace.filter('tcp.retransmitted').length).toBeGreaterThan(2);
    expect(lan.trace.filter('tcp.reset-sent')).toEqual([]);
  });
});
