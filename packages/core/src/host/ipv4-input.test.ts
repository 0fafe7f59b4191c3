import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../engine/index.js';
import {
  BROADCAST_MAC,
  ethernetFrame,
  type IcmpMessage,
  IP_PROTOCOL_VRRP,
  type Ipv4Address,
  type Ipv4Packet,
  icmpEchoRequest,
  ipv4Cidr,
  ipv4Packet,
  multicastMac,
  parseQuotedDatagram,
  TCP_RST,
  tcpSegment,
  udpDatagram,
  VRRP_GROUP,
  vrrpV2Advertisement,
} from '../wire/index.js';
import type { Host } from './host.js';
import { eth0, ip, Lan, macOf, type Tap } from './lan.testing.js';
import type { Sysctls } from './sysctl.js';

const C = ip('10.0.0.1');
const A = ip('10.0.0.2');
const C_MAC = macOf(0xc);

function owner(sysctl: Partial<Sysctls> = {}): { lan: Lan; host: Host; tap: Tap } {
  const lan = new Lan();
  const host = lan.host('a', 2, [['10.0.0.2/24', '10.0.0.100/32']], sysctl);
  const tap = lan.tap(eth0(host));
  eth0(host).neighbours.setPermanent(C, C_MAC);
  return { lan, host, tap };
}

const udp = (destination: Ipv4Address, source = C, ttl = 64, port = 9, size = 12): Ipv4Packet =>
  ipv4Packet(source, destination, udpDatagram(4000, port, new Uint8Array(size)), { ttl });

/** Sends packets to the host's MAC and gives what comes back within `span`. */
function exchange(
  at: { lan: Lan; host: Host; tap: Tap },
  packets: readonly Ipv4Packet[],
  to = eth0(at.host).mac,
): Ipv4Packet[] {
  for (const packet of packets) at.tap.send(ethernetFrame(to, C_MAC, packet));
  at.lan.run(at.lan.engine.now + 10);
  return at.tap.takeIpv4();
}

const icmpOf = (packet: Ipv4Packet | undefined): IcmpMessage | null =>
  packet?.payload.kind === 'icmp' ? packet.payload : null;

