import fc from 'fast-check';
import type { Ipv4Address, MacAddress } from './address.js';
import { type ArpPacket, arpPacket } from './arp.js';
import { type Bpdu, configBpdu, rstBpdu, TCN_BPDU } from './bpdu.js';
import { type CarpAdvertisement, carpAdvertisement } from './carp.js';
import { foldSum, pseudoHeaderSum } from './checksum.js';
import { type VlanTag, vlanTag } from './ethernet.js';
import { bpduFrame, type EthernetFrame, ethernetFrame, llcFrame, rawFrame, withPushedTag } from './frame.js';
import {
  type IcmpMessage,
  icmpEchoReply,
  icmpEchoRequest,
  icmpRedirect,
  icmpTimeExceeded,
  icmpUnreachable,
  UNREACHABLE_CODES,
} from './icmp.js';
import {
  type Icmpv6Message,
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
import { type Ipv6Address, ipv6Address, isMulticastIpv6 } from './ip-address.js';
import { type Ipv4Fields, type Ipv4Packet, ipv4Packet, ROUTER_ALERT_OPTION, rawIpv4Packet } from './ipv4.js';
import { type Ipv6Fields, type Ipv6Packet, ipv6Packet, rawIpv6Packet } from './ipv6.js';
import { MLD_RECORD_TYPES, mldGroupRecord } from './mld.js';
import { NO_BYTES } from './payload.js';
import { TCP_ACK, TCP_SYN, TCP_URG, type TcpSegment, tcpSegment } from './tcp.js';
import { type UdpDatagram, udpDatagram } from './udp.js';
import { type VrrpAdvertisement, vrrpLength, vrrpV2Advertisement, vrrpV3Advertisement } from './vrrp.js';

const byte = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });

/** Up to `maxLength` bytes. */
export function arbitraryBytes(maxLength: number): fc.Arbitrary<Uint8Array> {
  // A plain Uint8Array of its own buffer, as the parsers make them, so that deep equality compares like with like.
  return fc.uint8Array({ maxLength }).map((bytes) => Uint8Array.from(bytes));
}

/** Any MAC address; the odd ones (zero, broadcast, groups) come up often. */
export const arbitraryMac: fc.Arbitrary<MacAddress> = fc
  .oneof(
    fc.constantFrom(0, 0xffff_ffff_ffff, 0x0100_5e00_0012),
    fc.integer({ min: 0, max: 0xffff_ffff_ffff }),
  )
  .map((mac) => mac as MacAddress);

/** Any IPv4 address. */
export const arbitraryIpv4: fc.Arbitrary<Ipv4Address> = fc
  .integer({ min: 0, max: 0xffff_ffff })
  .map((address) => address as Ipv4Address);

/** Any IPv6 address; runs of zeros, groups and link-local addresses come up often. */
export const arbitraryIpv6: fc.Arbitrary<Ipv6Address> = fc
  .tuple(
    fc.constantFrom(0, 0, 0xff02, 0xfe80, 0x2001),
    fc.array(fc.oneof(fc.constant(0), u16), { minLength: 7, maxLength: 7 }),
  )
  .map(([first, rest]) => ipv6Address([first, ...rest].map((group) => group.toString(16)).join(':')));

/** Any multicast group. */
export const arbitraryGroup: fc.Arbitrary<Ipv4Address> = fc
  .integer({ min: 0xe000_0000, max: 0xefff_ffff })
  .map((address) => address as Ipv4Address);

/** Any ARP packet. */
export const arbitraryArp: fc.Arbitrary<ArpPacket> = fc
  .tuple(
    fc.constantFrom('request' as const, 'reply' as const),
    arbitraryMac,
    arbitraryIpv4,
    arbitraryMac,
    arbitraryIpv4,
  )
  .map((fields) => arpPacket(...fields));

/** Any UDP datagram. */
export const arbitraryUdp: fc.Arbitrary<UdpDatagram> = fc
  .tuple(u16, u16, arbitraryBytes(200), fc.boolean())
  .map((fields) => udpDatagram(...fields));

