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
import { type BpduVector, configBpdu, rstBpdu, TCN_BPDU } from './bpdu.js';
import { carpAdvertisement, carpDigest } from './carp.js';
import { vlanTag } from './ethernet.js';
import { bpduFrame, type EthernetFrame, emitFrame, ethernetFrame, withPushedTag } from './frame.js';
import { icmpEchoReply, icmpEchoRequest, icmpRedirect, icmpTimeExceeded, icmpUnreachable } from './icmp.js';
import {
  icmpv6EchoReply,
  icmpv6EchoRequest,
  icmpv6Error,
  mldReport,
  neighbourAdvertisement,
  neighbourSolicitation,
} from './icmpv6.js';
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
import {
  ALL_NODES_GROUP_IPV6,
  type Ipv6Address,
  ipv6Address,
  linkLocalOf,
  MLDV2_ROUTERS_GROUP,
  multicastMacIpv6,
  solicitedNodeGroup,
  UNSPECIFIED_IPV6,
  VRRP_GROUP_IPV6,
} from './ip-address.js';
import { type Ipv4Payload, ipv4Packet, ROUTER_ALERT_OPTION, rawIpv4Packet } from './ipv4.js';
import { type Ipv6Fields, type Ipv6Payload, ipv6Packet } from './ipv6.js';
import { mldGroupRecord } from './mld.js';
import type { RawPayload } from './payload.js';
import { writePcapng } from './pcapng.js';
import { quoteIpv4 } from './quoted-datagram.js';
import { quoteIpv6 } from './quoted-ipv6.js';
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN, type TcpFields, tcpSegment } from './tcp.js';
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
const quotedSegment = quoteIpv4(
  ipv4Packet(n2, n1, tcpSegment({ sourcePort: 5432, destinationPort: 40_000, sequence: 7, flags: TCP_SYN })),
);
const wholeUdp = emitUdp(udpDatagram(4000, 9999, new Uint8Array(64)), n1, n2);
const vips = [vip, ipv4Address('192.168.1.101')];

const cookie = { counterHigh: 0x0102_0304, counterLow: 0x0506_0708 };
const carp = carpAdvertisement({
  vhid: 1,
  advskew: 100,
  advbase: 1,
  demotion: 3,
  ...cookie,
  digest: carpDigest({
    password: 'mekmitasdigoat',
    vhid: 1,
    addresses: [ipv4Address('192.0.2.1')],
    ...cookie,
  }),
});

const tcp = (fields: Omit<TcpFields, 'sourcePort' | 'destinationPort'>): EthernetFrame =>
  toN2(tcpSegment({ sourcePort: 40_000, destinationPort: 5432, window: 502, ...fields }));
const SYN_OPTIONS = { mss: 1460, windowScale: 7, sackPermitted: true, timestamp: 1000 };
const acknowledged = { acknowledgement: 0xffff_fff0, timestamp: 1001, timestampEcho: 77 };

const TREE: BpduVector = {
  root: { priority: 0x8000, mac: n1Mac },
  rootPathCost: 20_004,
  bridge: { priority: 0x9000, mac: n2Mac },
  portId: 0x8002,
  messageAge: 0x0100,
  maxAge: 0x1400,
  helloTime: 0x0200,
  forwardDelay: 0x0f00,
};

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
  ['SYN', tcp({ sequence: 99, flags: TCP_SYN, ...SYN_OPTIONS })],
  ['SYN without timestamps', tcp({ sequence: 99, flags: TCP_SYN, ...SYN_OPTIONS, timestamp: -1 })],
  ['data', tcp({ sequence: 100, flags: TCP_ACK | TCP_PSH, ...acknowledged, payload: data.slice(0, 31) })],
  [
    'SACK',
    tcp({
      sequence: 131,
      flags: TCP_ACK,
      ...acknowledged,
      sack: [
        { left: 5, right: 9 },
        { left: 0xffff_fff4, right: 2 },
        { left: 20, right: 30 },
      ],
    }),
  ],
  ['FIN', tcp({ sequence: 131, flags: TCP_FIN | TCP_ACK, ...acknowledged })],
  ['RST', tcp({ sequence: 131, flags: TCP_RST, window: 0 })],
  ['port unreachable about TCP', toN2(icmpUnreachable(3, quotedSegment))],
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
  ['CARP', toGroup(VRRP_GROUP, carp)],
  ['tagged', withPushedTag(toN2(dns), vlanTag(100, 3))],
  ['two tags', withPushedTag(withPushedTag(toN2(dns), vlanTag(100, 3)), vlanTag(200, 0, false, 0x88a8))],
  ['BPDU', bpduFrame(n1Mac, configBpdu(TREE, { topologyChange: true }))],
  ['TCN BPDU', bpduFrame(n1Mac, TCN_BPDU)],
  ['RST BPDU', bpduFrame(n1Mac, rstBpdu(TREE, { role: 'designated', proposal: true, forwarding: true }))],
];

