import { describe, expect, test } from 'vitest';
import {
  ALL_NODES_GROUP_IPV6,
  BROADCAST_MAC,
  type EthernetFrame,
  ethernetFrame,
  gratuitousArpRequest,
  type Ipv4Payload,
  type Ipv6Address,
  type Ipv6Payload,
  icmpEchoRequest,
  icmpv6EchoRequest,
  igmpReportV2,
  ipv4Address,
  ipv4Packet,
  ipv6Address,
  ipv6Packet,
  macAddress,
  multicastMac,
  multicastMacIpv6,
  NO_BYTES,
  neighbourAdvertisement,
  neighbourSolicitation,
  rawFrame,
  solicitedNodeGroup,
  TCP_SYN,
  tcpSegment,
  udpDatagram,
  VRRP_GROUP,
  VRRP_GROUP_IPV6,
  vrrpV2Advertisement,
  vrrpV3Advertisement,
} from '../wire/index.js';
import { FRAME_FILTER_NAMES, isCaught } from './frame-filter.js';

const own = macAddress('02:00:00:00:00:01');
const peer = macAddress('02:00:00:00:00:02');
const address = ipv4Address('10.0.0.1');
const ip = (payload: Ipv4Payload): EthernetFrame =>
  ethernetFrame(peer, own, ipv4Packet(address, ipv4Address('10.0.0.2'), payload as never));

const ipv6 = (payload: Ipv6Payload, group: Ipv6Address | null = null): EthernetFrame =>
  ethernetFrame(
    group === null ? peer : multicastMacIpv6(group),
    own,
    ipv6Packet(ipv6Address('fe80::1'), group ?? ipv6Address('fe80::2'), payload as never),
  );
const target = ipv6Address('2001:db8::1');

const frames: Readonly<Record<string, EthernetFrame>> = {
  vrrp: ethernetFrame(
    multicastMac(VRRP_GROUP),
    own,
    ipv4Packet(address, VRRP_GROUP, vrrpV2Advertisement(51, 100, 1, [address])),
  ),
  report: ethernetFrame(
    multicastMac(VRRP_GROUP),
    own,
    ipv4Packet(address, VRRP_GROUP, igmpReportV2(VRRP_GROUP)),
  ),
  announcement: ethernetFrame(BROADCAST_MAC, own, gratuitousArpRequest(own, address)),
  ping: ip(icmpEchoRequest(1, 1, NO_BYTES)),
  datagram: ip(udpDatagram(1, 2, NO_BYTES)),
  segment: ip(tcpSegment({ sourcePort: 1, destinationPort: 2, sequence: 0, flags: TCP_SYN })),
  vrrp6: ipv6(vrrpV3Advertisement(51, 100, 100, [target]), VRRP_GROUP_IPV6),
  announcement6: ipv6(neighbourAdvertisement(target, own, { isOverriding: true }), ALL_NODES_GROUP_IPV6),
  solicitation6: ipv6(neighbourSolicitation(target, own), solicitedNodeGroup(target)),
  answer6: ipv6(neighbourAdvertisement(target, own, { isSolicited: true })),
  ping6: ipv6(icmpv6EchoRequest(1, 1, NO_BYTES)),
  datagram6: ipv6(udpDatagram(1, 2, NO_BYTES)),
  segment6: ipv6(tcpSegment({ sourcePort: 1, destinationPort: 2, sequence: 0, flags: TCP_SYN })),
  unknown: rawFrame(peer, own, 0x88b5, NO_BYTES),
};

describe('isCaught', () => {
  test.each([
    ['nothing', []],
    ['vrrp', ['vrrp', 'vrrp6']],
    ['multicast', ['vrrp', 'report', 'vrrp6', 'announcement6', 'solicitation6']],
    ['broadcast', ['announcement']],
    ['unicast', ['ping', 'datagram', 'segment', 'answer6', 'ping6', 'datagram6', 'segment6', 'unknown']],
    ['arp', ['announcement', 'announcement6', 'solicitation6', 'answer6']],
    ['gratuitous-arp', ['announcement', 'announcement6']],
    ['igmp', ['report']],
    ['icmp', ['ping', 'ping6']],
    ['tcp', ['segment', 'segment6']],
    ['udp', ['datagram', 'datagram6']],
  ] as const)('%s', (filter, caught) => {
    expect(Object.keys(frames).filter((name) => isCaught(filter, frames[name] as EthernetFrame))).toEqual(
      caught,
    );
  });

  test('every name has been tried', () => {
    expect(FRAME_FILTER_NAMES).toHaveLength(11);
  });
});
