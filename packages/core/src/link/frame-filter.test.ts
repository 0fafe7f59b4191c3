import { describe, expect, test } from 'vitest';
import {
  BROADCAST_MAC,
  type EthernetFrame,
  ethernetFrame,
  gratuitousArpRequest,
  type Ipv4Payload,
  icmpEchoRequest,
  igmpReportV2,
  ipv4Address,
  ipv4Packet,
  macAddress,
  multicastMac,
  NO_BYTES,
  rawFrame,
  rawIpv4Packet,
  udpDatagram,
  VRRP_GROUP,
  vrrpV2Advertisement,
} from '../wire/index.js';
import { FRAME_FILTER_NAMES, isCaught } from './frame-filter.js';

const own = macAddress('02:00:00:00:00:01');
const peer = macAddress('02:00:00:00:00:02');
const address = ipv4Address('10.0.0.1');
const ip = (payload: Ipv4Payload): EthernetFrame =>
  ethernetFrame(peer, own, ipv4Packet(address, ipv4Address('10.0.0.2'), payload as never));

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
  segment: ethernetFrame(peer, own, rawIpv4Packet(address, ipv4Address('10.0.0.2'), 6, new Uint8Array(20))),
  unknown: rawFrame(peer, own, 0x88b5, NO_BYTES),
};

describe('isCaught', () => {
  test.each([
    ['nothing', []],
    ['vrrp', ['vrrp']],
    ['multicast', ['vrrp', 'report']],
    ['broadcast', ['announcement']],
    ['unicast', ['ping', 'datagram', 'segment', 'unknown']],
    ['arp', ['announcement']],
    ['gratuitous-arp', ['announcement']],
    ['igmp', ['report']],
    ['icmp', ['ping']],
    ['tcp', ['segment']],
    ['udp', ['datagram']],
  ] as const)('%s', (filter, caught) => {
    expect(Object.keys(frames).filter((name) => isCaught(filter, frames[name] as EthernetFrame))).toEqual(
      caught,
    );
  });

  test('every name has been tried', () => {
    expect(FRAME_FILTER_NAMES).toHaveLength(11);
  });
});