describe('IPv4 input', () => {
  test('a closed port is refused by the address that was asked, quoting the datagram', () => {
    const [answer] = exchange(owner(), [udp(ip('10.0.0.100'))]);
    expect(answer).toMatchObject({ source: ip('10.0.0.100'), destination: C, ttl: 64, typeOfService: 0xc0 });
    const message = icmpOf(answer);
    expect(message).toMatchObject({ message: 'destination-unreachable', code: 3 });
    expect(
      message !== null && 'original' in message && parseQuotedDatagram(message.original).destinationPort,
    ).toBe(9);
  });

  test('protocol 112 without a socket: protocol unreachable; a reset: silence', () => {
    const advert = ipv4Packet(C, A, vrrpV2Advertisement(51, 100, 1, [ip('10.0.0.100')]), { ttl: 255 });
    expect(icmpOf(exchange(owner(), [advert])[0])).toMatchObject({
      message: 'destination-unreachable',
      code: 2,
    });
    const reset = tcpSegment({ sourcePort: 40_000, destinationPort: 80, sequence: 1, flags: TCP_RST });
    expect(exchange(owner(), [ipv4Packet(C, A, reset)])).toEqual([]);
  });

  test('a raw socket that wants the packet keeps the kernel quiet', () => {
    const at = owner();
    const heard: Ipv4Packet[] = [];
    const socket = at.host.rawSocket(null, { protocol: IP_PROTOCOL_VRRP, boundTo: A }, (packet) =>
      heard.push(packet),
    );
    socket.open();
    const advert = ipv4Packet(C, A, vrrpV2Advertisement(51, 100, 1, [ip('10.0.0.100')]), { ttl: 255 });
    expect(exchange(at, [advert])).toEqual([]);
    expect(heard).toEqual([advert]);
    socket.close();
    expect(exchange(at, [advert]).length).toBe(1);
  });

  test('multicast is for members only, and for sockets that joined the group', () => {
    const at = owner();
    const heard: string[] = [];
    const member = at.host.rawSocket(
      null,
      { protocol: IP_PROTOCOL_VRRP, groups: [VRRP_GROUP], interface: eth0(at.host) },
      () => heard.push('member'),
    );
    const other = at.host.rawSocket(null, { protocol: IP_PROTOCOL_VRRP }, () => heard.push('other'));
    other.open();
    const advert = ipv4Packet(C, VRRP_GROUP, vrrpV2Advertisement(51, 100, 1, [ip('10.0.0.100')]), {
      ttl: 255,
    });
    exchange(at, [advert], multicastMac(VRRP_GROUP));
    expect(heard).toEqual([]);
    member.open();
    exchange(at, [advert], multicastMac(VRRP_GROUP));
    expect(heard).toEqual(['member']);
  });

  test('a packet from an address of our own is dropped without a word (case 35)', () => {
    const at = owner();
    const heard: Ipv4Packet[] = [];
    at.host.rawSocket(null, { protocol: 17 }, (packet) => heard.push(packet)).open();
    expect(exchange(at, [udp(A, ip('10.0.0.100'))])).toEqual([]);
    expect(heard).toEqual([]);
    expect(exchange(at, [udp(A)]).length).toBe(1);
    expect(heard.length).toBe(1);
  });

  test.each([['224.0.0.5'], ['255.255.255.255'], ['127.0.0.1'], ['0.0.0.0']])(
    'a packet from %s is a martian',
    (source) => {
      expect(exchange(owner(), [udp(A, ip(source))])).toEqual([]);
    },
  );

  test('rp_filter: 0 takes anything, 1 wants the way back here, 2 any way back', () => {
    const replies = (rp_filter: number, source: string, routes: 'default' | 'none'): number => {
      const lan = new Lan();
      const host = lan.host(
        'a',
        2,
        ['10.0.0.2/24', '10.1.0.2/24'],
        { rp_filter },
        routes === 'none' ? {} : { routes: [{ destination: ipv4Cidr('0.0.0.0/0'), via: ip('10.0.0.254') }] },
      );
      const heard: Ipv4Packet[] = [];
      host.rawSocket(null, { protocol: 17 }, (packet) => heard.push(packet)).open();
      lan.tap(eth0(host)).send(ethernetFrame(eth0(host).mac, C_MAC, udp(A, ip(source))));
      lan.run(10);
      return heard.length;
    };
    expect([0, 1, 2].map((mode) => replies(mode, '10.0.0.1', 'none'))).toEqual([1, 1, 1]);
    expect([0, 1, 2].map((mode) => replies(mode, '10.1.0.1', 'none'))).toEqual([1, 0, 1]);
    expect([0, 1, 2].map((mode) => replies(mode, '99.0.0.1', 'none'))).toEqual([1, 0, 0]);
    expect([0, 1, 2].map((mode) => replies(mode, '99.0.0.1', 'default'))).toEqual([1, 1, 1]);
  });

  test('the weak host model: an address of another interface is ours', () => {
    const lan = new Lan();
    const host = lan.host('a', 2, ['10.0.0.2/24', '10.1.0.2/24']);
    const tap = lan.tap(eth0(host));
    eth0(host).neighbours.setPermanent(C, C_MAC);
    expect(icmpOf(exchange({ lan, host, tap }, [udp(ip('10.1.0.2'))])[0])).toMatchObject({ code: 3 });
  });

  test('not owned, forwarding off: silence (case 34)', () => {
    expect(exchange(owner(), [udp(ip('10.0.0.55'))])).toEqual([]);
  });

  test('not owned, forwarding on: redirect at once, ARP at 0, 1, 2 s, host unreachable at 3 s (case 34)', () => {
    const { lan, host, tap } = owner({ forwarding: 1 });
    const target = ip('10.0.0.55');
    tap.send(ethernetFrame(eth0(host).mac, C_MAC, udp(target)));
    lan.run(4 * SECOND);
    const seen = tap.frames.map(({ time, frame }) => {
      const { payload } = frame;
      if (payload.kind === 'arp') return [time, 'arp'];
      const message = payload.kind === 'ipv4' && payload.payload.kind === 'icmp' && payload.payload;
      return message && 'original' in message
        ? [time, message.message, message.code, message.original.length]
        : [time];
    });
    expect(seen).toEqual([
      [2, 'redirect', 1, 40],
      [2, 'arp'],
      [SECOND + 2, 'arp'],
      [2 * SECOND + 2, 'arp'],
      [3 * SECOND + 2, 'destination-unreachable', 1, 40],
    ]);
    const last = tap.takeIpv4().at(-1);
    expect(last !== undefined && last.payload.kind === 'icmp' && 20 + 8 + 40).toBe(68);
    expect(lan.trace.filter('icmp.sent').map(({ type, code }) => [type, code])).toEqual([
      [5, 1],
      [3, 1],
    ]);
  });

  test('no redirect for a sender from beyond the link', () => {
    const redirects = (source: Ipv4Address): number => {
      const at = owner({ forwarding: 1 });
      eth0(at.host).neighbours.setPermanent(ip('10.0.0.55'), macOf(0x55));
      at.host.addRoute({ destination: ipv4Cidr('0.0.0.0/0'), via: C });
      const seen = exchange(at, [udp(ip('10.0.0.55'), source)]);
      expect(seen.some((packet) => packet.payload.kind === 'udp')).toBe(true);
      return seen.filter((packet) => icmpOf(packet)?.message === 'redirect').length;
    };
    expect(redirects(C)).toBe(1);
    expect(redirects(ip('99.0.0.1'))).toBe(0);
  });

  test('forwarding: TTL 1 is over, no route is net unreachable, an onward packet has lost one hop', () => {
    const lan = new Lan();
    const host = lan.host('r', 2, ['10.0.0.2/24', '10.1.0.2/24'], { forwarding: 1 });
    const tap = lan.tap(eth0(host));
    const far = lan.tap(host.interfaces[1] ?? eth0(host));
    const at = { lan, host, tap };
    eth0(host).neighbours.setPermanent(C, C_MAC);
    host.interfaces[1]?.neighbours.setPermanent(ip('10.1.0.9'), macOf(9));
    expect(icmpOf(exchange(at, [udp(ip('10.1.0.9'), C, 1)])[0])).toMatchObject({
      message: 'time-exceeded',
      code: 0,
    });
    expect(icmpOf(exchange(at, [udp(ip('99.0.0.1'))])[0])).toMatchObject({
      message: 'destination-unreachable',
      code: 0,
    });
    expect(exchange(at, [udp(ip('10.1.0.9'))])).toEqual([]);
    expect(far.takeIpv4().map((packet) => packet.ttl)).toEqual([63]);
    expect(exchange(at, [udp(ip('10.1.0.9'))], BROADCAST_MAC)).toEqual([]);
    expect(far.takeIpv4()).toEqual([]);
  });

  test('a too long packet with DF: fragmentation needed with the MTU', () => {
    const lan = new Lan();
    const host = lan.host(
      'r',
      2,
      [],
      { forwarding: 1 },
      {
        interfaces: [
          { name: 'eth0', mac: macOf(0x200), addresses: [ipv4Cidr('10.0.0.2/24')] },
          { name: 'eth1', mac: macOf(0x201), addresses: [ipv4Cidr('10.1.0.2/24')], mtu: 1000 },
        ],
      },
    );
    const tap = lan.tap(eth0(host));
    eth0(host).neighbours.setPermanent(C, C_MAC);
    const long = ipv4Packet(C, ip('10.1.0.9'), udpDatagram(1, 2, new Uint8Array(1200)), {
      dontFragment: true,
    });
    expect(icmpOf(exchange({ lan, host, tap }, [long])[0])).toMatchObject({ code: 4, mtu: 1000 });
  });

  test('no complaint about a broadcast, a group, or an error', () => {
    const at = owner();
    expect(exchange(at, [udp(A)], BROADCAST_MAC)).toEqual([]);
    expect(exchange(at, [udp(ip('10.0.0.255'))], BROADCAST_MAC)).toEqual([]);
    expect(exchange(at, [udp(ip('224.0.0.1'))], multicastMac(ip('224.0.0.1')))).toEqual([]);
  });

  test('errors come six at once, then one a second', () => {
    const at = owner();
    expect(
      exchange(
        at,
        Array.from({ length: 10 }, () => udp(A)),
      ).length,
    ).toBe(6);
    let later = 0;
    for (let tenth = 1; tenth <= 100; tenth++) {
      at.lan.run(tenth * 100 * MILLISECOND + MILLISECOND);
      later += exchange(at, [udp(A)]).length;
    }
    expect(later).toBe(10);
  });

  test('redirects: at once, then after doubling gaps, nine in all until 20.48 s of quiet', () => {
    const { lan, host, tap } = owner({ forwarding: 1 });
    eth0(host).neighbours.setPermanent(ip('10.0.0.55'), macOf(0x55));
    const redirects = (until: number): number => {
      let count = 0;
      while (lan.engine.now < until) {
        const answers = exchange({ lan, host, tap }, [udp(ip('10.0.0.55'))]);
        count += answers.filter((packet) => icmpOf(packet)?.message === 'redirect').length;
        lan.run(lan.engine.now + 9 * MILLISECOND);
      }
      return count;
    };
    expect(redirects(30 * MILLISECOND)).toBe(1);
    expect(redirects(30 * SECOND)).toBe(8);
    lan.run(52 * SECOND);
    expect(redirects(52 * SECOND + 30 * MILLISECOND)).toBe(1);
  });

  test('echo is answered from the address that was pinged, broadcast pings are not', () => {
    const at = owner();
    const ping = (destination: Ipv4Address): Ipv4Packet =>
      ipv4Packet(C, destination, icmpEchoRequest(7, 3, Uint8Array.of(1, 2)));
    const [answer] = exchange(at, [ping(ip('10.0.0.100'))]);
    expect(answer?.source).toBe(ip('10.0.0.100'));
    expect(icmpOf(answer)).toEqual({
      kind: 'icmp',
      message: 'echo-reply',
      identifier: 7,
      sequence: 3,
      data: Uint8Array.of(1, 2),
    });
    expect(exchange(at, [ping(ip('10.0.0.255'))], BROADCAST_MAC)).toEqual([]);
  });

  test('a packet to ourselves comes in again, later in the same instant', () => {
    const at = owner();
    const heard: string[] = [];
    const socket = at.host.udpSocket(null, { port: 53 }, (_, packet, face) =>
      heard.push(`${packet.source === packet.destination} ${face.name}`),
    );
    socket.open();
    expect(socket.send(ip('10.0.0.100'), 53, Uint8Array.of(1))).toBe('sent');
    expect(heard).toEqual([]);
    at.lan.run(0);
    expect(heard).toEqual(['true lo']);
  });

  test('the filter drops by direction, protocol, address, port and interface', () => {
    const at = owner();
    at.host.filter.add({
      name: 'no-discard',
      direction: 'in',
      protocol: 17,
      port: 9,
      source: ipv4Cidr('10.0.0.0/24'),
    });
    expect(exchange(at, [udp(A)])).toEqual([]);
    expect(exchange(at, [udp(A, C, 64, 10)]).length).toBe(1);
    at.host.filter.add({ name: 'no-icmp', direction: 'out', protocol: 1, interface: 'eth0' });
    expect(exchange(at, [udp(A, C, 64, 10)])).toEqual([]);
    at.host.filter.remove('no-icmp');
    at.host.filter.remove('no-discard');
    expect(exchange(at, [udp(A)]).length).toBe(1);
    expect(at.host.filter.rules).toEqual([]);
  });

  test('the filter knows the ports of TCP too', () => {
    const { host } = owner();
    host.filter.add({ name: 'no-database', direction: 'in', port: 5432 });
    host.filter.add({ name: 'no-answers', direction: 'in', protocol: 6, sourcePort: 80 });
    const passes = (sourcePort: number, destinationPort: number): boolean => {
      const segment = tcpSegment({ sourcePort, destinationPort, sequence: 1, flags: TCP_RST });
      return host.filter.passesPacket('in', eth0(host), ipv4Packet(C, A, segment));
    };
    expect([passes(40_000, 5432), passes(80, 40_000), passes(40_000, 80)]).toEqual([false, false, true]);
    expect(host.filter.passesPacket('in', eth0(host), udp(A, C, 64, 5432))).toBe(false);
  });
});
