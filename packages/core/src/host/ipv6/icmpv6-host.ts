import type { Engine } from '../../engine/index.js';
import {
  type Icmpv6Echo,
  type Icmpv6Error,
  type Icmpv6Message,
  type Ipv6Address,
  type Ipv6Packet,
  icmpv6EchoReply,
  icmpv6Error,
  ipKey,
  ipv6Packet,
  isIcmpv6Error,
  isMulticastIpv6,
  MINIMUM_MTU_IPV6,
  NO_BYTES,
  PARAMETER_PROBLEM_CODES,
  parseQuotedIpv6,
  type QuotedPacketIpv6,
  quoteIpv6,
  TIME_EXCEEDED_CODES,
  UNREACHABLE_CODES,
  UNREACHABLE_CODES_IPV6,
  UNSPECIFIED_IPV6,
  WireError,
} from '../../wire/index.js';
import { ICMP_TYPES } from '../icmp.js';
import { IcmpRateLimit } from '../icmp-rate-limit.js';
import type { Interface } from '../interface.js';
import type { Ipv6 } from './ipv6-host.js';

/** Where in the packet the next header field is, which "unrecognised next header" points at (RFC 8200 §3). */
const NEXT_HEADER_AT = 6;
/** Bytes of a UDP header (RFC 768). */
const UDP_HEADER = 8;

/** Type and code of ICMP over IPv4, which trace and sockets use for both families. */
export interface IcmpMeaning {
  readonly type: number;
  readonly code: number;
}

const UNREACHABLE_MEANINGS: Readonly<Record<number, number>> = {
  [UNREACHABLE_CODES_IPV6.noRoute]: UNREACHABLE_CODES.network,
  [UNREACHABLE_CODES_IPV6.prohibited]: UNREACHABLE_CODES.administrativelyProhibited,
  [UNREACHABLE_CODES_IPV6.port]: UNREACHABLE_CODES.port,
  [UNREACHABLE_CODES_IPV6.failedPolicy]: UNREACHABLE_CODES.administrativelyProhibited,
  [UNREACHABLE_CODES_IPV6.rejectRoute]: UNREACHABLE_CODES.administrativelyProhibited,
};

/** What an ICMPv6 error is called over IPv4 (Linux `icmpv6_err_convert` and `icmp_err_convert` meet in errno). */
export function meaningOf({ message, code }: Icmpv6Error): IcmpMeaning {
  switch (message) {
    case 'destination-unreachable':
      return {
        type: ICMP_TYPES['destination-unreachable'],
        code: UNREACHABLE_MEANINGS[code] ?? UNREACHABLE_CODES.host,
      };
    case 'packet-too-big':
      return { type: ICMP_TYPES['destination-unreachable'], code: UNREACHABLE_CODES.fragmentationNeeded };
    case 'time-exceeded':
      return { type: ICMP_TYPES['time-exceeded'], code };
    case 'parameter-problem':
      return { type: ICMP_TYPES['destination-unreachable'], code: UNREACHABLE_CODES.protocol };
  }
}

/** The host's ICMPv6: echo, complaints about packets, and complaints about ours (Linux net/ipv6/icmp.c). */
export class Icmpv6 {
  private readonly limit: IcmpRateLimit;

  constructor(
    engine: Engine,
    private readonly ipv6: Ipv6,
  ) {
    this.limit = new IcmpRateLimit(engine, ipv6.host, 'icmpv6');
  }

  /** Forgets what was sent, for a power cycle. */
  reset(): void {
    this.limit.reset();
  }

  // ---- receiving

  /** An echo or an error to us. */
  receive(face: Interface, packet: Ipv6Packet, message: Icmpv6Echo | Icmpv6Error): void {
    if (message.message === 'echo-request') this.reply(face, packet, message);
    else if (isIcmpv6Error(message)) this.receiveError(message);
  }

  private reply(face: Interface, packet: Ipv6Packet, { identifier, sequence, data }: Icmpv6Echo): void {
    const isForMany = isMulticastIpv6(packet.destination);
    this.send(
      isForMany ? null : packet.destination,
      packet.source,
      icmpv6EchoReply(identifier, sequence, data),
      face,
    );
  }