const l1 = linkLocalOf(n1Mac);
const n1Ipv6 = ipv6Address('2001:db8::11');
const n2Ipv6 = ipv6Address('2001:db8::12');
const vipIpv6 = ipv6Address('2001:db8::100');
const segmentIpv6 = tcpSegment({
  sourcePort: 40_000,
  destinationPort: 5432,
  sequence: 1,
  flags: TCP_SYN,
  mss: 1440,
});
const ipv6ToN2 = (payload: Exclude<Ipv6Payload, RawPayload>): EthernetFrame =>
  ethernetFrame(n2Mac, n1Mac, ipv6Packet(n1Ipv6, n2Ipv6, payload));
const ipv6ToGroup = (
  source: Ipv6Address,
  group: Ipv6Address,
  payload: Exclude<Ipv6Payload, RawPayload>,
  fields: Ipv6Fields = { hopLimit: 255 },
): EthernetFrame => ethernetFrame(multicastMacIpv6(group), n1Mac, ipv6Packet(source, group, payload, fields));
const quotedIpv6 = quoteIpv6(ipv6Packet(n2Ipv6, n1Ipv6, dns));

/** The same for IPv6. */
const ipv6Frames: typeof frames = [
  ['ND solicitation', ipv6ToGroup(n1Ipv6, solicitedNodeGroup(n2Ipv6), neighbourSolicitation(n2Ipv6, n1Mac))],
  [
    'ND duplicate address detection',
    ipv6ToGroup(UNSPECIFIED_IPV6, solicitedNodeGroup(vipIpv6), neighbourSolicitation(vipIpv6, null)),
  ],
  [
    'ND advertisement',
    ethernetFrame(
      n2Mac,
      n1Mac,
      ipv6Packet(
        n1Ipv6,
        n2Ipv6,
        neighbourAdvertisement(n1Ipv6, n1Mac, { isSolicited: true, isOverriding: true }),
        { hopLimit: 255 },
      ),
    ),
  ],
  [
    'ND announcement',
    ipv6ToGroup(
      vipIpv6,
      ALL_NODES_GROUP_IPV6,
      neighbourAdvertisement(vipIpv6, n1Mac, { isRouter: true, isOverriding: true }),
    ),
  ],
  [
    'MLDv2 report',
    ipv6ToGroup(
      l1,
      MLDV2_ROUTERS_GROUP,
      mldReport([
        mldGroupRecord('change-to-exclude', VRRP_GROUP_IPV6),
        mldGroupRecord('allow-new-sources', VRRP_GROUP_IPV6, [n2Ipv6]),
      ]),
      { hopLimit: 1, hasRouterAlert: true },
    ),
  ],
  ['VRRPv3 over IPv6', ipv6ToGroup(l1, VRRP_GROUP_IPV6, vrrpV3Advertisement(51, 150, 100, [l1, vipIpv6]))],
  ['UDP over IPv6', ipv6ToN2(dns)],
  ['TCP over IPv6', ipv6ToN2(segmentIpv6)],
  ['ICMPv6 ping', ipv6ToN2(icmpv6EchoRequest(7, 1, data))],
  ['ICMPv6 pong', ipv6ToN2(icmpv6EchoReply(7, 1, data))],
  ['ICMPv6 port unreachable', ipv6ToN2(icmpv6Error('destination-unreachable', 4, quotedIpv6))],
  ['ICMPv6 too big', ipv6ToN2(icmpv6Error('packet-too-big', 0, quotedIpv6, 1280))],
  ['ICMPv6 time exceeded', ipv6ToN2(icmpv6Error('time-exceeded', 0, quotedIpv6))],
  ['ICMPv6 parameter problem', ipv6ToN2(icmpv6Error('parameter-problem', 1, quotedIpv6, 6))],
];
const allFrames = [...frames, ...ipv6Frames];

