import {
  ALL_NODES_GROUP_IPV6,
  ethernetFrame,
  formatMac,
  HOP_LIMIT_ON_LINK,
  type Icmpv6Message,
  type Ipv6Address,
  ipv6Packet,
  type MacAddress,
  multicastMacIpv6,
  neighbourAdvertisement,
  neighbourSolicitation,
  solicitedNodeGroup,
  UNSPECIFIED_IPV6,
} from '../../wire/index.js';
import type { Interface } from '../interface.js';
import type { Ipv6Interface } from './ipv6-interface.js';

const ON_LINK = { hopLimit: HOP_LIMIT_ON_LINK } as const;

function sendTo(
  own: Ipv6Interface,
  mac: MacAddress,
  source: Ipv6Address,
  destination: Ipv6Address,
  message: Icmpv6Message,
): void {
  const packet = ipv6Packet(source, destination, message, ON_LINK);
  const { face } = own;
  if (face.host.filter.passesIpv6('out', face, packet)) face.transmit(packet, mac, null);
}

/**
 * Asks for a neighbour (Linux `ndisc_solicit`).
 *
 * @param cached - the MAC to ask, or null to ask all who may have the address
 * @param packetSource - the source of the packet that waits last, or null
 */
export function solicitIpv6(
  own: Ipv6Interface,
  target: Ipv6Address,
  cached: MacAddress | null,
  packetSource: Ipv6Address | null,
): void {
  const { face } = own;
  const source = packetSource !== null && own.hasValid(packetSource) ? packetSource : own.linkLocal;
  // ndisc_send_ns: without a link-local address nothing is sent.
  if (source === null) return;
  const { host } = face;
  if (host.trace.isOn) {
    host.trace.emit('arp.requested', host.name, {
      interface: face.name,
      address: target,
      unicast: cached !== null,
    });
  }
  const destination = cached === null ? solicitedNodeGroup(target) : target;
  const mac = cached ?? multicastMacIpv6(destination);
  sendTo(own, mac, source, destination, neighbourSolicitation(target, face.mac));
}

/** Asks whether somebody has an address that we want (RFC 4862 §5.4.2). */
export function probeForDuplicate(own: Ipv6Interface, address: Ipv6Address): void {
  const group = solicitedNodeGroup(address);
  sendTo(own, multicastMacIpv6(group), UNSPECIFIED_IPV6, group, neighbourSolicitation(address, null));
}

/**
 * Answers a solicitation. One that was asked of the group overrides what the asker knows and names our MAC, one that
 * was asked of us alone does neither (Linux `ndisc_recv_ns`: `ifp != NULL && inc`).
 *
 * @param mac - the one that it is at: the interface's own, but where several nodes share it
 */
export function answerSolicitation(
  own: Ipv6Interface,
  target: Ipv6Address,
  to: Ipv6Address,
  wasMulticast: boolean,
  mac: MacAddress,
): void {
  const { face } = own;
  const { host } = face;
  if (host.trace.isOn) {
    host.trace.emit('arp.replied', host.name, {
      interface: face.name,
      address: target,
      mac: formatMac(mac),
      to,
    });
  }
  const message = neighbourAdvertisement(target, wasMulticast ? mac : null, {
    isRouter: own.isRouter,
    isSolicited: true,
    isOverriding: wasMulticast,
  });
  const packet = ipv6Packet(target, to, message, ON_LINK);
  if (host.filter.passesIpv6('out', face, packet)) own.neighbours.send(to, packet, null);
}

/** Tells all nodes that a solicitation of duplicate address detection asked for an address of ours. */
export function defendAddress(own: Ipv6Interface, address: Ipv6Address, mac: MacAddress): void {
  const { face } = own;
  if (face.host.trace.isOn) {
    face.host.trace.emit('arp.replied', face.host.name, {
      interface: face.name,
      address,
      mac: formatMac(mac),
      to: ALL_NODES_GROUP_IPV6,
    });
  }
  sendTo(
    own,
    multicastMacIpv6(ALL_NODES_GROUP_IPV6),
    address,
    ALL_NODES_GROUP_IPV6,
    neighbourAdvertisement(address, mac, { isRouter: own.isRouter, isOverriding: true }),
  );
}

/** How an address is announced. */
export interface AnnouncementOptions {
  /** The R flag; false if left out. */
  readonly isRouter?: boolean;
  /** The MAC that is announced and that the frame comes from; the interface's if left out. */
  readonly mac?: MacAddress;
}

/**
 * Announces that an address is here: an unsolicited advertisement with O to all nodes, sent from the address itself
 * (RFC 4861 §7.2.6; keepalived `ndisc_send_unsolicited_na_immediate`). Like a packet socket it asks neither the
 * routes nor the firewall whether it may.
 */
export function announceIpv6(face: Interface, address: Ipv6Address, options: AnnouncementOptions = {}): void {
  const mac = options.mac ?? face.mac;
  const message = neighbourAdvertisement(address, mac, {
    isRouter: options.isRouter ?? false,
    isOverriding: true,
  });
  face.sendFrame(
    ethernetFrame(
      multicastMacIpv6(ALL_NODES_GROUP_IPV6),
      mac,
      ipv6Packet(address, ALL_NODES_GROUP_IPV6, message, ON_LINK),
    ),
  );
}
