import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import {
  ALL_NODES_GROUP_IPV6,
  ethernetFrame,
  type Icmpv6Message,
  type Ipv6Address,
  icmpv6EchoRequest,
  ipv6Packet,
  type MacAddress,
  multicastMacIpv6,
  NEXT_HEADER_ICMPV6,
  neighbourAdvertisement,
  neighbourSolicitation,
  solicitedNodeGroup,
  UNSPECIFIED_IPV6,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import { eth0, ip6, Lan, macOf, type Tap } from '../lan.testing.js';
import type { Ipv6Interface } from './ipv6-interface.js';

const ME = ip6('2001:db8::1');
const MY_MAC = macOf(0x100);
const V = ip6('2001:db8::100');
const THIRD = ip6('2001:db8::77');
const O = macOf(0xaaa);
const N = macOf(0xbbb);

interface News {
  readonly mac: MacAddress;
  readonly source: Ipv6Address;
  readonly to: Ipv6Address;
  readonly message: Icmpv6Message;
  readonly hopLimit?: number;
}

const advertisement = (to: Ipv6Address, flags: string, mac: MacAddress | null): News => ({
  mac: N,
  source: V,
  to,
  message: neighbourAdvertisement(V, mac, {
    isSolicited: flags.includes('S'),
    isOverriding: flags.includes('O'),
  }),
});

const solicitation = (
  source: Ipv6Address,
  target: Ipv6Address,
  to: Ipv6Address,
  mac: MacAddress | null,
): News => ({ mac: N, source, to, message: neighbourSolicitation(target, mac) });

const NEWS = {
  'takeover: NA O to all nodes': advertisement(ALL_NODES_GROUP_IPV6, 'O', N),
  'NA without O to all nodes': advertisement(ALL_NODES_GROUP_IPV6, '', N),
  'NA S O to me': advertisement(ME, 'SO', N),
  'NA S to me, other MAC': advertisement(ME, 'S', N),
  'NA S to me, no MAC': advertisement(ME, 'S', null),
  'NA O to all nodes, same MAC': advertisement(ALL_NODES_GROUP_IPV6, 'O', O),
  'NA O without a MAC': advertisement(ALL_NODES_GROUP_IPV6, 'O', null),
  'NA S O to all nodes': advertisement(ALL_NODES_GROUP_IPV6, 'SO', N),
  'NA O over a router': { ...advertisement(ME, 'SO', N), hopLimit: 254 },
  'NS for me with MAC': solicitation(V, ME, solicitedNodeGroup(ME), N),
  'NS for me with MAC, to me alone': solicitation(V, ME, ME, N),
  'NS for me without MAC': solicitation(V, ME, solicitedNodeGroup(ME), null),
  'NS for a third': solicitation(V, THIRD, ALL_NODES_GROUP_IPV6, N),
  'NS for me over a router': { ...solicitation(V, ME, solicitedNodeGroup(ME), N), hopLimit: 64 },
  'DAD of V': solicitation(UNSPECIFIED_IPV6, V, ALL_NODES_GROUP_IPV6, null),
} satisfies Record<string, News>;

const STATES = [
  'absent',
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'FAILED',
  'PERMANENT',
] as const;
type Before = (typeof STATES)[number];

const side = (host: Host): Ipv6Interface => eth0(host).ipv6 as Ipv6Interface;

function send(tap: Tap, { mac, source, to, message, hopLimit = 255 }: News): void {
  const destination = to.startsWith('ff') ? multicastMacIpv6(to) : MY_MAC;
  tap.send(ethernetFrame(destination, mac, ipv6Packet(source, to, message, { hopLimit })));
}

const ping = (host: Host): void => {
  host.sendIpv6({
    destination: V,
    protocol: NEXT_HEADER_ICMPV6,
    payload: icmpv6EchoRequest(1, 1, Uint8Array.of(1)),
  });
};

/** Builds the situation, sends the news, and gives what is known then: `STALE n`. */
function outcome(before: Before, news: News): string {
  const lan = new Lan();
  const host = lan.host('c', 1, ['2001:db8::1/64']);
  const tap = lan.tap(eth0(host));
  const { neighbours } = side(host);
  lan.run(10 * SECOND);
  if (before === 'INCOMPLETE' || before === 'FAILED') ping(host);
  if (before === 'FAILED') lan.run(14 * SECOND);
  if (before === 'REACHABLE') neighbours.learn(V, O, true, true);
  if (before === 'STALE' || before === 'DELAY' || before === 'PROBE') neighbours.learn(V, O, false, true);
  if (before === 'DELAY' || before === 'PROBE') ping(host);
  if (before === 'PROBE') lan.run(15.5 * SECOND);
  if (before === 'PERMANENT') neighbours.setPermanent(V, O);
  const at = lan.engine.now;
  expect(neighbours.lookUp(V)?.state ?? 'absent').toBe(before);
  send(tap, news);
  lan.run(at + 10);
  const entry = neighbours.lookUp(V);
  if (entry === undefined) return 'absent';
  return `${entry.state} ${entry.mac === null ? '-' : entry.mac === N ? 'n' : 'o'}`;
}

/** What Linux makes of it (ndisc_recv_na, ndisc_recv_ns, __neigh_update); DELAY where something was sent at once. */
const UNTOUCHED =
  'absent | INCOMPLETE - | REACHABLE o | STALE o | DELAY o | PROBE o | FAILED - | PERMANENT o';
const TABLE: Record<keyof typeof NEWS, string> = {
  'takeover: NA O to all nodes':
    'absent | DELAY n | STALE n | STALE n | STALE n | STALE n | FAILED - | PERMANENT o',
  'NA without O to all nodes':
    'absent | DELAY n | STALE o | STALE o | DELAY o | PROBE o | FAILED - | PERMANENT o',
  'NA S O to me':
    'absent | REACHABLE n | REACHABLE n | REACHABLE n | REACHABLE n | REACHABLE n | FAILED - | PERMANENT o',
  'NA S to me, other MAC':
    'absent | REACHABLE n | STALE o | STALE o | DELAY o | PROBE o | FAILED - | PERMANENT o',
  'NA S to me, no MAC':
    'absent | INCOMPLETE - | REACHABLE o | REACHABLE o | REACHABLE o | REACHABLE o | FAILED - | PERMANENT o',
  'NA O to all nodes, same MAC':
    'absent | DELAY o | REACHABLE o | STALE o | DELAY o | PROBE o | FAILED - | PERMANENT o',
  'NA O without a MAC': UNTOUCHED,
  'NA S O to all nodes': UNTOUCHED,
  'NA O over a router': UNTOUCHED,
  'NS for me with MAC': 'DELAY n | DELAY n | DELAY n | DELAY n | DELAY n | DELAY n | DELAY n | PERMANENT o',
  'NS for me with MAC, to me alone':
    'DELAY n | DELAY n | DELAY n | DELAY n | DELAY n | DELAY n | DELAY n | PERMANENT o',
  'NS for me without MAC':
    'absent | INCOMPLETE - | REACHABLE o | DELAY o | DELAY o | PROBE o | INCOMPLETE - | PERMANENT o',
  'NS for a third': UNTOUCHED,
  'NS for me over a router': UNTOUCHED,
  'DAD of V': UNTOUCHED,
};

describe('what a solicitation or advertisement does to the entry of V', () => {
  const rows = Object.entries(TABLE).flatMap(([news, cells]) =>
    cells.split(' | ').map((cell, index): [string, Before, string] => [news, STATES[index] as Before, cell]),
  );
  test.each(rows)('%s, %s: %s', (news, before, expected) => {
    expect(outcome(before, NEWS[news as keyof typeof NEWS])).toBe(expected);
  });

  test('accept_untracked_na makes an entry, on a router only (RFC 9131)', () => {
    for (const forwarding of [0, 1]) {
      const lan = new Lan();
      const host = lan.host(
        'c',
        1,
        ['2001:db8::1/64'],
        { forwarding },
        {
          sysctlIpv6: { accept_untracked_na: 1 },
        },
      );
      const tap = lan.tap(eth0(host));
      send(tap, NEWS['takeover: NA O to all nodes']);
      lan.run(10);
      expect(side(host).neighbours.lookUp(V)?.state).toBe(forwarding === 1 ? 'STALE' : undefined);
    }
  });

  test('drop_unsolicited_na', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['2001:db8::1/64'], {}, { sysctlIpv6: { drop_unsolicited_na: 1 } });
    const tap = lan.tap(eth0(host));
    side(host).neighbours.learn(V, O, true, true);
    send(tap, NEWS['takeover: NA O to all nodes']);
    lan.run(10);
    expect(side(host).neighbours.lookUp(V)).toMatchObject({ state: 'REACHABLE', mac: O });
  });
});

