import { describe, expect, test } from 'vitest';
import { CARP_SYSTEMS, type CarpSystem, isOpenBsd } from '../../host/carp/carp-config.js';
import type { LinkDirection } from '../../link/index.js';
import {
  type EthernetFrame,
  ethernetFrame,
  formatIp,
  formatMac,
  type IpPacket,
  ipPayloadBytes,
  ipv4Address,
  ipv6Address,
  macAddress,
  rawIpv4Packet,
} from '../../wire/index.js';
import type { Simulation } from '../simulation.js';
import { type BenchLab, type BenchNode, type BenchVhid, benchLab, seconds } from './carp-lab.testing.js';

interface Heard {
  readonly node: string;
  readonly at: string;
  readonly frame: EthernetFrame;
}

/** The ways from a node and to it. */
function waysOf(
  { network }: Pick<Simulation, 'network'>,
  node: string,
): { out: LinkDirection; into: LinkDirection } {
  const face = network.host(node).interface('em0');
  const { directions } = network.linkAt(node, 'em0');
  const into = directions.find(({ to }) => to === face);
  const out = directions.find(({ to }) => to !== face);
  if (into === undefined || out === undefined) throw new Error(`${node} has no cable`);
  return { out, into };
}

/** A bench whose machines' frames are written down as they leave. */
function tapped(bench: BenchLab): { readonly sim: Simulation; readonly frames: readonly Heard[] } {
  const frames: Heard[] = [];
  const sim = benchLab(bench, {
    attach: (network) => {
      for (const node of Object.keys(bench.nodes)) {
        const { out } = waysOf({ network }, node);
        const send = out.send.bind(out);
        out.send = (frame) => {
          frames.push({ node, at: seconds(network.engine.now), frame });
          send(frame);
        };
      }
    },
  });
  return { sim, frames };
}

/** What a frame says on the outside. */
function outsideOf({ source, destination, payload }: EthernetFrame): Record<string, unknown> {
  const macs = { from: formatMac(source), to: formatMac(destination) };
  if (payload.kind === 'ipv4')
    return {
      ...macs,
      source: formatIp(payload.source),
      destination: formatIp(payload.destination),
      ttl: payload.ttl,
      tos: payload.typeOfService,
      dontFragment: payload.dontFragment,
      bytes: ipPayloadBytes(payload).length,
    };
  if (payload.kind === 'ipv6')
    return {
      ...macs,
      source: formatIp(payload.source),
      destination: formatIp(payload.destination),
      ttl: payload.hopLimit,
      tos: payload.trafficClass,
      bytes: ipPayloadBytes(payload).length,
    };
  return macs;
}

const isAdvert = ({ frame: { payload } }: Heard): boolean =>
  (payload.kind === 'ipv4' || payload.kind === 'ipv6') &&
  (payload.payload.kind === 'carp' || payload.payload.kind === 'vrrp');
const DUAL = ['192.0.2.1/24', '2001:db8::1/64'];
const realMac = (sim: Simulation, node = 'A'): string =>
  formatMac(sim.network.host(node).interface('em0')?.mac ?? macAddress('00:00:00:00:00:00'));
const linkLocal = (sim: Simulation, node = 'A'): string =>
  formatIp(sim.network.host(node).interface('em0')?.ipv6?.linkLocal ?? ipv6Address('::'));