const u32 = fc.oneof(
  fc.constantFrom(0, 1, 0x7fff_ffff, 0xffff_ffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

/** Any TCP segment: every combination of flags and of the options that they allow. */
export const arbitraryTcp: fc.Arbitrary<TcpSegment> = fc
  .record({
    sourcePort: u16,
    destinationPort: u16,
    sequence: u32,
    acknowledgement: u32,
    flags: fc.oneof(fc.constantFrom(0x02, 0x12, 0x10, 0x18, 0x04), byte),
    window: u16,
    urgentPointer: u16,
    mss: fc.oneof(fc.constantFrom(0, 1460), u16),
    windowScale: fc.integer({ min: -1, max: 14 }),
    sackPermitted: fc.boolean(),
    timestamp: fc.oneof(fc.constant(-1), u32),
    timestampEcho: u32,
    sack: fc.array(fc.record({ left: u32, right: u32 }), { maxLength: 4 }),
    payload: arbitraryBytes(200),
  })
  .map((fields) => {
    const isSyn = (fields.flags & TCP_SYN) !== 0;
    const hasTimestamp = fields.timestamp >= 0;
    return tcpSegment({
      ...fields,
      acknowledgement: (fields.flags & TCP_ACK) === 0 ? 0 : fields.acknowledgement,
      urgentPointer: (fields.flags & TCP_URG) === 0 ? 0 : fields.urgentPointer,
      mss: isSyn ? fields.mss : 0,
      windowScale: isSyn ? fields.windowScale : -1,
      sackPermitted: isSyn && fields.sackPermitted,
      timestampEcho: hasTimestamp ? fields.timestampEcho : 0,
      sack: isSyn ? [] : fields.sack.slice(0, hasTimestamp ? 3 : 4),
    });
  });

/** Any ICMP message. */
export const arbitraryIcmp: fc.Arbitrary<IcmpMessage> = fc.oneof(
  fc.tuple(u16, u16, arbitraryBytes(100)).map((fields) => icmpEchoRequest(...fields)),
  fc.tuple(u16, u16, arbitraryBytes(100)).map((fields) => icmpEchoReply(...fields)),
  fc.tuple(fc.integer({ min: 0, max: 15 }), arbitraryBytes(60)).map((fields) => icmpUnreachable(...fields)),
  fc
    .tuple(arbitraryBytes(60), u16)
    .map(([original, mtu]) => icmpUnreachable(UNREACHABLE_CODES.fragmentationNeeded, original, mtu)),
  fc.tuple(fc.integer({ min: 0, max: 1 }), arbitraryBytes(60)).map((fields) => icmpTimeExceeded(...fields)),
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), arbitraryIpv4, arbitraryBytes(60))
    .map((fields) => icmpRedirect(...fields)),
);

const arbitraryRecord = fc
  .tuple(
    fc.constantFrom(
      'is-include' as const,
      'is-exclude' as const,
      'change-to-include' as const,
      'change-to-exclude' as const,
      'allow-new-sources' as const,
      'block-old-sources' as const,
    ),
    arbitraryGroup,
    fc.array(arbitraryIpv4, { maxLength: 4 }),
    fc
      .integer({ min: 0, max: 3 })
      .map((words) => (words === 0 ? NO_BYTES : new Uint8Array(words * 4).fill(words))),
  )
  .map((fields) => igmpGroupRecord(...fields));

/** Any IGMP message of any version. */
export const arbitraryIgmp: fc.Arbitrary<IgmpMessage> = fc.oneof(
  arbitraryGroup.map(igmpReportV1),
  arbitraryGroup.map(igmpReportV2),
  arbitraryGroup.map(igmpLeave),
  fc.constant(igmpQueryV1()),
  fc
    .tuple(fc.integer({ min: 1, max: 255 }), fc.option(arbitraryGroup))
    .map(([time, group]) => (group === null ? igmpQueryV2(time) : igmpQueryV2(time, group))),
  fc
    .record({
      maxResponseCode: byte,
      group: arbitraryGroup,
      suppressRouterProcessing: fc.boolean(),
      robustness: fc.integer({ min: 0, max: 7 }),
      intervalCode: byte,
      sources: fc.array(arbitraryIpv4, { maxLength: 5 }),
    })
    .map(igmpQueryV3),
  fc.array(arbitraryRecord, { maxLength: 4 }).map(igmpReportV3),
);

