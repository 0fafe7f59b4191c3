import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ALL_ROUTERS_GROUP,
  ALL_SYSTEMS_GROUP,
  BROADCAST_MAC,
  IGMPV3_ROUTERS_GROUP,
  ipv4Address,
  macAddress,
  multicastMac,
  VRRP_GROUP,
} from './address.js';
import {
  arpProbe,
  arpReply,
  arpRequest,
  gratuitousArpReply,
  gratuitousArpRequest,
  gratuitousArpRequestToBroadcast,
} from './arp.js';
import { vlanTag } from './ethernet.js';
import { type EthernetFrame, emitFrame, ethernetFrame, llcFrame, withPushedTag } from './frame.js';
import { icmpEchoReply, icmpEchoRequest, icmpRedirect, icmpTimeExceeded, icmpUnreachable } from './icmp.js';
import {
  type IgmpMessage,
  igmpGroupRecord,
  igmpLeave,
  igmpQueryV1,
  igmpQueryV2,
  igmpQueryV3,
  igmpReportV1,
  igmpReportV2,
  igmpReportV3,
} from './igmp.js';
import { type Ipv4Payload, ipv4Packet, ROUTER_ALERT_OPTION, rawIpv4Packet } from './ipv4.js';
import type { RawPayload } from './payload.js';
import { writePcapng } from './pcapng.js';
import { quoteIpv4 } from './quoted-datagram.js';
import { fromHex } from './recorded-frames.fixture.js';
import { emitUdp, udpDatagram } from './udp.js';
import { vrrpPassword, vrrpV2Advertisement, vrrpV3Advertisement } from './vrrp.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

const n1Mac = macAddress('02:00:00:00:01:01');
const n2Mac = macAddress('02:00:00:00:01:02');
const n1 = ipv4Address('192.168.1.11');
const n2 = ipv4Address('192.168.1.12');
const vip = ipv4Address('192.168.1.100');
const data = new Uint8Array(32).fill(0x61);

const toN2 = (payload: Exclude<Ipv4Payload, RawPayload>): EthernetFrame =>
  ethernetFrame(n2Mac, n1Mac, ipv4Packet(n1, n2, payload));
const toGroup = (group: typeof vip, payload: Exclude<Ipv4Payload, RawPayload>): EthernetFrame =>
  ethernetFrame(
    multicastMac(group),
    n1Mac,
    ipv4Packet(n1, group, payload, { ttl: 255, typeOfService: 0xc0 }),
  );
const igmp = (group: typeof vip, message: IgmpMessage): EthernetFrame =>
  ethernetFrame(
    multicastMac(group),
    n1Mac,
    ipv4Packet(n1, group, message, { ttl: 1, options: ROUTER_ALERT_OPTION, dontFragment: true }),
  );

const dns = udpDatagram(4000, 9999, data);
const quoted = quoteIpv4(ipv4Packet(n2, n1, dns));
const wholeUdp = emitUdp(udpDatagram(4000, 9999, new Uint8Array(64)), n1, n2);
const vips = [vip, ipv4Address('192.168.1.101')];

/** One of each kind; the names are the comments in the capture. */
const frames: readonly (readonly [name: string, frame: EthernetFrame])[] = [
  ['ARP request', ethernetFrame(BROADCAST_MAC, n1Mac, arpRequest(n1Mac, n1, n2))],
  ['ARP reply', ethernetFrame(n2Mac, n1Mac, arpReply(n1Mac, n1, n2Mac, n2))],
  ['gratuitous request', ethernetFrame(BROADCAST_MAC, n1Mac, gratuitousArpRequest(n1Mac, vip))],
  ['gratuitous to ff', ethernetFrame(BROADCAST_MAC, n1Mac, gratuitousArpRequestToBroadcast(n1Mac, vip))],
  ['gratuitous reply', ethernetFrame(BROADCAST_MAC, n1Mac, gratuitousArpReply(n1Mac, vip))],
  ['probe', ethernetFrame(BROADCAST_MAC, n1Mac, arpProbe(n1Mac, ipv4Address('192.168.1.77')))],
  ['UDP', toN2(dns)],
  ['UDP without checksum', toN2(udpDatagram(4000, 9999, data, false))],
  [
    'first fragment',
    ethernetFrame(n2Mac, n1Mac, rawIpv4Packet(n1, n2, 17, wholeUdp.slice(0, 40), { moreFragments: true })),
  ],
  [
    'last fragment',
    ethernetFrame(n2Mac, n1Mac, rawIpv4Packet(n1, n2, 17, wholeUdp.slice(40), { fragmentOffset: 40 })),
  ],
  ['ping', toN2(icmpEchoRequest(7, 1, data))],
  ['pong', toN2(icmpEchoReply(7, 1, data))],
  ['port unreachable', toN2(icmpUnreachable(3, quoted))],
  ['fragmentation needed', toN2(icmpUnreachable(4, quoted, 1400))],
  ['time exceeded', toN2(icmpTimeExceeded(0, quoted))],
  ['redirect', toN2(icmpRedirect(1, vip, quoted))],
  ['IGMPv1 report', igmp(VRRP_GROUP, igmpReportV1(VRRP_GROUP))],
  ['IGMPv2 report', igmp(VRRP_GROUP, igmpReportV2(VRRP_GROUP))],
  ['IGMPv2 leave', igmp(ALL_ROUTERS_GROUP, igmpLeave(VRRP_GROUP))],
  ['IGMPv1 query', igmp(ALL_SYSTEMS_GROUP, igmpQueryV1())],
  ['IGMPv2 query', igmp(ALL_SYSTEMS_GROUP, igmpQueryV2(100))],
  ['IGMPv3 query', igmp(ALL_SYSTEMS_GROUP, igmpQueryV3({ group: VRRP_GROUP, sources: [n2] }))],
  [
    'IGMPv3 report',
    igmp(IGMPV3_ROUTERS_GROUP, igmpReportV3([igmpGroupRecord('change-to-exclude', VRRP_GROUP, [n2])])),
  ],
  ['VRRPv2', toGroup(VRRP_GROUP, vrrpV2Advertisement(51, 150, 1, vips))],
  [
    'VRRPv2 with password',
    toGroup(VRRP_GROUP, vrrpV2Advertisement(51, 150, 1, vips, 1, vrrpPassword('secret'))),
  ],
  ['VRRPv3', toGroup(VRRP_GROUP, vrrpV3Advertisement(51, 150, 100, vips))],
  ['tagged', withPushedTag(toN2(dns), vlanTag(100, 3))],
  ['two tags', withPushedTag(withPushedTag(toN2(dns), vlanTag(100, 3)), vlanTag(200, 0, false, 0x88a8))],
  [
    'BPDU',
    llcFrame(
      macAddress('01:80:c2:00:00:00'),
      n1Mac,
      fromHex(
        `424203${'0000000000'}${'8000020000000101'}00000000${'8000020000000101'}8001${'0000140002000f00'}`,
      ),
    ),
  ],
];

