import { describe, expect, test } from 'vitest';
import { SECOND } from '../engine/index.js';
import {
  type ArpPacket,
  arpProbe,
  arpRequest,
  BROADCAST_MAC,
  gratuitousArpRequest,
  ipv4Cidr,
} from '../wire/index.js';
import { eth0, ip, Lan, macOf, type Tap } from './lan.testing.js';
import { hostSysctls, type Sysctls } from './sysctl.js';

const raw = { kind: 'raw', bytes: Uint8Array.of(1) } as const;
const CLIENT = ip('10.0.0.50');
const CLIENT_MAC = macOf(0x50);

/** A host with two interfaces on one LAN; the replies that come out of each to a request. */
function flux(
  sysctl: Partial<Sysctls>,
  packet: ArpPacket,
  own: readonly (string | readonly string[])[] = ['10.0.0.2/24', '10.0.0.3/24'],
) {
  const lan = new Lan();
  const host = lan.host('a', 2, own, sysctl);
  const taps = host.interfaces.map((face) => lan.tap(face));
  for (const tap of taps) tap.arp(BROADCAST_MAC, packet);
  lan.run(1000);
  return taps.map((tap) => tap.takeArp().filter((arp) => arp.operation === 'reply').length);
}

describe('sysctls of ARP', () => {
  const request = (target: string, sender = CLIENT) => arpRequest(CLIENT_MAC, sender, ip(target));

  test('ARP flux: both interfaces answer with arp_ignore 0, one with 1 (case 29)', () => {
    expect(flux({}, request('10.0.0.2'))).toEqual([1, 1]);
    expect(flux({ arp_ignore: 1 }, request('10.0.0.2'))).toEqual([1, 0]);
  });

  test('arp_ignore 2 wants a prefix that holds both; a /32 VIP inside passes (case 30)', () => {
    const addresses = [['10.0.0.2/24', '10.0.0.100/32']];
    expect(flux({ arp_ignore: 2 }, request('10.0.0.100'), addresses)).toEqual([1]);
    const outside = { arp_ignore: 2, rp_filter: 0 };
    expect(flux(outside, request('10.0.0.100', ip('10.9.0.1')), addresses)).toEqual([0]);
  });

  test('arp_ignore 3 hides addresses of scope host, 4 to 7 are 0, 8 never answers, not even probes', () => {
    const lan = new Lan();
    const host = lan.host('a', 2, ['10.0.0.2/24']);
    const tap = lan.tap(eth0(host));
    host.addAddress(host.loopback, ipv4Cidr('10.0.0.100/32'), { scope: 'host' });
    const replies = (arp_ignore: number, packet: ArpPacket): number => {
      eth0(host).setSysctl('arp_ignore', arp_ignore);
      tap.takeArp();
      tap.arp(BROADCAST_MAC, packet);
      lan.run(lan.engine.now + 10);
      return tap.takeArp().length;
    };
    const vip = request('10.0.0.100');
    expect([0, 1, 2, 3, 4, 7, 8].map((mode) => replies(mode, vip))).toEqual([1, 0, 0, 0, 1, 1, 0]);
    const own = request('10.0.0.2');
    expect([0, 1, 2, 3, 8].map((mode) => replies(mode, own))).toEqual([1, 1, 1, 1, 0]);
    const probe = arpProbe(CLIENT_MAC, ip('10.0.0.2'));
    expect([0, 8].map((mode) => replies(mode, probe))).toEqual([1, 0]);
  });

  test('arp_filter: one interface answers for both addresses', () => {
    expect(flux({ arp_filter: 1 }, request('10.0.0.2'))).toEqual([1, 0]);
    expect(flux({ arp_filter: 1 }, request('10.0.0.3'))).toEqual([1, 0]);
  });

  test('an owner neither answers nor believes a duplicate, and answers a probe (case 28)', () => {
    const lan = new Lan();
    const host = lan.host('a', 2, [['10.0.0.2/24', '10.0.0.100/32']]);
    const tap = lan.tap(eth0(host));
    tap.arp(BROADCAST_MAC, gratuitousArpRequest(macOf(9), ip('10.0.0.100')));
    tap.arp(BROADCAST_MAC, arpRequest(macOf(9), ip('10.0.0.100'), ip('10.0.0.2')));
    lan.run(10);
    expect(tap.takeArp()).toEqual([]);
    expect(eth0(host).neighbours.entries()).toEqual([]);
    tap.arp(BROADCAST_MAC, arpProbe(macOf(9), ip('10.0.0.100')));
    lan.run(20);
    expect(tap.takeArp().map((arp) => [arp.operation, arp.senderIp])).toEqual([['reply', ip('10.0.0.100')]]);
  });

  test('who-has C tell V moves V at C and creates it (case 27)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24']);
    const tap = lan.tap(eth0(host));
    tap.arp(BROADCAST_MAC, arpRequest(macOf(7), ip('10.0.0.100'), ip('10.0.0.1')));
    tap.arp(BROADCAST_MAC, arpRequest(macOf(8), ip('10.0.0.100'), ip('10.0.0.1')));
    lan.run(10);
    expect(eth0(host).neighbours.entries()).toEqual([
      { address: ip('10.0.0.100'), state: 'STALE', mac: macOf(8) },
    ]);
    expect(tap.takeArp().length).toBe(2);
  });

  test.each([
    [0, '10.0.0.3', '10.0.0.3'],
    [1, '10.0.0.3', '10.0.0.3'],
    [2, '10.0.0.3', '10.0.0.2'],
    [0, '10.7.0.1', '10.7.0.1'],
    [1, '10.7.0.1', '10.0.0.2'],
    [2, '10.7.0.1', '10.0.0.2'],
  ])('arp_announce %d with the source %s asks as %s', (arp_announce, source, expected) => {
    const lan = new Lan();
    const host = lan.host('a', 2, [['10.0.0.2/24', '10.0.0.3/24'], '10.7.0.1/24'], { arp_announce });
    const tap = lan.tap(eth0(host));
    host.send({ destination: CLIENT, source: ip(source), protocol: 200, payload: raw });
    lan.run(10);
    expect(tap.takeArp().map((arp) => arp.senderIp)).toEqual([ip(expected)]);
  });

  test('arp_notify announces each address when the interface is set up, not when one is added', () => {
    const announced = (arp_notify: number): number => {
      const lan = new Lan();
      const host = lan.host('a', 2, [['10.0.0.2/24', '10.0.0.100/32']], { arp_notify });
      lan.tap(eth0(host));
      host.addAddress(eth0(host), ipv4Cidr('10.0.0.101/32'));
      expect(lan.trace.filter('arp.announced').length).toBe(0);
      eth0(host).setUp(false);
      eth0(host).setUp(true);
      return lan.trace.filter('arp.announced').length;
    };
    expect(announced(0)).toBe(0);
    expect(announced(1)).toBe(3);
  });

  test('maximum, OR and AND of all and the interface', () => {
    const lan = new Lan();
    const host = lan.host('a', 2, ['10.0.0.2/24'], { arp_ignore: 1, arp_evict_nocarrier: 0, arp_filter: 1 });
    const face = eth0(host);
    expect(face.effective('arp_ignore')).toBe(1);
    face.setSysctl('arp_ignore', 2);
    expect(face.effective('arp_ignore')).toBe(2);
    expect(face.effective('arp_filter')).toBe(1);
    face.setSysctl('arp_evict_nocarrier', 1);
    expect(face.effective('arp_evict_nocarrier')).toBe(0);
    expect(() => hostSysctls({ arp_ignor: 1 } as Partial<Sysctls>)).toThrow(/arp_ignor/);
  });

  test('loss of carrier evicts all but permanent neighbours; nothing is announced when it returns (case 31)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24']);
    const tap: Tap = lan.tap(eth0(host));
    const { neighbours } = eth0(host);
    neighbours.learn(ip('10.0.0.2'), macOf(2), true, true);
    neighbours.learn(ip('10.0.0.3'), macOf(3), false, true);
    neighbours.setPermanent(ip('10.0.0.4'), macOf(4));
    eth0(host).igmp.join(ip('239.1.1.1'));
    lan.run(5 * SECOND);
    tap.frames.length = 0;
    lan.links[0]?.unplug();
    lan.run(6 * SECOND);
    expect(neighbours.entries().map((entry) => entry.address)).toEqual([ip('10.0.0.4')]);
    expect(host.owns(ip('10.0.0.1'))).toBe(true);
    lan.links[0]?.plug();
    lan.run(8 * SECOND);
    expect(tap.frames).toEqual([]);
    expect(lan.trace.filter('link.carrier').map((event) => event.up)).toEqual([false, true]);
    host.send({ destination: ip('10.0.0.2'), protocol: 200, payload: raw });
    lan.run(8 * SECOND + 10);
    expect(tap.frames[0]?.frame.destination).toBe(BROADCAST_MAC);
    expect(tap.takeArp().length).toBe(1);
  });

  test('arp_evict_nocarrier 0 keeps them', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24'], { arp_evict_nocarrier: 0 });
    lan.tap(eth0(host));
    eth0(host).neighbours.learn(ip('10.0.0.2'), macOf(2), true, true);
    lan.links[0]?.unplug();
    expect(eth0(host).neighbours.entries().length).toBe(1);
  });
});
