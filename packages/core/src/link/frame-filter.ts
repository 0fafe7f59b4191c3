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
} from '../wire/index.js';

/**
 * What a faulty direction can lose while it carries everything else. `vrrp` is IP protocol 112 (VRRP and CARP),
 * `multicast` every group address but broadcast.
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

const carries = (frame: EthernetFrame, protocol: number): boolean =>
  frame.payload.kind === 'ipv4' && frame.payload.protocol === protocol;

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
      return frame.payload.kind === 'arp';
    case 'gratuitous-arp':
      return frame.payload.kind === 'arp' && isGratuitousArp(frame.payload);
    case 'igmp':
      return carries(frame, IP_PROTOCOL_IGMP);
    case 'icmp':
      return carries(frame, IP_PROTOCOL_ICMP);
    case 'tcp':
      return carries(frame, IP_PROTOCOL_TCP);
    case 'udp':
      return carries(frame, IP_PROTOCOL_UDP);
  }
}
