import { byteAt, u16At, u32At } from './bytes.js';
import { type Ipv6Address, ipv6FromBytes } from './ip-address.js';
import { emitIpv6, IPV6_HEADER_LENGTH, type Ipv6Packet, MINIMUM_MTU_IPV6 } from './ipv6.js';
import { IP_PROTOCOL_TCP } from './tcp.js';
import { IP_PROTOCOL_UDP } from './udp.js';
import { WireError } from './wire-error.js';

/** Bytes that are quoted at most: an ICMPv6 error fits the least MTU with headers of 40 and 8 (RFC 4443 §2.4 c). */
export const MAX_QUOTED_LENGTH_IPV6 = MINIMUM_MTU_IPV6 - IPV6_HEADER_LENGTH - 8;

/** The beginning of a packet for an ICMPv6 error to quote. @param limit - bytes */
export function quoteIpv6(packet: Ipv6Packet, limit = MAX_QUOTED_LENGTH_IPV6): Uint8Array {
  const bytes = emitIpv6(packet);
  return bytes.length <= limit ? bytes : bytes.slice(0, Math.max(0, limit));
}

/** What can be told of the packet that an ICMPv6 error quotes: enough to find the socket that sent it. */
export interface QuotedPacketIpv6 {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** The next header. */
  readonly protocol: number;
  /** Bytes of the whole packet that was sent. */
  readonly totalLength: number;
  /** Of TCP and UDP; 0 if there are none or the quotation is too short. */
  readonly sourcePort: number;
  /** Of TCP and UDP; 0 if there are none or the quotation is too short. */
  readonly destinationPort: number;
  /** The sequence number of TCP; 0 if there is none or the quotation is too short. */
  readonly sequence: number;
  /** What is quoted after the header. */
  readonly payload: Uint8Array;
}

/**
 * Reads the quotation in an ICMPv6 error. It is cut off, so neither its length nor its checksums are verified.
 *
 * @throws WireError `truncated` if not even the header is there, `unsupported`
 */
export function parseQuotedIpv6(bytes: Uint8Array): QuotedPacketIpv6 {
  if (bytes.length < IPV6_HEADER_LENGTH)
    throw new WireError('truncated', 'a quoted IPv6 header has 40 bytes');
  const version = byteAt(bytes, 0) >> 4;
  if (version !== 6) throw new WireError('unsupported', `IP version ${version}`);
  const protocol = byteAt(bytes, 6);
  const hasPorts =
    (protocol === IP_PROTOCOL_TCP || protocol === IP_PROTOCOL_UDP) && bytes.length >= IPV6_HEADER_LENGTH + 4;
  const hasSequence = protocol === IP_PROTOCOL_TCP && bytes.length >= IPV6_HEADER_LENGTH + 8;
  return {
    source: ipv6FromBytes(bytes, 8),
    destination: ipv6FromBytes(bytes, 24),
    protocol,
    totalLength: IPV6_HEADER_LENGTH + u16At(bytes, 4),
    sourcePort: hasPorts ? u16At(bytes, IPV6_HEADER_LENGTH) : 0,
    destinationPort: hasPorts ? u16At(bytes, IPV6_HEADER_LENGTH + 2) : 0,
    sequence: hasSequence ? u32At(bytes, IPV6_HEADER_LENGTH + 4) : 0,
    payload: bytes.slice(IPV6_HEADER_LENGTH),
  };
}