describe('an advert', () => {
  test.each(CARP_SYSTEMS)('%s: of each family one, IPv4 first', (system) => {
    const { sim, frames } = tapped({ nodes: { A: { system, vhids: [{ vhid: 7, addresses: DUAL }] } } });
    sim.runUntil('3.5s');
    const isNew = system === 'freebsd';
    expect(frames.filter(isAdvert).map(({ at, frame }) => ({ at, ...outsideOf(frame) }))).toEqual([
      {
        at: '3.000000',
        from: '00:00:5e:00:01:07',
        to: '01:00:5e:00:00:12',
        source: '192.0.2.11',
        destination: '224.0.0.18',
        ttl: 255,
        tos: isNew ? 0xe0 : 0x10,
        dontFragment: true,
        bytes: 36,
      },
      {
        at: '3.000000',
        from: '00:00:5e:00:01:07',
        to: '33:33:00:00:00:12',
        source: linkLocal(sim),
        destination: 'ff02::12',
        ttl: 255,
        tos: isNew ? 0xe0 : 0,
        bytes: 36,
      },
    ]);
  });

  test.each([
    ['freebsd', 0, 0],
    ['freebsd', 63, 0xfc],
    ['freebsd-13', 63, 0x10],
    ['openbsd', 63, 0x10],
  ] as const)('%s: dscp %i is byte %i', (system, dscp, tos) => {
    const { sim, frames } = tapped({ nodes: { A: { system, sysctl: { dscp } } } });
    sim.runUntil('3.5s');
    expect(frames.filter(isAdvert).map(({ frame }) => outsideOf(frame)['tos'])).toEqual([tos]);
  });

  test.each([
    ['openbsd', '192.0.2.1'],
    ['openbsd-5.6', '192.0.2.1'],
    ['freebsd-13', '0.0.0.0'],
    ['freebsd', '0.0.0.0'],
  ] as const)('%s: from a NIC without an address it comes from %s', (system, source) => {
    const { sim, frames } = tapped({ nodes: { A: { system, host: { interfaces: { em0: {} } } } } });
    sim.runUntil('3.5s');
    expect(frames.filter(isAdvert).map(({ frame }) => outsideOf(frame)['source'])).toEqual([source]);
  });

  const pairOf = (system: CarpSystem, more: (peer: string) => BenchVhid): Record<string, BenchNode> => ({
    A: { system, vhids: [more('192.0.2.12')] },
    B: { system, vhids: [{ ...more('192.0.2.11'), advskew: 100 }] },
  });

  test.each(['openbsd', 'freebsd'] as const)(
    '%s: to a peer it goes from the real MAC to the real MAC',
    (system) => {
      const { sim, frames } = tapped({ nodes: pairOf(system, (peer) => ({ peer: ipv4Address(peer) })) });
      sim.runUntil('20s');
      expect(sim.trace.filter('carp.state').map(({ node, to }) => `${node} ${to}`)).toEqual([
        'A BACKUP',
        'B BACKUP',
        'A MASTER',
      ]);
      const [first] = frames.filter(isAdvert);
      expect(first === undefined ? null : outsideOf(first.frame)).toMatchObject({
        from: realMac(sim),
        to: realMac(sim, 'B'),
        source: '192.0.2.11',
        destination: '192.0.2.12',
        ttl: 255,
      });
      sim.perform({ do: 'power-off', node: 'A' }).runUntil('30s');
      expect(sim.trace.filter('carp.state').at(-1)).toMatchObject({ node: 'B', to: 'MASTER' });
    },
  );

  test('FreeBSD: a peer for IPv6, while IPv4 goes to the group', () => {
    const { sim, frames } = tapped({
      nodes: {
        A: {
          system: 'freebsd',
          vhids: [{ addresses: DUAL, peerIpv6: ipv6Address('2001:db8::12') }],
          host: { interfaces: { em0: { address: ['192.0.2.11/24', '2001:db8::11/64'] } } },
        },
        B: {
          system: 'freebsd',
          vhids: [{ addresses: DUAL, advskew: 100, peerIpv6: ipv6Address('2001:db8::11') }],
          host: { interfaces: { em0: { address: ['192.0.2.12/24', '2001:db8::12/64'] } } },
        },
      },
    });
    sim.runUntil('20s');
    const adverts = frames.filter(isAdvert).map(({ frame }) => outsideOf(frame));
    expect(adverts.slice(0, 2)).toMatchObject([
      { from: '00:00:5e:00:01:01', destination: '224.0.0.18' },
      { from: realMac(sim), to: realMac(sim, 'B'), destination: '2001:db8::12' },
    ]);
    expect(sim.trace.filter('carp.state').filter(({ to }) => to === 'MASTER')).toHaveLength(1);
  });

  test('OpenBSD: with a peer it does not hear the group, FreeBSD does', () => {
    const run = (system: CarpSystem): string[] => {
      const nodes = {
        A: { system },
        B: { system, vhids: [{ advskew: 100, peer: ipv4Address('192.0.2.11') }] },
      };
      const sim = benchLab({ nodes }).runUntil('20s');
      return sim.trace.filter('carp.state').flatMap(({ node, to }) => (to === 'MASTER' ? [node] : []));
    };
    expect(run('openbsd')).toEqual(['A', 'B']);
    expect(run('freebsd')).toEqual(['A']);
  });
});

