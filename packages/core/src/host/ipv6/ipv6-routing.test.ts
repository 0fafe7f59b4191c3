import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import {
  ethernetFrame,
  type Ipv6Address,
  type Ipv6Packet,
  icmpv6EchoRequest,
  ipv6Cidr,
  ipv6Packet,
  type MacAddress,
  NEXT_HEADER_ICMPV6,
  udpDatagram,
  withDecrementedHopLimit,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import { eth0, ip, ip6, Lan, macOf, type Tap } from '../lan.testing.js';
import type { Ipv6Interface } from './ipv6-interface.js';

const A = ip6('2001:db8::1');
const B = ip6('2001:db8::2');

const side = (host: Host): Ipv6Interface => eth0(host).ipv6 as Ipv6Interface;

const sendTo = (tap: Tap, to: MacAddress, from: MacAddress, packet: Ipv6Packet): void =>
  tap.send(ethernetFrame(to, from, packet));

const ping = (host: Host, destination: Ipv6Address, hopLimit = 64): 'sent' | 'unreachable' =>
  host.sendIpv6({
    destination,
    protocol: NEXT_HEADER_ICMPV6,
    hopLimit,
    payload: icmpv6EchoRequest(1, 1, Uint8Array.of(1)),
  });

describe('routing', () => {
  const routed = (forwarding = 1) => {
    const lan = new Lan();
    const router = lan.host('r', 1, ['2001:db8::1/64', '2001:db8:1::1/64'], { forwarding });
    const c = lan.host(
      'c',
      2,
      ['2001:db8::2/64'],
      {},
      {
        routesIpv6: [{ destination: ipv6Cidr('::/0'), via: A }],
      },
    );
    const s = lan.host(
      's',
      3,
      ['2001:db8:1::3/64'],
      {},
      {
        routesIpv6: [{ destination: ipv6Cidr('2001:db8::/32'), via: ip6('2001:db8:1::1') }],
      },
    );
    lan.cable(eth0(router), eth0(c));
    const behind = router.interface('eth1');
    if (behind !== undefined) lan.cable(behind, eth0(s));
    const heard: string[] = [];
    c.rawSocketIpv6(null, { protocol: NEXT_HEADER_ICMPV6 }, ({ source, payload }) => {
      if (payload.kind === 'icmpv6' && !('target' in payload)) heard.push(`${source} ${payload.message}`);
    }).open();
    return { lan, router, c, s, heard };
  };
  const S = ip6('2001:db8:1::3');

  test('a router sends on, one hop less, and complains as it should', () => {
    const { lan, c, s, heard } = routed();
    const hops: number[] = [];
    s.rawSocketIpv6(null, { protocol: NEXT_HEADER_ICMPV6 }, ({ hopLimit, payload }) => {
      if (payload.kind === 'icmpv6' && payload.message === 'echo-request') hops.push(hopLimit);
    }).open();
    ping(c, S);
    lan.run(SECOND);
    expect([heard, hops]).toEqual([[`${S} echo-reply`], [63]]);
    heard.length = 0;
    ping(c, S, 1);
    ping(c, ip6('2001:db9::1'));
    ping(c, ip6('2001:db8:1::99'));
    lan.run(6 * SECOND);
    expect(heard).toEqual([
      `${A} time-exceeded`,
      `${A} destination-unreachable`,
      '2001:db8::1 destination-unreachable',
    ]);
    expect(lan.trace.filter('icmp.sent').map(({ type, code }) => `${type}/${code}`)).toEqual([
      '11/0',
      '3/0',
      '3/1',
    ]);
  });

  test('without forwarding there is silence', () => {
    const { lan, c, heard } = routed(0);
    ping(c, S);
    lan.run(SECOND);
    expect(heard).toEqual([]);
  });

  test('what is too long for the next link comes back with its MTU', () => {
    const lan = new Lan();
    const router = lan.host(
      'r',
      1,
      [],
      { forwarding: 1 },
      {
        interfaces: [
          { name: 'eth0', mac: macOf(1), addresses: [], addressesIpv6: [ipv6Cidr('2001:db8::1/64')] },
          {
            name: 'eth1',
            mac: macOf(2),
            addresses: [],
            addressesIpv6: [ipv6Cidr('2001:db8:1::1/64')],
            mtu: 1300,
          },
        ],
      },
    );
    const tap = lan.tap(eth0(router));
    side(router).neighbours.setPermanent(B, macOf(9));
    sendTo(tap, macOf(1), macOf(9), ipv6Packet(B, S, udpDatagram(1, 2, new Uint8Array(1400))));
    lan.run(10);
    expect(tap.takeIpv6()).toMatchObject([{ payload: { message: 'packet-too-big', parameter: 1300 } }]);
  });

  test('link-local addresses are never routed, nor taken on another link', () => {
    const { lan, router, c, heard } = routed();
    const other = router.interface('eth1')?.ipv6?.linkLocal as Ipv6Address;
    ping(c, other);
    const packet = ipv6Packet(ip6('fe80::ff:fe00:200'), S, icmpv6EchoRequest(1, 1, Uint8Array.of(1)));
    eth0(c).transmit(packet, eth0(router).mac, null);
    eth0(c).transmit(
      withDecrementedHopLimit(ipv6Packet(B, other, icmpv6EchoRequest(1, 1, Uint8Array.of(1)))),
      eth0(router).mac,
      null,
    );
    lan.run(5 * SECOND);
    expect(heard).toEqual(['fe80::ff:fe00:100 destination-unreachable']);
  });

  test('static routes: refused without a link, gone with their interface', () => {
    const { router, c } = routed();
    const routing = c.ipv6?.routing;
    const away = ipv6Cidr('2001:db8:77::/48');
    expect(routing?.add({ destination: away, via: ip6('2001:db8:5::1') })).toBe(false);
    expect(routing?.add({ destination: away, via: ip6('fe80::1') })).toBe(false);
    expect(routing?.add({ destination: away, via: ip6('fe80::1'), interface: 'eth0' })).toBe(true);
    expect(routing?.add({ destination: away, via: A })).toBe(false);
    expect(c.nextHopTowards(ip6('2001:db8:77::1'))).toMatchObject({ gateway: 'fe80::1' });
    expect(c.pathTo6(ip6('2001:db8:77::1'))?.source).toBe(B);
    expect(routing?.remove(away)).toBe(true);
    expect(routing?.remove(away)).toBe(false);
    expect(c.nextHopTowards(ip6('2001:db8:77::1'))).toMatchObject({ gateway: A });
    eth0(c).setUp(false);
    expect(c.pathTo6(S)).toBeNull();
    expect(c.nextHopTowards(ip('10.0.0.1'))).toBeNull();
    expect(router.nextHopTowards(S)?.gateway).toBe(S);
  });
});

describe('the choice of a source (RFC 6724, ipv6_get_saddr_eval)', () => {
  const sourceWith = (addresses: readonly string[], destination: string): string | undefined => {
    const lan = new Lan();
    const host = lan.host('a', 1, [addresses]);
    return host.pathTo6(ip6(destination), eth0(host))?.source ?? undefined;
  };

  test.each([
    ['the scope fits', ['2001:db8::1/64'], 'fe80::9', 'fe80::ff:fe00:100'],
    ['a global one for the world', ['2001:db8::1/64'], '2001:db8::9', '2001:db8::1'],
    ['of equals the newest', ['2001:db8::1/64', '2001:db8::2/64'], '2001:db8::9', '2001:db8::2'],
    ['the longest match', ['2001:db8:1::1/64', '2001:db8:2::2/64'], '2001:db8:1::9', '2001:db8:1::1'],
    ['a /128 matches longer than a /64', ['2001:db8::8/128', '2001:db8::1/64'], '2001:db8::9', '2001:db8::8'],
  ])('%s', (_name, addresses, destination, expected) => {
    expect(sourceWith(addresses, destination)).toBe(expected);
  });

  test('a virtual address that is deprecated is not chosen', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    host.addAddress(eth0(host), ipv6Cidr('2001:db8::8/128'), { noDad: true, deprecated: true });
    expect(host.pathTo6(ip6('2001:db8::9'))?.source).toBe(A);
    host.addAddress(eth0(host), ipv6Cidr('2001:db8::a/128'), { noDad: true });
    expect(host.pathTo6(ip6('2001:db8::9'))?.source).toBe('2001:db8::a');
  });
});