const reason = isInstalled ? '' : ' (skipped: tshark is not installed)';

describe.skipIf(!isInstalled)(`tshark reads the capture of one frame of each kind${reason}`, () => {
  let folder = '';
  let file = '';

  const fields = (...names: string[]): string[][] => {
    const checks = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'];
    const options = [
      ...checks.flatMap((name) => ['-o', `${name}:TRUE`]),
      // Or else protocol 112 is VRRP without a look at what is in it.
      '-o',
      'ip.try_heuristic_first:TRUE',
      '-o',
      'tcp.relative_sequence_numbers:FALSE',
    ];
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
        frames: allFrames.map(([comment, frame], index) => ({
          interface: 0,
          time: index * 1_000_000 + 1,
          bytes: emitFrame(frame),
          comment,
          direction: 'out',
        })),
        statistics: [{ interface: 0, time: 1_000_000_000, received: allFrames.length, dropped: 0 }],
      }),
    );
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('no frame is malformed or draws an error', () => {
    const rows = fields('frame.comment', '_ws.malformed', '_ws.expert.severity');
    expect(rows.map(([comment]) => comment)).toEqual(allFrames.map(([name]) => name));
    for (const [comment, malformed = '', severity = ''] of rows) {
      expect([comment, malformed]).toEqual([comment, '']);
      // 8388608 is "error"; gratuitous ARP and the like are notes.
      expect(severity.split(',').filter((level) => Number(level) >= 8_388_608)).toEqual([]);
    }
  });

  test('every checksum is good', () => {
    const names = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6', 'igmp', 'vrrp', 'carp'];
    const rows = fields('frame.comment', ...names.map((name) => `${name}.checksum.status`));
    let good = 0;
    for (const [comment, ...statuses] of rows) {
      // The quotations in ICMP errors are checked too; 0 is bad, 1 good, 2 not verified, 3 none there.
      const all = statuses.flatMap((status) => status.split(',')).filter((status) => status !== '');
      expect([comment, all.filter((status) => status === '0')]).toEqual([comment, []]);
      good += all.filter((status) => status === '1').length;
    }
    expect(good).toBeGreaterThan(70);
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
    const tree = fields(
      'frame.comment',
      ...['version', 'type', 'flags', 'root.prio', 'root.cost', 'bridge.hw', 'port', 'max_age'].map(
        (name) => `stp.${name}`,
      ),
    );
    const bpdu = (name: string) => tree.find(([comment]) => comment === name)?.slice(1);
    const vector = ['32768', '20004', '02:00:00:00:01:02', '0x8002', '20'];
    expect(bpdu('BPDU')).toEqual(['0', '0x00', '0x01', ...vector]);
    expect(bpdu('TCN BPDU')).toEqual(['0', '0x80', '', '', '', '', '', '']);
    expect(bpdu('RST BPDU')).toEqual(['2', '0x02', '0x2e', ...vector]);
  });

  test('neighbour discovery, MLD and VRRP over IPv6 say what was written', () => {
    const rows = fields(
      'frame.comment',
      ...['type', 'nd.ns.target_address', 'nd.na.target_address', 'nd.na.flag.r', 'nd.na.flag.s'].map(
        (name) => `icmpv6.${name}`,
      ),
      'icmpv6.nd.na.flag.o',
      'icmpv6.opt.linkaddr',
      'icmpv6.mldr.mar.multicast_address',
      'vrrp.ipv6_addr',
      'vrrp.short_adver_int',
    );
    const row = (name: string) => rows.find(([comment]) => comment === name)?.slice(1);
    expect(row('ND solicitation')?.slice(0, 7)).toEqual([
      '135',
      '2001:db8::12',
      '',
      '',
      '',
      '',
      '02:00:00:00:01:01',
    ]);
    expect(row('ND duplicate address detection')?.[6]).toBe('');
    expect(row('ND advertisement')?.slice(2, 6)).toEqual(['2001:db8::11', '0', '1', '1']);
    expect(row('ND announcement')?.slice(2, 6)).toEqual(['2001:db8::100', '1', '0', '1']);
    expect(row('MLDv2 report')?.[7]).toBe('ff02::12,ff02::12');
    expect(row('VRRPv3 over IPv6')?.slice(8)).toEqual(['fe80::ff:fe00:101,2001:db8::100', '100']);
  });

  test('TCP options are those that were written', () => {
    const rows = fields(
      'frame.comment',
      'frame.len',
      'tcp.flags.str',
      'tcp.seq_raw',
      'tcp.ack_raw',
      'tcp.len',
      'tcp.window_size_value',
      'tcp.options.mss_val',
      'tcp.options.wscale.shift',
      'tcp.options.sack_perm',
      'tcp.options.timestamp.tsval',
      'tcp.options.timestamp.tsecr',
      'tcp.options.sack_le',
      'tcp.options.sack_re',
    );
    const row = (name: string): string[] | undefined =>
      rows.find(([comment]) => comment === name)?.map((text) => text.replaceAll('\u00b7', ''));
    const none = ['', '', '', '', '', '', ''];
    const stamps = ['1001', '77'];
    const lefts = '5,4294967284,20';
    expect([
      row('SYN'),
      row('SYN without timestamps'),
      row('data'),
      row('SACK'),
      row('FIN'),
      row('RST'),
    ]).toEqual([
      ['SYN', '74', 'S', '99', '0', '0', '502', '1460', '7', '0402', '1000', '0', '', ''],
      ['SYN without timestamps', '66', 'S', '99', '0', '0', '502', '1460', '7', '0402', '', '', '', ''],
      ['data', '97', 'AP', '100', '4294967280', '31', '502', '', '', '', ...stamps, '', ''],
      ['SACK', '94', 'A', '131', '4294967280', '0', '502', '', '', '', ...stamps, lefts, '9,2,30'],
      ['FIN', '66', 'AF', '131', '4294967280', '0', '502', '', '', '', ...stamps, '', ''],
      ['RST', '60', 'R', '131', '0', '0', '0', ...none],
    ]);
  });

  test('CARP is told from VRRP and says what was written', () => {
    const protocols = fields('frame.comment', 'frame.protocols', 'carp.hmac');
    const row = (name: string) => protocols.find(([comment]) => comment === name)?.slice(1);
    expect(row('CARP')).toEqual(['eth:ethertype:ip:carp', '933e798aa053849b2649290042bb5f0c437c9e23']);
    expect(row('VRRPv2')?.[0]).toBe('eth:ethertype:ip:vrrp');

    const both = join(folder, 'carp.pcapng');
    const carpFrames = [toGroup(VRRP_GROUP, carp), ipv6ToGroup(l1, VRRP_GROUP_IPV6, carp)];
    writeFileSync(
      both,
      writePcapng({
        interfaces: [{ name: 'n1:em0' }],
        frames: carpFrames.map((frame, time) => ({ interface: 0, time, bytes: emitFrame(frame) })),
      }),
    );
    const names = [
      'version',
      'type',
      'vhid',
      'advskew',
      'authlen',
      'demotion',
      'adver_int',
      'counter',
      'hmac',
    ];
    const shown = ['checksum.status', ...names].flatMap((name) => ['-e', `carp.${name}`]);
    // Over IPv6 nothing but being told makes tshark see CARP.
    const text = execFileSync('tshark', ['-r', both, '-d', 'ip.proto==112,carp', '-T', 'fields', ...shown], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const said = ['1', '2', '1', '1', '100', '7', '3', '1', '72623859790382856'];
    const line = [...said, '933e798aa053849b2649290042bb5f0c437c9e23'].join('\t');
    expect(text.trimEnd().split('\n')).toEqual([line, line]);
  });
});