describe('announcements', () => {
  test.each(CARP_SYSTEMS)('%s: after the advert ARP, then the neighbour advertisement', (system) => {
    for (const forwards of [false, true]) {
      const { sim, frames } = tapped({
        nodes: {
          A: {
            system,
            vhids: [{ addresses: DUAL }],
            host: forwards ? { sysctl: { forwarding: 1 } } : {},
          },
        },
      });
      sim.runUntil('3.5s');
      const virtual = '00:00:5e:00:01:01';
      const told = frames
        .filter(({ at }) => at === '3.000000')
        .map(({ frame: { source, destination, payload } }) => {
          const macs = [formatMac(source), formatMac(destination)];
          if (payload.kind === 'arp')
            return [
              ...macs,
              payload.operation,
              formatMac(payload.senderMac),
              formatIp(payload.senderIp),
              formatIp(payload.targetIp),
            ];
          if (payload.kind === 'ipv6' && payload.payload.kind === 'icmpv6') {
            const message = payload.payload;
            if (message.message !== 'neighbour-advertisement') return [message.message];
            const { isRouter, isSolicited, isOverriding, linkLayer, target } = message;
            return [
              ...macs,
              formatIp(payload.destination),
              formatIp(target),
              linkLayer === null ? null : formatMac(linkLayer),
              { isRouter, isSolicited, isOverriding },
            ];
          }
          return 'advert';
        })
        .filter((one) => one[0] !== 'mld2-report');
      expect(told).toEqual([
        'advert',
        'advert',
        [
          // FreeBSD rewrites only what CARP has tagged.
          isOpenBsd(system) ? virtual : realMac(sim),
          'ff:ff:ff:ff:ff:ff',
          'request',
          virtual,
          '192.0.2.1',
          '192.0.2.1',
        ],
        [
          virtual,
          '33:33:00:00:00:01',
          'ff02::1',
          '2001:db8::1',
          virtual,
          { isRouter: isOpenBsd(system) && forwards, isSolicited: false, isOverriding: true },
        ],
      ]);
    }
  });

  test('OpenBSD: the second ARP goes between the two adverts', () => {
    const { sim, frames } = tapped({ nodes: { A: { system: 'openbsd', vhids: [{ addresses: DUAL }] } } });
    sim.runUntil('5.5s');
    expect(frames.filter(({ at }) => at === '5.000000').map(({ frame }) => frame.payload.kind)).toEqual([
      'ipv4',
      'arp',
      'ipv6',
    ]);
  });
});