describe('answers', () => {
  const answersTo = (news: News) => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    send(tap, news);
    lan.run(10);
    return tap.frames.map(({ frame }) => ({
      to: frame.destination,
      packet: frame.payload.kind === 'ipv6' ? frame.payload : null,
    }));
  };

  test('to a solicitation of the group: S, O and our MAC, to who asked', () => {
    expect(answersTo(NEWS['NS for me with MAC'])).toMatchObject([
      {
        to: N,
        packet: {
          source: ME,
          destination: V,
          hopLimit: 255,
          payload: { target: ME, isSolicited: true, isOverriding: true, isRouter: false, linkLayer: MY_MAC },
        },
      },
    ]);
  });

  test('to one of us alone: S, without O and MAC', () => {
    expect(answersTo(NEWS['NS for me with MAC, to me alone'])).toMatchObject([
      { to: N, packet: { payload: { isSolicited: true, isOverriding: false, linkLayer: null } } },
    ]);
  });

  test('to duplicate address detection of what is ours: O to all nodes', () => {
    expect(answersTo(solicitation(UNSPECIFIED_IPV6, ME, solicitedNodeGroup(ME), null))).toMatchObject([
      {
        to: multicastMacIpv6(ALL_NODES_GROUP_IPV6),
        packet: {
          source: ME,
          destination: ALL_NODES_GROUP_IPV6,
          payload: { target: ME, isSolicited: false, isOverriding: true, linkLayer: MY_MAC },
        },
      },
    ]);
  });

  test('to malformed duplicate address detection: none (RFC 4861 §7.1.1)', () => {
    expect(answersTo(solicitation(UNSPECIFIED_IPV6, ME, ALL_NODES_GROUP_IPV6, null))).toEqual([]);
    expect(answersTo(solicitation(UNSPECIFIED_IPV6, ME, solicitedNodeGroup(ME), N))).toEqual([]);
  });

  test('of a router have R', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['2001:db8::1/64'], { forwarding: 1 });
    const tap = lan.tap(eth0(host));
    send(tap, NEWS['NS for me with MAC']);
    lan.run(10);
    expect(tap.takeIpv6()).toMatchObject([{ payload: { isRouter: true } }]);
  });
});