/** Any VRRPv2 advertisement, with any authentication type. */
export const arbitraryVrrpV2: fc.Arbitrary<VrrpAdvertisement> = fc
  .tuple(
    fc.integer({ min: 1, max: 255 }),
    byte,
    fc.integer({ min: 1, max: 255 }),
    fc.array(arbitraryIpv4, { maxLength: 20 }),
    fc.oneof(fc.constantFrom(0, 1, 2), byte),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Uint8Array.from(bytes)),
  )
  .map((fields) => vrrpV2Advertisement(...fields));

/** Any VRRPv3 advertisement, with either kind of checksum. */
export const arbitraryVrrpV3: fc.Arbitrary<VrrpAdvertisement> = fc
  .tuple(
    fc.integer({ min: 1, max: 255 }),
    byte,
    fc.integer({ min: 1, max: 4095 }),
    fc.array(arbitraryIpv4, { maxLength: 20 }),
    fc.constantFrom('pseudo-header' as const, 'message' as const),
  )
  .map((fields) => vrrpV3Advertisement(...fields));

/** Any VRRP advertisement. */
export const arbitraryVrrp: fc.Arbitrary<VrrpAdvertisement> = fc.oneof(arbitraryVrrpV2, arbitraryVrrpV3);

/** Any CARP advertisement, its digest of any bytes. */
export const arbitraryCarp: fc.Arbitrary<CarpAdvertisement> = fc
  .record({
    vhid: fc.integer({ min: 1, max: 255 }),
    advskew: byte,
    advbase: byte,
    demotion: byte,
    counterHigh: u32,
    counterLow: u32,
    digest: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Uint8Array.from(bytes)),
  })
  .map(carpAdvertisement);

const arbitraryFields: fc.Arbitrary<Ipv4Fields> = fc.record({
  ttl: byte,
  typeOfService: byte,
  identification: u16,
  dontFragment: fc.boolean(),
  options: fc.constantFrom(NO_BYTES, ROUTER_ALERT_OPTION, Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 0)),
});

/**
 * Whether the checksum of a VRRPv3 message reads the same with and without the pseudo header between two addresses:
 * then nobody can tell which was meant.
 */
function isAmbiguous(source: Ipv4Address, destination: Ipv4Address, advert: VrrpAdvertisement): boolean {
  const length = vrrpLength(advert);
  return advert.version === 3 && foldSum(pseudoHeaderSum(source, destination, 112, length)) === 0xffff;
}

const arbitraryWholePacket: fc.Arbitrary<Ipv4Packet> = fc
  .tuple(
    arbitraryIpv4,
    arbitraryIpv4,
    fc.oneof(arbitraryUdp, arbitraryTcp, arbitraryIcmp, arbitraryIgmp, arbitraryVrrp, arbitraryCarp),
    arbitraryFields,
  )
  .filter(
    ([source, destination, payload]) => payload.kind !== 'vrrp' || !isAmbiguous(source, destination, payload),
  )
  .map((fields) => ipv4Packet(...fields));

const arbitraryFragment: fc.Arbitrary<Ipv4Packet> = fc
  .tuple(
    arbitraryIpv4,
    arbitraryIpv4,
    byte,
    arbitraryBytes(100),
    arbitraryFields,
    fc.integer({ min: 1, max: 8191 }),
    fc.boolean(),
  )
  .map(([source, destination, protocol, bytes, fields, blocks, moreFragments]) =>
    rawIpv4Packet(source, destination, protocol, bytes, {
      ...fields,
      fragmentOffset: blocks * 8,
      moreFragments,
    }),
  );