describe('what is dropped', () => {
  /** B's judgement of A's adverts, if something happens to them on their way. */
  function judged(a: BenchNode, b: BenchNode, change: (packet: IpPacket) => IpPacket): string[] {
    const sim = benchLab(
      { nodes: { A: a, B: b } },
      {
        attach: (network) => {
          const { into } = waysOf({ network }, 'B');
          const send = into.send.bind(into);
          into.send = (frame) => {
            const { payload } = frame;
            const isIp = payload.kind === 'ipv4' || payload.kind === 'ipv6';
            send(isIp ? ethernetFrame(frame.destination, frame.source, change(payload)) : frame);
          };
        },
      },
    ).runUntil('3.3s');
    return sim.trace.filter('carp.rejected').map(({ reason }) => reason);
  }
  const far = (packet: IpPacket): IpPacket =>
    packet.kind === 'ipv4' ? { ...packet, ttl: 254 } : { ...packet, hopLimit: 254 };
  const vrrp = { priority: 200, intervalCs: 100 };

  test.each([
    ['openbsd', '192.0.2.1/24', ['badttl']],
    ['freebsd-13', '192.0.2.1/24', ['badttl']],
    ['freebsd-9', '192.0.2.1/24', ['badttl']],
    // Its test for multicast reads the address the wrong way round.
    ['freebsd', '192.0.2.1/24', []],
    ['openbsd', '2001:db8::1/64', ['badttl']],
    ['freebsd-13', '2001:db8::1/64', ['badttl']],
    ['freebsd', '2001:db8::1/64', ['badttl']],
  ] as const)('%s: %s from further away', (system, address, expected) => {
    const vhids = [{ addresses: [address] }];
    expect(judged({ system, vhids }, { system, vhids: [{ ...vhids[0], advskew: 100 }] }, far)).toEqual(
      expected,
    );
  });

  test('VRRPv3 from further away, over either family', () => {
    for (const address of ['192.0.2.1/24', '2001:db8::1/64']) {
      const node: BenchNode = { system: 'freebsd', vhids: [{ addresses: [address], vrrp }] };
      const worse: BenchNode = {
        system: 'freebsd',
        vhids: [{ addresses: [address], vrrp: { ...vrrp, priority: 100 } }],
      };
      expect(judged(node, worse, far), address).toEqual(['badttl']);
    }
  });

  /** B's judgement of bytes of protocol 112. */
  function judgedBytes(b: BenchNode, bytes: readonly number[]): string[] {
    const sim = benchLab({ nodes: { A: { system: 'openbsd', vhids: [{ isUp: false }] }, B: b } }).runUntil(
      '1s',
    );
    const source = ipv4Address('192.0.2.11');
    const group = ipv4Address('224.0.0.18');
    // What is broken has no representation, so it is made under another number.
    const packet = {
      ...rawIpv4Packet(source, group, 253, Uint8Array.from(bytes), { ttl: 255 }),
      protocol: 112,
    };
    const { into } = waysOf(sim, 'B');
    into.send(ethernetFrame(macAddress('01:00:5e:00:00:12'), macAddress('02:00:00:00:00:99'), packet));
    sim.runUntil('1.1s');
    return sim.trace.filter('carp.rejected').map(({ reason }) => reason);
  }
  const zeros = (count: number, ...first: readonly number[]): number[] => [
    ...first,
    ...Array<number>(count - first.length).fill(0),
  ];
  const CARP_NODE: BenchVhid = { vhid: 1 };
  const VRRP_NODE: BenchVhid = { vhid: 1, vrrp };

  test.each([
    ['freebsd', 'badlen', CARP_NODE, zeros(7, 0x21, 1)],
    ['freebsd', 'badlen', CARP_NODE, zeros(35, 0x21, 1)],
    ['freebsd', 'badsum', CARP_NODE, zeros(36, 0x21, 1)],
    // A version that nobody has is seen before the length that it would need.
    ['freebsd', 'badver', CARP_NODE, zeros(8, 0x41, 1)],
    ['freebsd-13', 'badlen', CARP_NODE, zeros(8, 0x41, 1)],
    ['openbsd', 'badlen', CARP_NODE, zeros(8, 0x41, 1)],
    // VRRPv3: its number, its version, and only then its checksum.
    ['freebsd', 'badlen', CARP_NODE, zeros(7, 0x31, 1)],
    ['freebsd', 'badvhid', CARP_NODE, zeros(12, 0x31, 9)],
    ['freebsd', 'badver', CARP_NODE, zeros(12, 0x31, 1)],
    ['freebsd', 'badsum', VRRP_NODE, zeros(12, 0x31, 1)],
    ['freebsd', 'badsum', VRRP_NODE, zeros(36, 0x21, 1)],
    ['openbsd', 'badlen', CARP_NODE, zeros(12, 0x31, 1)],
    ['openbsd', 'badsum', CARP_NODE, zeros(36, 0x31, 1)],
  ] as const)('%s, case %$: %s', (system, reason, vhid, bytes) => {
    expect(judgedBytes({ system, vhids: [vhid] }, bytes)).toEqual([reason]);
  });

  test('FreeBSD 9 knows a vhid by its interface, later ones by an address of the family', () => {
    const other = (system: CarpSystem): string[] =>
      judged(
        { system, vhids: [{ addresses: ['192.0.2.1/24'] }] },
        { system, vhids: [{ addresses: ['2001:db8::1/64'] }] },
        (packet) => packet,
      );
    expect(other('freebsd-13')).toEqual(['badvhid']);
    expect(other('freebsd-9')).toEqual(['badauth']);
    expect(other('openbsd')).toEqual(['badauth']);
  });
});