const reason = isInstalled ? '' : ' (skipped: tshark is not installed)';

describe.skipIf(!isInstalled)(`tshark reads the capture of one frame of each kind${reason}`, () => {
  let folder = '';
  let file = '';

  const fields = (...names: string[]): string[][] => {
    const options = ['ip.check_checksum', 'udp.check_checksum'].flatMap((name) => ['-o', `${name}:TRUE`]);
    const text = execFileSync(
      'tshark',
      ['-r', file, ...options, '-T', 'fields', ...names.flatMap((name) => ['-e', name])],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wire-'));
    file = join(folder, 'each-kind.pcapng');
    writeFileSync(
      file,
      writePcapng({
        interfaces: [{ name: 'n1:eth0' }],
        frames: frames.map(([comment, frame], index) => ({
          interface: 0,
          time: index * 1_000_000 + 1,
          bytes: emitFrame(frame),
          comment,
          direction: 'out',
        })),
        statistics: [{ interface: 0, time: 1_000_000_000, received: frames.length, dropped: 0 }],
      }),
    );
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('no frame is malformed or draws an error', () => {
    const rows = fields('frame.comment', '_ws.malformed', '_ws.expert.severity');
    expect(rows.map(([comment]) => comment)).toEqual(frames.map(([name]) => name));
    for (const [comment, malformed = '', severity = ''] of rows) {
      expect([comment, malformed]).toEqual([comment, '']);
      // 8388608 is "error"; gratuitous ARP and the like are notes.
      expect(severity.split(',').filter((level) => Number(level) >= 8_388_608)).toEqual([]);
    }
  });

  test('every checksum is good', () => {
    const names = ['ip', 'udp', 'icmp', 'igmp', 'vrrp'];
    const rows = fields('frame.comment', ...names.map((name) => `${name}.checksum.status`));
    let good = 0;
    for (const [comment, ...statuses] of rows) {
      // The quotations in ICMP errors are checked too; 0 is bad, 1 good, 2 not verified, 3 none there.
      const all = statuses.flatMap((status) => status.split(',')).filter((status) => status !== '');
      expect([comment, all.filter((status) => status === '0')]).toEqual([comment, []]);
      good += all.filter((status) => status === '1').length;
    }
    expect(good).toBeGreaterThan(40);
  });

  test('times, names, directions and fields are those that were written', () => {
    const rows = fields(
      'frame.comment',
      'frame.time_epoch',
      'frame.interface_name',
      'frame.packet_flags_direction',
    );
    expect(rows[1]?.slice(0, 3)).toEqual(['ARP reply', '1704067200.001000001', 'n1:eth0']);
    expect(Number(rows[1]?.[3])).toBe(2);
    const vrrp = fields('frame.comment', 'vrrp.version', 'vrrp.virt_rtr_id', 'vrrp.prio', 'vrrp.ip_addr');
    expect(vrrp.find(([comment]) => comment === 'VRRPv3')).toEqual([
      'VRRPv3',
      '3',
      '51',
      '150',
      '192.168.1.100,192.168.1.101',
    ]);
    const vlan = fields('frame.comment', 'vlan.id', 'vlan.priority', 'stp.root.hw');
    expect(vlan.find(([comment]) => comment === 'tagged')).toEqual(['tagged', '100', '3', '']);
    expect(vlan.find(([comment]) => comment === 'BPDU')?.[3]).toBe('02:00:00:00:01:01');
  });
});
