import type { Ipv4Address } from './address.js';
import { byteAt, u16At, u32At } from './bytes.js';
import { emitIpv4, IPV4_HEADER_LENGTH, type Ipv4Packet } from './ipv4.js';
import { IP_PROTOCOL_TCP } from './tcp.js';
import { IP_PROTOCOL_UDP } from './udp.js';
import { WireError } from './wire-error.js';

/**
 * Bytes that Linux quotes at most: an ICMP error fits 576 bytes with its own headers of 20 and 8
 * (RFC 1812 §4.3.2.3; `icmp_send`).
 */
export const MAX_QUOTED_LENGTH = 548;

/**
 * The beginning of a packet for an ICMP error to quote.
 *
 * @param limit - bytes, {@link MAX_QUOTED_LENGTH} if left out; 28 gives what RFC 792 asks for
 */
export function quoteIpv4(packet: Ipv4Packet, limit = MAX_QUOTED_LENGTH): Uint8Array {
  const bytes = emitIpv4(packet);
  return bytes.length <= limit ? bytes : bytes.slice(0, Math.max(0, limit));
}

/** What can be told of the packet that an ICMP error quotes: enough to find the socket that sent it. */
export interface QuotedDatagram {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  /** Bytes of the whole packet that was sent. */
  readonly totalLength: number;
  /** Bytes from its beginning where the data belongs in the datagram; not 0 in a later fragment. */
  readonly fragmentOffset: number;
  /** Of TCP and UDP; 0 if there are none or the quotation is too short. */
  readonly sourcePort: number;
  /** Of TCP and UDP; 0 if there are none or the quotation is too short. */
  readonly destinationPort: number;
  /**
   * The sequence number of TCP, by which the kernel tells whether the quoted segment is outstanding (`tcp_v4_err`);
   * 0 if there is none or the quotation is too short.
   */
  readonly sequence: number;
  /** What is quoted after the IP header. */
  readonly payload: Uint8Array;
}

/**
 * Reads the quotation in an ICMP error. It is cut off, and a router may have changed it on its way, so neither its
 * length nor its checksums are verified.
 *
 * @throws WireError `truncated` if not even the header is there, `unsupported`, `malformed`
 */
export function parseQuotedDatagram(bytes: Uint8Array): QuotedDatagram {
  if (bytes.length < IPV4_HEADER_LENGTH)
    throw new WireError('truncated', 'a quoted IPv4 header has 20 bytes');
  const version = byteAt(bytes, 0) >> 4;
  if (version !== 4) throw new WireError('unsupported', `IP version ${version}`);
  const headerLength = (byteAt(bytes, 0) & 0x0f) * 4;
  if (headerLength < IPV4_HEADER_LENGTH)
    throw new WireError('malformed', `IPv4 header of ${headerLength} bytes`);
  if (headerLength > bytes.length) throw new WireError('truncated', 'a quoted IPv4 header is cut off');
  const protocol = byteAt(bytes, 9);
  const fragmentOffset = (u16At(bytes, 6) & 0x1fff) * 8;
  const hasPorts =
    (protocol === IP_PROTOCOL_TCP || protocol === IP_PROTOCOL_UDP) &&
    fragmentOffset === 0 &&
    bytes.length >= headerLength + 4;
  const hasSequence = hasPorts && protocol === IP_PROTOCOL_TCP && bytes.length >= headerLength + 8;
  return {
    source: u32At(bytes, 12) as Ipv4Address,
    destination: u32At(bytes, 16) as Ipv4Address,
    protocol,
    totalLength: u16At(bytes, 2),
    fragmentOffset,
    sourcePort: hasPorts ? u16At(bytes, headerLength) : 0,
    destinationPort: hasPorts ? u16At(bytes, headerLength + 2) : 0,
    sequence: hasSequence ? u32At(bytes, headerLength + 4) : 0,
    payload: bytes.slice(headerLength),
  };
}
