/** What keepalived sends over IPv6, byte by byte, and what it refuses. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import { ip6, macOf } from '../../host/lan.testing.js';
import {
  ALL_NODES_GROUP_IPV6,
  type EthernetFrame,
  emitFrame,
  emitIpv6,
  formatMac,
  type IpAddress,
  type Ipv6Packet,
  ipv6Packet,
  VRRP_GROUP_IPV6,
  vrrpV3Advertisement,
  writePcapng,
} from '../../wire/index.js';
import { conf, link, OTHER_VIP, VIP, Wire } from './testing/ipv6-wire.js';
import { seconds } from './testing/router-bench.js';

/** Bytes before the message (RFC 8200 §3). */
const IPV6_HEADER = 40;
const STRANGER = link(9);

const advertOf = (
  addresses: readonly IpAddress[],
  { priority = 200, vrid = 51, hopLimit = 255, interval = 100 } = {},
): Ipv6Packet =>
  ipv6Packet(STRANGER, VRRP_GROUP_IPV6, vrrpV3Advertisement(vrid, priority, interval, addresses), {
    hopLimit,
  });

describe('adverts', () => {
  const wire = new Wire([{ priority: 150, vips: ['fe80::100', `${VIP}/64`] }]).start().run(6);
  const [first] = wire.adverts();

  test('go from the link-local address to ff02::12 and its MAC, with hop limit 255 and no tie to a route', () => {
    expect(first?.packet).toMatchObject({
      source: link(1),
      destination: 'ff02::12',
      hopLimit: 255,
      trafficClass: 0xc0,
      protocol: 112,
    });
    expect(formatMac(first?.frame.destination ?? macOf(0))).toBe('33:33:00:00:00:12');
    expect(first?.frame.source).toBe(macOf(0x100));
    const sent = wire.adverts().map(({ time }) => time);
    expect(sent.slice(1).map((time, index) => time - (sent[index] ?? 0))).toEqual([SECOND, SECOND]);
  });

  test('carry 16 bytes an address, in the order of the file, and a checksum with the pseudo header', () => {
    expect(first?.advert).toMatchObject({
      version: 3,
      virtualRouterId: 51,
      priority: 150,
      interval: 100,
      addresses: ['fe80::100', VIP],
    });
    const bytes = emitFrame(first?.frame as EthernetFrame);
    const message = bytes.subarray(14 + 40);
    expect(message.length).toBe(8 + 2 * 16);
    expect([...message.subarray(0, 6)]).toEqual([0x31, 51, 150, 2, 0, 100]);
    expect(Buffer.from(message.subarray(8)).toString('hex')).toBe(
      'fe800000000000000000000000000100' + '20010db8000100000000000000000100',
    );
    // RFC 8200 §8.1, by hand: the words of both addresses, the length, the next header and the message sum to ffff.
    const summed = [...bytes.subarray(14 + 8, 14 + 40), 0, 0, 0, message.length, 0, 0, 0, 112, ...message];
    let sum = 0;
    for (let at = 0; at < summed.length; at += 2) sum += (summed[at] ?? 0) * 256 + (summed[at + 1] ?? 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
    expect(sum).toBe(0xffff);
  });

  test.skipIf(spawnSync('tshark', ['--version']).status !== 0)(
    'tshark finds nothing wrong with a failover',
    () => {
      const pair = new Wire([{ priority: 150 }, { priority: 100 }]).start().run(8);
      pair.daemon(1).stop();
      pair.run(16);
      const folder = mkdtempSync(join(tmpdir(), 'viplab-vrrp6-'));
      const file = join(folder, 'vrrp6.pcapng');
      try {
        const frames = pair.tap.frames.map(({ time, frame }) => ({
          interface: 0,
          time,
          bytes: emitFrame(frame),
          direction: 'in' as const,
        }));
        writeFileSync(file, writePcapng({ interfaces: [{ name: 'tap' }], frames, statistics: [] }));
        const run = (...given: string[]): string[] => {
          const { stdout, status } = spawnSync('tshark', ['-n', '-r', file, ...given], { encoding: 'utf8' });
          expect(status).toBe(0);
          return stdout.split('\n').filter((text) => text !== '');
        };
        expect(run('-Y', '_ws.malformed || _ws.expert.severity >= 6291456')).toEqual([]);
        expect(run('-Y', 'vrrp && ipv6 && vrrp.checksum.status == 1')).toHaveLength(pair.adverts().length);
        expect(run('-Y', 'icmpv6.type == 136 && icmpv6.checksum.status == 1').length).toBeGreaterThanOrEqual(
          15,
        );
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe('neighbour advertisements', () => {
  test('5 at once and 5 after 5 s, from the address itself to all nodes, with O and the MAC', () => {
    const wire = new Wire([{ priority: 150 }]).start().run(20);
    const master = 3.414062;
    const sent = wire.announcements();
    expect(sent.map(({ time }) => seconds(time))).toEqual([
      ...Array.from({ length: 5 }, () => master),
      ...Array.from({ length: 5 }, () => master + 5),
    ]);
    for (const { frame, packet, na } of sent) {
      expect(formatMac(frame.destination)).toBe('33:33:00:00:00:01');
      expect(packet).toMatchObject({ source: VIP, destination: ALL_NODES_GROUP_IPV6, hopLimit: 255 });
      expect(na).toMatchObject({ target: VIP, linkLayer: macOf(0x100), isOverriding: true, isRouter: false });
    }
    expect(wire.log(1)).toContain(`(VI_6) Sending/queueing Unsolicited Neighbour Adverts on eth0 for ${VIP}`);
    expect(wire.log(1)).toContain(`Sending unsolicited Neighbour Advert on eth0 for ${VIP}`);
  });

  test('have R where the interface forwards, and only there', () => {
    const wire = new Wire([{ priority: 150 }], { sysctlIpv6: { forwarding: 1 } }).start().run(6);
    expect(wire.announcements().map(({ na }) => na.isRouter)).toEqual([true, true, true, true, true]);
  });

  test('come after the advert, for each address in turn', () => {
    const wire = new Wire([{ priority: 150, vips: [`${VIP}/64`, `${OTHER_VIP}/64`] }]).start().run(4);
    const order = wire.packets().flatMap(({ packet: { payload } }) => {
      if (payload.kind === 'vrrp') return ['advert'];
      if (payload.kind !== 'icmpv6' || payload.message !== 'neighbour-advertisement') return [];
      return [payload.target];
    });
    expect(order.slice(0, 5)).toEqual(['advert', VIP, OTHER_VIP, VIP, OTHER_VIP]);
  });

  test('keep the pace of vrrp_gna_interval, which is not that of ARP', () => {
    const paced = (setting: string): number[] => {
      const before = `global_defs {\n ${setting}\n}`;
      const wire = new Wire([{ priority: 150, vips: [`${VIP}/64`, `${OTHER_VIP}/64`], before }])
        .start()
        .run(8);
      return wire.announcements().map(({ time }) => seconds(time - 3_414_062_000));
    };
    expect(paced('vrrp_garp_interval 0.5').every((time) => time === 0)).toBe(true);
    const times = paced('vrrp_gna_interval 0.5');
    expect(times.length).toBeGreaterThan(1);
    expect(times.slice(1).every((time, index) => time - (times[index] ?? 0) >= 0.5)).toBe(true);
  });
});

describe('what is not accepted', () => {
  const heard = (packet: Ipv6Packet): { wire: Wire; isAccepted: boolean } => {
    const wire = new Wire([{ priority: 100 }]).start().run(5);
    wire.inject(packet);
    wire.run(5.9);
    return { wire, isAccepted: wire.states(1).at(-1)?.[1] === 'BACKUP' };
  };
  const good = advertOf([VIP]);
  /** The good advert with other bytes, as it comes from a sender with a fault. */
  const withBytes = (change: (bytes: Uint8Array) => Uint8Array, source = good.source): Ipv6Packet => ({
    ...good,
    source,
    payload: { kind: 'raw', bytes: change(emitIpv6(good).slice(IPV6_HEADER)) },
  });

  test('a good advert is: the others below differ from it in one thing', () => {
    expect(heard(good).isAccepted).toBe(true);
    expect(heard(withBytes((bytes) => bytes)).isAccepted).toBe(true);
  });

  test.each<[what: string, packet: () => Ipv6Packet, line: string]>([
    [
      'a hop limit below 255',
      () => advertOf([VIP], { hopLimit: 254 }),
      '(VI_6) invalid TTL/HL. Received 254 and expect 255',
    ],
    [
      'a wrong checksum',
      () => withBytes((bytes) => bytes.with(6, (bytes[6] ?? 0) ^ 1)),
      '(VI_6) Invalid VRRPv3 checksum',
    ],
    [
      'a checksum for another source',
      () => withBytes((bytes) => bytes, link(8)),
      '(VI_6) Invalid VRRPv3 checksum',
    ],
    [
      'another address',
      () => advertOf([OTHER_VIP]),
      `(VI_6) ip address associated with VRID 51 not present in MASTER advert: ${VIP}`,
    ],
    [
      'more addresses',
      () => advertOf([VIP, OTHER_VIP]),
      '(VI_6) received an unexpected ip number count 2, expected 1!',
    ],
    [
      'fewer bytes than its count of addresses asks for',
      () => withBytes((bytes) => bytes.subarray(0, 16)),
      '(VI_6) vrrp packet too short, length 16 and expect 24',
    ],
  ])('%s', (_, packet, line) => {
    const { wire, isAccepted } = heard(packet());
    expect(isAccepted).toBe(false);
    expect(wire.log(1).join('\n')).toContain(line);
    expect(wire.lan.trace.filter('vrrp.rejected')).toHaveLength(1);
    // vrrp_dispatcher_read arms the timer anew after any packet: the advert of 5.609375 s is put off.
    expect(wire.adverts().map(({ time, packet: { source } }) => [source, seconds(time)])).not.toContainEqual([
      link(1),
      5.609375,
    ]);
  });

  test('an unknown VRID is no event at all, and a line if that is asked for', () => {
    const quiet = heard(advertOf([VIP], { vrid: 52 }));
    expect(quiet.isAccepted).toBe(false);
    expect(quiet.wire.lan.trace.filter('vrrp.rejected')).toEqual([]);
    expect(quiet.wire.adverts().map(({ time }) => seconds(time))).toContain(5.609375);
    const text = { priority: 100, before: 'global_defs {\n log_unknown_vrids\n}' };
    const wire = new Wire([text]).start().run(5);
    wire.inject(advertOf([VIP], { vrid: 52 }));
    wire.run(5.5);
    expect(wire.log(1)).toContain('Unknown VRID(52) received on interface(eth0). ignoring...');
  });

  test('what an IPv4 instance of the same VRID sends is not for this one', () => {
    const both = (priority: number): string =>
      `${conf({ priority })}vrrp_instance VI_4 {\n interface eth0\n virtual_router_id 51\n version 3\n priority ${250 - priority}\n virtual_ipaddress {\n 192.168.1.100/24\n }\n}\n`;
    const wire = new Wire([both(150), both(100)]).start().run(6);
    expect(wire.states(1).at(-1)?.[1]).toBe('MASTER');
    expect(wire.states(2, 'VI_4').at(-1)?.[1]).toBe('MASTER');
    expect(wire.lan.trace.filter('vrrp.rejected')).toEqual([]);
  });
});

describe('unicast', () => {
  const peers = (own: number, other: number): string =>
    `unicast_src_ip 2001:db8:1::${own}\n unicast_peer {\n 2001:db8:1::${other}\n }`;
  const wire = new Wire([
    { priority: 150, more: peers(11, 12) },
    { priority: 100, more: peers(12, 11) },
  ])
    .start()
    .run(6);

  test('adverts go to the peer alone, resolved by neighbour discovery', () => {
    const packets = wire
      .adverts()
      .map(({ packet, frame }) => [packet.source, packet.destination, frame.destination]);
    expect(packets.length).toBeGreaterThan(1);
    expect(new Set(packets.map(String))).toEqual(
      new Set([String(['2001:db8:1::11', '2001:db8:1::12', macOf(0x200)])]),
    );
    expect(wire.states(1).at(-1)).toEqual([3.414062, 'MASTER']);
    expect(wire.states(2)).toEqual([[0, 'BACKUP']]);
  });

  test('a multicast advert is not handed to it, nor one to another address of the host', () => {
    const before = wire.states(1).length;
    wire.inject(advertOf([VIP]));
    const elsewhere = ipv6Packet(link(9), link(1), vrrpV3Advertisement(51, 200, 100, [VIP]), {
      hopLimit: 255,
    });
    wire.inject(elsewhere, macOf(0x100));
    wire.run(7);
    expect(wire.states(1)).toHaveLength(before);
    expect(wire.lan.trace.filter('vrrp.rejected')).toEqual([]);
    const toIt = ipv6Packet(link(9), ip6('2001:db8:1::11'), vrrpV3Advertisement(51, 200, 100, [VIP]), {
      hopLimit: 64,
    });
    wire.inject(toIt, macOf(0x100));
    wire.run(8);
    expect(wire.states(1).at(-1)?.[1]).toBe('BACKUP');
  });
});