  private receiveError(message: Icmpv6Error): void {
    let quoted: QuotedPacketIpv6;
    try {
      quoted = parseQuotedIpv6(message.original);
    } catch (error) {
      if (error instanceof WireError) return;
      throw error;
    }
    const { type, code } = meaningOf(message);
    const payload = quoted.payload.subarray(UDP_HEADER);
    this.ipv6.host.sockets.deliverError({ ...quoted, payload }, type, code);
  }

  // ---- complaining

  /** Nobody listens on the port (RFC 4443 §3.1). */
  reportClosedPort(face: Interface, packet: Ipv6Packet): void {
    this.complain(face, packet, 'destination-unreachable', UNREACHABLE_CODES_IPV6.port);
  }

  /** Nobody wants the protocol (RFC 4443 §3.4). */
  reportUnknownProtocol(face: Interface, packet: Ipv6Packet): void {
    this.complain(
      face,
      packet,
      'parameter-problem',
      PARAMETER_PROBLEM_CODES.nextHeader,
      packet.hasRouterAlert ? MINIMUM_HEADER : NEXT_HEADER_AT,
    );
  }

  /** There is no way on, for one of the reasons in UNREACHABLE_CODES_IPV6. */
  reportNoRoute(face: Interface, packet: Ipv6Packet, code: number): void {
    this.complain(face, packet, 'destination-unreachable', code);
  }

  /** A router must not send it on (RFC 4443 §3.3). */
  reportTimeExceeded(face: Interface, packet: Ipv6Packet): void {
    this.complain(face, packet, 'time-exceeded', TIME_EXCEEDED_CODES.inTransit);
  }

  /** It is too long for the next link, and no router cuts it (RFC 4443 §3.2). */
  reportTooBig(face: Interface, packet: Ipv6Packet, mtu: number): void {
    this.complain(face, packet, 'packet-too-big', 0, Math.max(mtu, MINIMUM_MTU_IPV6));
  }

  /** The next hop never answered: tell our own socket, or the sender for whom we forward (`ndisc_error_report`). */
  reportUnresolved(packet: Ipv6Packet): void {
    const { host } = this.ipv6;
    if (!this.ipv6.routing.isLocal(packet.source)) {
      this.complain(null, packet, 'destination-unreachable', UNREACHABLE_CODES_IPV6.address);
      return;
    }
    const { payload } = packet;
    const hasPorts = payload.kind === 'udp' || payload.kind === 'tcp';
    host.sockets.deliverError(
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

  private complain(
    face: Interface | null,
    packet: Ipv6Packet,
    message: Icmpv6Error['message'],
    code: number,
    parameter = 0,
  ): void {
    if (!isWorthComplaining(packet) || !this.limit.allowsError(ipKey(packet.source))) return;
    const isOurs = this.ipv6.routing.isLocal(packet.destination);
    const source = isOurs ? packet.destination : null;
    this.send(source, packet.source, icmpv6Error(message, code, quoteIpv6(packet), parameter), face);
  }

  private send(
    source: Ipv6Address | null,
    to: Ipv6Address,
    message: Icmpv6Message,
    face: Interface | null,
  ): void {
    const { host, routing } = this.ipv6;
    const path = routing.pathTo(to, face === host.loopback ? null : this.scopedTo(to, face), source);
    const from = source ?? path?.source ?? null;
    if (path === null || from === null) return;
    if (host.trace.isOn && path.type !== 'local' && isIcmpv6Error(message)) {
      host.trace.emit('icmp.sent', host.name, { ...meaningOf(message), to });
    }
    this.ipv6.sendBy(path, ipv6Packet(from, to, message), null);
  }

  /** A link-local address is answered on the link it wrote from. */
  private scopedTo(to: Ipv6Address, face: Interface | null): Interface | null {
    return to.startsWith('fe8') ? face : null;
  }
}

/** The hop-by-hop header's own next header field comes right after the 40 bytes of the header (RFC 8200 §4.3). */
const MINIMUM_HEADER = 40;

/** No error about an error, to nobody, nor about what went to many (RFC 4443 §2.4 e). */
function isWorthComplaining({ source, destination, payload }: Ipv6Packet): boolean {
  if (source === UNSPECIFIED_IPV6 || isMulticastIpv6(destination)) return false;
  return payload.kind !== 'icmpv6' || !isIcmpv6Error(payload);
}