const arbitraryOtherProtocol: fc.Arbitrary<Ipv4Packet> = fc
  .tuple(
    arbitraryIpv4,
    arbitraryIpv4,
    fc.constantFrom(33, 47, 50, 51, 89, 132),
    arbitraryBytes(100),
    arbitraryFields,
  )
  .map((fields) => rawIpv4Packet(...fields));

/** Any IPv4 packet: every protocol, fragments, unknown protocols, options. */
export const arbitraryIpv4Packet: fc.Arbitrary<Ipv4Packet> = fc.oneof(
  { weight: 6, arbitrary: arbitraryWholePacket },
  { weight: 1, arbitrary: arbitraryFragment },
  { weight: 1, arbitrary: arbitraryOtherProtocol },
);

const arbitraryUnicastIpv6 = arbitraryIpv6.filter((address) => !isMulticastIpv6(address));
const arbitraryGroupIpv6 = arbitraryIpv6.map((address) => ipv6Address(address.replace(/^[^:]*/, 'ff05')));

/** Any ICMPv6 message that has a representation. */
export const arbitraryIcmpv6: fc.Arbitrary<Icmpv6Message> = fc.oneof(
  fc.tuple(u16, u16, arbitraryBytes(100)).map((fields) => icmpv6EchoRequest(...fields)),
  fc.tuple(u16, u16, arbitraryBytes(100)).map((fields) => icmpv6EchoReply(...fields)),
  fc
    .tuple(fc.integer({ min: 0, max: 6 }), arbitraryBytes(60))
    .map(([code, original]) => icmpv6Error('destination-unreachable', code, original)),
  fc.tuple(u32, arbitraryBytes(60)).map(([mtu, bytes]) => icmpv6Error('packet-too-big', 0, bytes, mtu)),
  fc
    .tuple(fc.integer({ min: 0, max: 1 }), arbitraryBytes(60))
    .map(([code, original]) => icmpv6Error('time-exceeded', code, original)),
  fc
    .tuple(fc.integer({ min: 0, max: 2 }), arbitraryBytes(60), u32)
    .map(([code, original, at]) => icmpv6Error('parameter-problem', code, original, at)),
  fc.tuple(arbitraryUnicastIpv6, fc.option(arbitraryMac)).map((fields) => neighbourSolicitation(...fields)),
  fc
    .tuple(
      arbitraryUnicastIpv6,
      fc.option(arbitraryMac),
      fc.record({ isRouter: fc.boolean(), isSolicited: fc.boolean(), isOverriding: fc.boolean() }),
    )
    .map((fields) => neighbourAdvertisement(...fields)),
  fc
    .array(
      fc
        .tuple(
          fc.constantFrom(...MLD_RECORD_TYPES),
          arbitraryGroupIpv6,
          fc.array(arbitraryIpv6, { maxLength: 3 }),
        )
        .map((fields) => mldGroupRecord(...fields)),
      { maxLength: 4 },
    )
    .map(mldReport),
);

/** Any VRRPv3 advertisement over IPv6. */
export const arbitraryVrrpIpv6: fc.Arbitrary<VrrpAdvertisement> = fc
  .tuple(
    fc.integer({ min: 1, max: 255 }),
    byte,
    fc.integer({ min: 1, max: 4095 }),
    fc.array(arbitraryIpv6, { maxLength: 10 }),
  )
  .map((fields) => vrrpV3Advertisement(...fields));

const arbitraryFieldsIpv6: fc.Arbitrary<Ipv6Fields> = fc.record({
  hopLimit: byte,
  trafficClass: byte,
  flowLabel: fc.integer({ min: 0, max: 0xf_ffff }),
  hasRouterAlert: fc.boolean(),
});