describe('resolution', () => {
  test('three solicitations a second apart, then nobody is there (as case 20 for IPv4)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    ping(host);
    lan.run(5 * SECOND);
    expect(tap.frames.map(({ time, frame }) => [Math.floor(time / SECOND), frame.destination])).toEqual([
      [0, multicastMacIpv6(solicitedNodeGroup(V))],
      [1, multicastMacIpv6(solicitedNodeGroup(V))],
      [2, multicastMacIpv6(solicitedNodeGroup(V))],
    ]);
    expect(tap.takeIpv6()[0]).toMatchObject({
      source: ME,
      destination: solicitedNodeGroup(V),
      hopLimit: 255,
      payload: { target: V, linkLayer: MY_MAC },
    });
    expect(lan.trace.filter('arp.failed')).toMatchObject([
      { time: 3 * SECOND, address: '2001:db8::100', dropped: 1 },
    ]);
  });

  test('a silent move of a stale entry costs 8 s (as case 21 for IPv4)', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    side(host).neighbours.learn(V, O, false, true);
    ping(host);
    lan.run(8 * SECOND - 1);
    const probes = tap.frames.filter(
      ({ frame }) =>
        frame.payload.kind === 'ipv6' && frame.payload.destination === V && frame.payload.hopLimit === 255,
    );
    expect(probes.map(({ time }) => time)).toEqual([5 * SECOND + 1, 6 * SECOND + 1, 7 * SECOND + 1]);
    expect(side(host).neighbours.lookUp(V)?.state).toBe('PROBE');
    lan.run(8 * SECOND);
    expect(side(host).neighbours.lookUp(V)?.state).toBe('FAILED');
  });

  test('the source of what waits is asked from, a link-local address where it is not ours to use', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    host.requestNeighbour(eth0(host), V);
    lan.run(5);
    expect(tap.takeIpv6()).toMatchObject([
      { source: 'fe80::ff:fe00:100', destination: solicitedNodeGroup(V) },
    ]);
  });
});
