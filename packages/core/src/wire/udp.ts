import { putU16, requireInteger, u16At } from './bytes.js';
import { addWords, finishChecksum, isIntact } from './checksum.js';
import { type IpAddress, pseudoHeaderSumOf } from './ip-address.js';
import { WireError } from './wire-error.js';

/** Bytes of a UDP header (RFC 768). */
export const UDP_HEADER_LENGTH = 8;
/** IP protocol number of UDP (RFC 768). */
export const IP_PROTOCOL_UDP = 17;

const MAX_PAYLOAD = 0xffff - UDP_HEADER_LENGTH;

/**
 * Whether transport checksums are verified. Linux leaves them to the network card, so a capture made at the sender, or
 * on a virtual cable that has no card, holds half-made ones: `trust` accepts them.
 */
export type ChecksumPolicy = 'verify' | 'trust';

/** A UDP datagram (RFC 768). */
export interface UdpDatagram {
  readonly kind: 'udp';
  /** 0..65535; 0 means that no reply is expected. */
  readonly sourcePort: number;
  /** 0..65535. */
  readonly destinationPort: number;
  /** `false`: the checksum field is zero, the sender made none. */
  readonly checksummed: boolean;
  /** Shared with everybody who holds the frame: never write into it. */
  readonly payload: Uint8Array;
}

/**
 * Makes a UDP datagram.
 *
 * @param checksummed - `false` to send without a checksum
 * @throws WireError `range`
 */
export function udpDatagram(
  sourcePort: number,
  destinationPort: number,
  payload: Uint8Array,
  checksummed = true,
): UdpDatagram {
  // The ordinary case in one test: what a mask does not change is a whole number within it.
  if (
    (sourcePort & 0xffff) !== sourcePort ||
    (destinationPort & 0xffff) !== destinationPort ||
    payload.length > MAX_PAYLOAD
  ) {
    requireInteger(sourcePort, 0, 0xffff, 'UDP source port');
    requireInteger(destinationPort, 0, 0xffff, 'UDP destination port');
    requireInteger(payload.length, 0, MAX_PAYLOAD, 'UDP payload length');
  }
  return { kind: 'udp', sourcePort, destinationPort, checksummed, payload };
}

/** Bytes of a datagram with its header. */
export function udpLength(datagram: UdpDatagram): number {
  return UDP_HEADER_LENGTH + datagram.payload.length;
}

/** Writes a datagram at an index; the caller has made sure of {@link udpLength} bytes. Returns the index after. */
export function writeUdp(
  datagram: UdpDatagram,
  source: IpAddress,
  destination: IpAddress,
  bytes: Uint8Array,
  at: number,
): number {
  const length = UDP_HEADER_LENGTH + datagram.payload.length;
  const end = at + length;
  putU16(bytes, at, datagram.sourcePort);
  putU16(bytes, at + 2, datagram.destinationPort);
  putU16(bytes, at + 4, length);
  putU16(bytes, at + 6, 0);
  bytes.set(datagram.payload, at + UDP_HEADER_LENGTH);
  if (datagram.checksummed) {
    const checksum = finishChecksum(
      addWords(bytes, at, end, pseudoHeaderSumOf(source, destination, IP_PROTOCOL_UDP, length)),
    );
    // A sum of zero is sent as all ones, because zero says "none" (RFC 768).
    putU16(bytes, at + 6, checksum === 0 ? 0xffff : checksum);
  }
  return end;
}

/** A datagram as bytes. The addresses are those of the IP header: they are part of the checksum. */
export function emitUdp(datagram: UdpDatagram, source: IpAddress, destination: IpAddress): Uint8Array {
  const bytes = new Uint8Array(udpLength(datagram));
  writeUdp(datagram, source, destination, bytes, 0);
  return bytes;
}

/**
 * Reads a UDP datagram. Bytes beyond its own length are cut off, as Linux does (`__udp4_lib_rcv`).
 *
 * @param source - of the IP header, for the checksum
 * @param destination - of the IP header, for the checksum
 * @param start - index of its first byte
 * @param end - index after the last byte that may be read
 * @param checksums - `trust` for a capture made before the network card has filled in the checksum
 * @throws WireError `truncated`, `malformed` or `checksum`
 */
export function parseUdp(
  bytes: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  start = 0,
  end = bytes.length,
  checksums: ChecksumPolicy = 'verify',
): UdpDatagram {
  const at = Math.max(0, start);
  const available = Math.min(end, bytes.length) - at;
  if (available < UDP_HEADER_LENGTH) throw new WireError('truncated', 'a UDP header has 8 bytes');
  const length = u16At(bytes, at + 4);
  if (length < UDP_HEADER_LENGTH)
    throw new WireError('malformed', `UDP length ${length} is less than its header`);
  if (length > available)
    throw new WireError('truncated', `UDP length ${length}, but ${available} bytes are there`);
  const checksummed = u16At(bytes, at + 6) !== 0;
  if (
    checksummed &&
    checksums === 'verify' &&
    !isIntact(
      addWords(bytes, at, at + length, pseudoHeaderSumOf(source, destination, IP_PROTOCOL_UDP, length)),
    )
  ) {
    throw new WireError('checksum', 'UDP checksum is wrong');
  }
  return {
    kind: 'udp',
    sourcePort: u16At(bytes, at),
    destinationPort: u16At(bytes, at + 2),
    checksummed,
    payload: bytes.slice(at + UDP_HEADER_LENGTH, at + length),
  };
}

/** One line for people: `UDP 40000 > 53 length 24`. */
export function describeUdp(datagram: UdpDatagram): string {
  return `UDP ${datagram.sourcePort} > ${datagram.destinationPort} length ${datagram.payload.length}`;
}
