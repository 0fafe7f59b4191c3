import type { Engine } from '../engine/index.js';
import {
  formatIpv4,
  type IcmpError,
  type IcmpMessage,
  type Ipv4Address,
  type Ipv4Packet,
  icmpEchoReply,
  icmpRedirect,
  icmpTimeExceeded,
  icmpUnreachable,
  ipv4Packet,
  isMulticast,
  LIMITED_BROADCAST_IPV4,
  NO_BYTES,
  parseQuotedDatagram,
  type QuotedDatagram,
  quoteIpv4,
  REDIRECT_CODES,
  TIME_EXCEEDED_CODES,
  TOS_INTERNETWORK_CONTROL,
  UNREACHABLE_CODES,
  UNSPECIFIED_IPV4,
  WireError,
} from '../wire/index.js';
import type { Host } from './host.js';
import { IcmpRateLimit } from './icmp-rate-limit.js';

/** ICMP types as the trace and sockets name them (RFC 792). */
export const ICMP_TYPES = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  redirect: 5,
  'echo-request': 8,
  'time-exceeded': 11,
} as const;

/** Bytes of a UDP header (RFC 768). */
const UDP_HEADER = 8;

/** The host's ICMP: echo, complaints about packets, and complaints about ours (Linux net/ipv4/icmp.c). */
export class Icmp {
  private readonly limit: IcmpRateLimit;

  constructor(
    engine: Engine,
    private readonly host: Host,
  ) {
    this.limit = new IcmpRateLimit(engine, host);
  }

  /** Forgets what was sent, for a power cycle. */
  reset(): void {
    this.limit.reset();
  }

  // ---- receiving

  /** A message to us. */
  receive(packet: Ipv4Packet, message: IcmpMessage): void {
    if (message.message === 'echo-request') {
      this.reply(packet, message.identifier, message.sequence, message.data);
    } else if ('original' in message) this.receiveError(message);
  }

  private reply(packet: Ipv4Packet, identifier: number, sequence: number, data: Uint8Array): void {
    const { host } = this;
    if (host.sysctl.icmp_echo_ignore_all !== 0) return;
    const isForAll = isMulticast(packet.destination) || !host.isLocalAddress(packet.destination);
    if (isForAll && host.sysctl.icmp_echo_ignore_broadcasts !== 0) return;
    this.send(
      isForAll ? null : packet.destination,
      packet.source,
      icmpEchoReply(identifier, sequence, data),
      packet.typeOfService,
    );
  }

  private receiveError(message: IcmpError): void {
    let quoted: QuotedDatagram;
    try {
      quoted = parseQuotedDatagram(message.original);
    } catch (error) {
      if (error instanceof WireError) return;
      throw error;
    }
    // A redirect is advice about routes; route exceptions are not kept, so it changes nothing.
    if (message.message === 'redirect') return;
    const payload = quoted.payload.subarray(UDP_HEADER);
    this.host.sockets.deliverError({ ...quoted, payload }, ICMP_TYPES[message.message], message.code);
  }

  // ---- complaining

  /** Nobody listens on the port (RFC 1122 §4.1.3.1). */
  reportClosedPort(packet: Ipv4Packet): void {
    this.complain(packet, (original) => icmpUnreachable(UNREACHABLE_CODES.port, original));
  }

  /** Nobody wants the protocol (RFC 1122 §3.2.2.1). */
  reportUnknownProtocol(packet: Ipv4Packet): void {
    this.complain(packet, (original) => icmpUnreachable(UNREACHABLE_CODES.protocol, original));
  }

  /** There is no way on, for one of the reasons in UNREACHABLE_CODES. */
  reportNoRoute(packet: Ipv4Packet, code: number): void {
    this.complain(packet, (original) => icmpUnreachable(code, original));
  }

  /** A router must not send it on (RFC 1812 §5.3.1). */
  reportTimeExceeded(packet: Ipv4Packet): void {
    this.complain(packet, (original) => icmpTimeExceeded(TIME_EXCEEDED_CODES.inTransit, original));
  }

  /** It is too long for the next link and must not be cut (RFC 1191 §4). */
  reportTooBig(packet: Ipv4Packet, mtu: number): void {
    this.complain(packet, (original) =>
      icmpUnreachable(UNREACHABLE_CODES.fragmentationNeeded, original, mtu),
    );
  }

  /** The sender could have gone straight to the gateway (RFC 1812 §5.2.7.2; Linux `ip_rt_send_redirect`). */
  sendRedirect(packet: Ipv4Packet, gateway: Ipv4Address): void {
    if (!isWorthComplaining(packet) || !this.limit.allowsRedirect(packet.source)) return;
    this.send(null, packet.source, icmpRedirect(REDIRECT_CODES.host, gateway, quoteIpv4(packet)));
  }

  /** The next hop never answered: tell our own socket, or the sender for whom we forward (`arp_error_report`). */
  reportUnresolved(packet: Ipv4Packet): void {
    if (!this.host.isLocalAddress(packet.source)) {
      this.complain(packet, (original) => icmpUnreachable(UNREACHABLE_CODES.host, original));
      return;
    }
    const { payload } = packet;
    const hasPorts = payload.kind === 'udp' || payload.kind === 'tcp';
    this.host.sockets.deliverError(
      {
        source: packet.source,
        destination: packet.destination,
        protocol: packet.protocol,
        sourcePort: hasPorts ? payload.sourcePort : 0,
        destinationPort: hasPorts ? payload.destinationPort : 0,
        sequence: payload.kind === 'tcp' ? payload.sequence : 0,
        payload: payload.kind === 'udp' ? payload.payload : NO_BYTES,
      },
      ICMP_TYPES['destination-unreachable'],
      UNREACHABLE_CODES.host,
    );
  }

  private complain(packet: Ipv4Packet, message: (original: Uint8Array) => IcmpError): void {
    if (!isWorthComplaining(packet) || !this.limit.allowsError(packet.source)) return;
    const { host } = this;
    const source = host.isLocalAddress(packet.destination) ? packet.destination : null;
    this.send(source, packet.source, message(quoteIpv4(packet)));
  }

  private send(
    source: Ipv4Address | null,
    to: Ipv4Address,
    message: IcmpMessage,
    typeOfService: number = TOS_INTERNETWORK_CONTROL,
  ): void {
    const { host } = this;
    const route = host.routeTo(to, null);
    const from = source ?? route?.source ?? UNSPECIFIED_IPV4;
    if (route === null || from === UNSPECIFIED_IPV4) return;
    if (host.trace.isOn && route.type !== 'local' && !('data' in message)) {
      host.trace.emit('icmp.sent', host.name, {
        type: ICMP_TYPES[message.message],
        code: message.code,
        to: formatIpv4(to),
      });
    }
    host.sendBy(route, ipv4Packet(from, to, message, { typeOfService }), null);
  }
}

/** No error about an error, a later fragment, a group or a broadcast (RFC 1122 §3.2.2). */
function isWorthComplaining(packet: Ipv4Packet): boolean {
  if (packet.fragmentOffset !== 0 || isMulticast(packet.destination)) return false;
  if (packet.destination === LIMITED_BROADCAST_IPV4 || packet.source === UNSPECIFIED_IPV4) return false;
  return packet.payload.kind !== 'icmp' || 'data' in packet.payload;
}