/** Any IPv6 packet: every protocol, unknown protocols, with and without router alert. */
export const arbitraryIpv6Packet: fc.Arbitrary<Ipv6Packet> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        arbitraryUnicastIpv6,
        arbitraryIpv6,
        fc.oneof(
          arbitraryUdp.map((datagram) => ({ ...datagram, checksummed: true })),
          arbitraryTcp,
          arbitraryIcmpv6,
          arbitraryVrrpIpv6,
          arbitraryCarp,
        ),
        arbitraryFieldsIpv6,
      )
      .map((fields) => ipv6Packet(...fields)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        arbitraryUnicastIpv6,
        arbitraryIpv6,
        fc.constantFrom(43, 44, 50, 51, 59, 60, 89, 132),
        arbitraryBytes(100),
        arbitraryFieldsIpv6,
      )
      .map((fields) => rawIpv6Packet(...fields)),
  },
);

/** Any 802.1Q tag. */
export const arbitraryTag: fc.Arbitrary<VlanTag> = fc
  .tuple(
    fc.integer({ min: 0, max: 4094 }),
    fc.integer({ min: 0, max: 7 }),
    fc.boolean(),
    fc.constantFrom(0x8100 as const, 0x88a8 as const),
  )
  .map((fields) => vlanTag(...fields));

const arbitraryBridge = fc.record({ priority: u16, mac: arbitraryMac }, { noNullPrototype: true });
const arbitraryVector = fc.record(
  {
    root: arbitraryBridge,
    rootPathCost: fc.integer({ min: 0, max: 0xffff_ffff }),
    bridge: arbitraryBridge,
    portId: u16,
    messageAge: u16,
    maxAge: u16,
    helloTime: u16,
    forwardDelay: u16,
  },
  { noNullPrototype: true },
);
const flag = fc.boolean();

/** Any BPDU of 802.1D and 802.1w. */
export const arbitraryBpdu: fc.Arbitrary<Bpdu> = fc.oneof(
  fc.constant(TCN_BPDU),
  fc
    .tuple(
      arbitraryVector,
      fc.record({ topologyChange: flag, topologyChangeAck: flag }, { noNullPrototype: true }),
    )
    .map((fields) => configBpdu(...fields)),
  fc
    .tuple(
      arbitraryVector,
      fc.record(
        {
          role: fc.constantFrom('unknown', 'alternate', 'root', 'designated'),
          topologyChange: flag,
          proposal: flag,
          learning: flag,
          forwarding: flag,
          agreement: flag,
        },
        { noNullPrototype: true },
      ),
    )
    .map((fields) => rstBpdu(...fields)),
);

const arbitraryUntagged: fc.Arbitrary<EthernetFrame> = fc.oneof(
  fc.tuple(arbitraryMac, arbitraryMac, arbitraryArp).map((fields) => ethernetFrame(...fields)),
  {
    weight: 4,
    arbitrary: fc
      .tuple(arbitraryMac, arbitraryMac, arbitraryIpv4Packet)
      .map((fields) => ethernetFrame(...fields)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(arbitraryMac, arbitraryMac, arbitraryIpv6Packet)
      .map((fields) => ethernetFrame(...fields)),
  },
  fc
    .tuple(
      arbitraryMac,
      arbitraryMac,
      fc.constantFrom(0x8808, 0x8809, 0x88cc, 0x0600, 0xffff),
      fc.uint8Array({ minLength: 46, maxLength: 120 }).map((bytes) => Uint8Array.from(bytes)),
    )
    .map((fields) => rawFrame(...fields)),
  fc.tuple(arbitraryMac, arbitraryMac, arbitraryBytes(100)).map((fields) => llcFrame(...fields)),
  fc.tuple(arbitraryMac, arbitraryBpdu, arbitraryMac).map((fields) => bpduFrame(...fields)),
);

/**
 * Any frame, with 0 to 3 tags. A frame of unknown EtherType is long enough not to be padded, because nobody could tell
 * its padding from its payload.
 */
export const arbitraryFrame: fc.Arbitrary<EthernetFrame> = fc
  .tuple(
    arbitraryUntagged,
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(arbitraryTag, { maxLength: 3 })),
  )
  .map(([frame, tags]) => tags.reduce(withPushedTag, frame));
