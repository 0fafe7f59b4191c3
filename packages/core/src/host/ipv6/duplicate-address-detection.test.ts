import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import {
  ALL_NODES_GROUP_IPV6,
  ethernetFrame,
  type Icmpv6Message,
  type Ipv6Address,
  type Ipv6Packet,
  icmpv6EchoRequest,
  ipv6Cidr,
  ipv6Packet,
  type MacAddress,
  multicastMacIpv6,
  neighbourAdvertisement,
  neighbourSolicitation,
  solicitedNodeGroup,
  UNSPECIFIED_IPV6,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import { eth0, ip6, Lan, macOf, Tap } from '../lan.testing.js';
import type { Ipv6Interface } from './ipv6-interface.js';

const A = ip6('2001:db8::1');
const B = ip6('2001:db8::2');
const V = ip6('2001:db8::100');
const VIP = ipv6Cidr('2001:db8::100/64');

const side = (host: Host): Ipv6Interface => eth0(host).ipv6 as Ipv6Interface;

const sendTo = (tap: Tap, to: MacAddress, from: MacAddress, packet: Ipv6Packet): void =>
  tap.send(ethernetFrame(to, from, packet));

const onLink = (source: Ipv6Address, to: Ipv6Address, message: Icmpv6Message): Ipv6Packet =>
  ipv6Packet(source, to, message, { hopLimit: 255 });

describe('duplicate address detection', () => {
  test('case 47: an address is usable 1 to 2 s after it was added', () => {
    const instants = new Set<number>();
    for (let seed = 1; seed <= 12; seed++) {
      const lan = new Lan({ seed });
      const host = lan.host('a', 1, ['2001:db8::1/64']);
      const tap = lan.tap(eth0(host));
      expect(host.addAddress(eth0(host), VIP)).toBe(true);
      expect(host.addAddress(eth0(host), VIP)).toBe(false);
      expect([host.owns(V), side(host).entryOf(V)?.state]).toEqual([false, 'tentative']);
      lan.run(3 * SECOND);
      const [added] = lan.trace.filter('address.added');
      const at = added?.time ?? 0;
      expect(at).toBeGreaterThanOrEqual(SECOND);
      expect(at).toBeLessThanOrEqual(2 * SECOND);
      instants.add(at);
      expect([host.owns(V), side(host).entryOf(V)?.state]).toEqual([true, 'valid']);
      const probes = tap.frames.filter(
        ({ frame }) => frame.payload.kind === 'ipv6' && frame.payload.source === UNSPECIFIED_IPV6,
      );
      expect(probes).toMatchObject([
        {
          time: at - SECOND + 1,
          frame: {
            destination: multicastMacIpv6(solicitedNodeGroup(V)),
            payload: { hopLimit: 255, payload: { target: V, linkLayer: null } },
          },
        },
      ]);
    }
    expect(instants.size).toBeGreaterThan(6);
  });

  test.each([
    ['nodad', { noDad: true }, {}],
    ['dad_transmits 0', {}, { dad_transmits: 0 }],
    ['accept_dad 0', {}, { accept_dad: 0 }],
  ])('%s: at once, nobody is asked', (_name, options, sysctlIpv6) => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64'], {}, { sysctlIpv6 });
    const tap = lan.tap(eth0(host));
    host.addAddress(eth0(host), VIP, options);
    expect(host.owns(V)).toBe(true);
    lan.run(3 * SECOND);
    expect(
      tap
        .takeIpv6()
        .some(({ payload }) => payload.kind === 'icmpv6' && payload.message === 'neighbour-solicitation'),
    ).toBe(false);
  });

  test.each<[string, Ipv6Packet]>([
    [
      'the answer of who has it',
      onLink(V, ALL_NODES_GROUP_IPV6, neighbourAdvertisement(V, macOf(9), { isOverriding: true })),
    ],
    [
      'somebody who wants it too',
      onLink(UNSPECIFIED_IPV6, solicitedNodeGroup(V), neighbourSolicitation(V, null)),
    ],
  ])('%s makes it a duplicate, which stays unusable', (_name, packet) => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    host.addAddress(eth0(host), VIP);
    lan.run(500 * MILLISECOND);
    sendTo(tap, multicastMacIpv6(packet.destination), macOf(9), packet);
    lan.run(5 * SECOND);
    expect(side(host).entryOf(V)?.state).toBe('duplicate');
    expect(host.owns(V)).toBe(false);
    expect(lan.trace.filter('address.duplicate')).toMatchObject([
      { interface: 'eth0', address: '2001:db8::100', mac: '02:00:00:00:00:09' },
    ]);
    expect(host.removeAddress(eth0(host), V)).toBe(true);
    expect(host.addAddress(eth0(host), VIP, { noDad: true })).toBe(true);
    expect(host.owns(V)).toBe(true);
  });

  test('the own solicitation that comes back round a loop is no duplicate (RFC 7527)', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap: Tap = new Tap(lan.engine, 'loop', (frame) => tap.send(frame));
    lan.cable(eth0(host), tap);
    host.addAddress(eth0(host), VIP);
    lan.run(3 * SECOND);
    expect(host.owns(V)).toBe(true);
  });

  test('a tentative address answers nobody but who detects duplicates', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    host.addAddress(eth0(host), VIP);
    lan.run(10);
    tap.frames.length = 0;
    const group = solicitedNodeGroup(V);
    sendTo(tap, multicastMacIpv6(group), macOf(2), onLink(B, group, neighbourSolicitation(V, macOf(2))));
    sendTo(tap, eth0(host).mac, macOf(2), ipv6Packet(B, V, icmpv6EchoRequest(1, 1, Uint8Array.of(1))));
    lan.run(20);
    expect(tap.frames).toEqual([]);
    expect(side(host).neighbours.has(B)).toBe(false);
  });

  test('of two who add one address at once the first who asks keeps it', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const lan = new Lan({ seed });
      const hosts = [lan.host('a', 1, ['2001:db8::1/64']), lan.host('b', 2, ['2001:db8::2/64'])];
      for (const host of hosts) {
        lan.plugIn(eth0(host));
        host.addAddress(eth0(host), VIP);
      }
      lan.run(5 * SECOND);
      // The other hears it while its own address is tentative (RFC 4862 §5.4.3).
      expect(hosts.filter((host) => host.owns(V)).length, `seed ${seed}`).toBe(1);
      expect(lan.trace.filter('address.duplicate').length).toBe(1);
    }
  });

  test('after a boot without a cable it waits for the carrier (IF_READY)', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    host.powerOff();
    lan.links[0]?.unplug();
    host.powerOn();
    lan.run(5 * SECOND);
    expect(side(host).entryOf(A)?.state).toBe('tentative');
    lan.links[0]?.plug();
    lan.run(6 * SECOND);
    expect(host.owns(A)).toBe(false);
    lan.run(7.1 * SECOND);
    expect([host.owns(A), host.owns(ip6('::1'))]).toEqual([true, true]);
    expect(lan.trace.filter('address.added').map(({ interface: name }) => name)).toEqual(['eth0', 'eth0']);
    const asked = tap.takeIpv6().filter(({ source }) => source === UNSPECIFIED_IPV6);
    expect(asked.filter(({ payload }) => 'target' in payload).length).toBe(2);
    // Once there was one, a lost carrier keeps no address back.
    lan.links[0]?.unplug();
    host.addAddress(eth0(host), VIP);
    lan.run(10 * SECOND);
    expect(host.owns(V)).toBe(true);
  });

  test('removed in the midst of it, it is gone and nothing more is sent', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const address = ip6('2001:db8::77');
    host.addAddress(eth0(host), { address, prefixLength: 64 });
    lan.run(10);
    expect(side(host).groups.isMember(solicitedNodeGroup(address))).toBe(true);
    host.removeAddress(eth0(host), address);
    lan.run(5 * SECOND);
    expect(lan.trace.filter('address.added')).toEqual([]);
    expect(side(host).groups.isMember(solicitedNodeGroup(address))).toBe(false);
    expect(host.removeAddress(eth0(host), address)).toBe(false);
  });

  test('with ndisc_notify the address is announced when it is ours, and again when the interface is set up', () => {
    const lan = new Lan();
    const host = lan.host(
      'a',
      1,
      ['2001:db8::1/64'],
      {},
      {
        sysctlIpv6: { ndisc_notify: 1, keep_addr_on_down: 1 },
      },
    );
    lan.tap(eth0(host));
    host.addAddress(eth0(host), VIP);
    lan.run(3 * SECOND);
    expect(lan.trace.filter('arp.announced').map(({ address }) => address)).toEqual([V]);
    eth0(host).setUp(false);
    eth0(host).setUp(true);
    expect(lan.trace.filter('arp.announced').map(({ address }) => address)).toEqual([V, V, A]);
  });
});

test('an announcement moves every neighbour that knows the address, and makes none (case 47)', () => {
  const lan = new Lan();
  const c = lan.host('c', 1, ['2001:db8::1/64']);
  const b = lan.host('b', 2, ['2001:db8::2/64']);
  lan.plugIn(eth0(c));
  lan.plugIn(eth0(b));
  side(c).neighbours.learn(V, macOf(0xaaa), true, true);
  b.announceIpv6(eth0(b), V);
  b.announceIpv6(eth0(b), ip6('2001:db8::101'));
  lan.run(10);
  expect(side(c).neighbours.lookUp(V)).toMatchObject({ state: 'STALE', mac: eth0(b).mac });
  expect(side(c).neighbours.has(ip6('2001:db8::101'))).toBe(false);
  expect(eth0(c).macOfNeighbour(V)).toBe(eth0(b).mac);
  expect(lan.trace.filter('arp.announced')[0]).toMatchObject({
    node: 'b',
    interface: 'eth0',
    address: '2001:db8::100',
    mac: '02:00:00:00:02:00',
    op: 'reply',
  });
  expect(lan.trace.filter('arp.learned').at(-1)).toMatchObject({
    address: '2001:db8::100',
    was: '02:00:00:00:0a:aa',
  });
});
