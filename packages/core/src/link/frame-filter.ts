import {
  BROADCAST_MAC,
  type EthernetFrame,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_IGMP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IP_PROTOCOL_VRRP,
  isGratuitousArp,
  isGroupMac,
  NEXT_HEADER_ICMPV6,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
} from '../wire/index.js';

/**
 * What a faulty direction can lose while it carries everything else. `vrrp` is IP protocol 112 (VRRP and CARP),
 * `multicast` every group address but broadcast. `arp` and `icmp` are their counterparts of IPv6 too: solicitations and
 * advertisements of neighbours, and all other ICMPv6.
 */
export const FRAME_FILTER_NAMES = [
  'nothing',
  'vrrp',
  'multicast',
  'broadcast',
  'unicast',
  'arp',
  'gratuitous-arp',
  'igmp',
  'icmp',
  'tcp',
  'udp',
] as const;

/** One of {@link FRAME_FILTER_NAMES}. */
export type FrameFilterName = (typeof FRAME_FILTER_NAMES)[number];

/** The control frames of which a single one can be lost; see `LinkDirection.loseNext`. */
export const LOST_FRAME_KINDS = ['vrrp', 'arp'] as const;

/** One of {@link LOST_FRAME_KINDS}. */
export type LostFrameKind = (typeof LOST_FRAME_KINDS)[number];

const carries = ({ payload }: EthernetFrame, protocol: number): boolean =>
  (payload.kind === 'ipv4' || payload.kind === 'ipv6') && payload.protocol === protocol;

/** The message of neighbour discovery in a frame, or null. */
function neighbourMessageIn({
  payload,
}: EthernetFrame): NeighbourSolicitation | NeighbourAdvertisement | null {
  if (payload.kind !== 'ipv6' || payload.payload.kind !== 'icmpv6') return null;
  const message = payload.payload;
  return message.message === 'neighbour-solicitation' || message.message === 'neighbour-advertisement'
    ? message
    : null;
}

/** Whether a frame announces an address to everybody without having been asked. */
function isAnnouncement(frame: EthernetFrame): boolean {
  if (frame.payload.kind === 'arp') return isGratuitousArp(frame.payload);
  const message = neighbourMessageIn(frame);
  return message?.message === 'neighbour-advertisement' && !message.isSolicited;
}

/** Whether a filter catches a frame. */
export function isCaught(filter: FrameFilterName, frame: EthernetFrame): boolean {
  switch (filter) {
    case 'nothing':
      return false;
    case 'vrrp':
      return carries(frame, IP_PROTOCOL_VRRP);
    case 'multicast':
      return isGroupMac(frame.destination) && frame.destination !== BROADCAST_MAC;
    case 'broadcast':
      return frame.destination === BROADCAST_MAC;
    case 'unicast':
      return !isGroupMac(frame.destination);
    case 'arp':
      return frame.payload.kind === 'arp' || neighbourMessageIn(frame) !== null;
    case 'gratuitous-arp':
      return isAnnouncement(frame);
    case 'igmp':
      return carries(frame, IP_PROTOCOL_IGMP);
    case 'icmp':
      return (
        carries(frame, IP_PROTOCOL_ICMP) ||
        (carries(frame, NEXT_HEADER_ICMPV6) && neighbourMessageIn(frame) === null)
      );
    case 'tcp':
      return carries(frame, IP_PROTOCOL_TCP);
    case 'udp':
      return carries(frame, IP_PROTOCOL_UDP);
  }
}
