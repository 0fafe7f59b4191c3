import type { Ipv4Address } from './address.js';
import { byteAt, putU16, putU32, requireInteger, u16At, u32At } from './bytes.js';
import { isCarp } from './carp.js';
import { addWords, finishChecksum, isIntact } from './checksum.js';
import {
  formatIp,
  IPV6_ADDRESS_LENGTH,
  type IpAddress,
  ipv6FromBytes,
  pseudoHeaderSumOf,
  putIpv6,
} from './ip-address.js';
import { NO_BYTES } from './payload.js';
import { WireError } from './wire-error.js';

/** IP protocol number of VRRP, and of CARP (RFC 5798 §5.1.1.4). */
export const IP_PROTOCOL_VRRP = 112;
/** The only VRRP message there is (RFC 5798 §5.2.2). */
export const VRRP_TYPE_ADVERTISEMENT = 1;
/** Bytes of the authentication data that ends every VRRPv2 message (RFC 2338 §5.3.10, RFC 3768 §5.3.10). */
export const VRRP_AUTH_DATA_LENGTH = 8;

/** Authentication types of VRRPv2 (RFC 2338 §5.3.6); RFC 3768 keeps only `none`, the daemons keep all. */
export const VRRP_AUTH_TYPES = { none: 0, pass: 1, ah: 2 } as const;

const HEADER_LENGTH = 8;
const IPV4_ADDRESS_LENGTH = 4;
const MAX_INTERVAL_V2 = 255; // seconds in 8 bits
const MAX_INTERVAL_V3 = 0x0fff; // centiseconds in 12 bits, RFC 5798 §5.2.7
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const NANOSECONDS_PER_CENTISECOND = 10_000_000;

/** The authentication data of a message without authentication: eight zero bytes, shared. */
export const NO_VRRP_AUTH_DATA = new Uint8Array(VRRP_AUTH_DATA_LENGTH);

/**
 * A VRRP advertisement: version 2 over IPv4 (RFC 3768), or version 3 over either family (RFC 5798).
 */
export interface VrrpAdvertisement {
  readonly kind: 'vrrp';
  readonly version: 2 | 3;
  /** VRID, 1..255. */
  readonly virtualRouterId: number;
  /** 0 (I am leaving) .. 255 (I own the address). */
  readonly priority: number;
  /** In the unit of the field: whole seconds 1..255 in version 2, centiseconds 1..4095 in version 3. */
  readonly interval: number;
  /**
   * The virtual addresses in the order of the sender's configuration, 0..255 of them, all of the family that carries
   * the advertisement. Over IPv6 the first is a link-local one (RFC 5798 §5.2.9).
   */
  readonly addresses: readonly IpAddress[];
  /** Version 2: 0..255, see {@link VRRP_AUTH_TYPES}; a receiver has to refuse what it does not know. Version 3: 0. */
  readonly authType: number;
  /** Version 2: always 8 bytes, zero unless there is a password. Version 3: none. Shared: never write into it. */
  readonly authData: Uint8Array;
  /**
   * What the checksum covers. Version 2: `message`. Version 3: `pseudo-header`, unless the sender has keepalived's
   * `v3_checksum_as_v2` or FRR's `no checksum-with-ipv4-pseudoheader`.
   */
  readonly checksumCovers: 'message' | 'pseudo-header';
}

function advertisement(
  version: 2 | 3,
  virtualRouterId: number,
  priority: number,
  interval: number,
  addresses: readonly IpAddress[],
  authType: number,
  authData: Uint8Array,
  checksumCovers: 'message' | 'pseudo-header',
): VrrpAdvertisement {
  return {
    kind: 'vrrp',
    version,
    virtualRouterId,
    priority,
    interval,
    addresses,
    authType,
    authData,
    checksumCovers,
  };
}

function requireCommonFields(
  virtualRouterId: number,
  priority: number,
  addresses: readonly IpAddress[],
): void {
  requireInteger(virtualRouterId, 1, 255, 'virtual router id');
  requireInteger(priority, 0, 255, 'VRRP priority');
  requireInteger(addresses.length, 0, 255, 'number of virtual addresses');
  const family = typeof addresses[0];
  if (addresses.some((address) => typeof address !== family)) {
    throw new WireError('range', 'the virtual addresses of an advertisement are of one family');
  }
}

/** Bytes of one address of the family that an advertisement is for; without any address it does not matter. */
function addressLengthOf(address: IpAddress | undefined): number {
  return typeof address === 'string' ? IPV6_ADDRESS_LENGTH : IPV4_ADDRESS_LENGTH;
}

/**
 * A VRRPv2 advertisement (RFC 3768 §5).
 *
 * @param interval - whole seconds, 1..255
 * @param authType - see {@link VRRP_AUTH_TYPES}; none if left out
 * @param authData - 8 bytes; {@link vrrpPassword} makes them of a password
 * @throws WireError `range`
 */
export function vrrpV2Advertisement(
  virtualRouterId: number,
  priority: number,
  interval: number,
  addresses: readonly Ipv4Address[],
  authType: number = VRRP_AUTH_TYPES.none,
  authData: Uint8Array = NO_VRRP_AUTH_DATA,
): VrrpAdvertisement {
  requireCommonFields(virtualRouterId, priority, addresses);
  requireInteger(interval, 1, MAX_INTERVAL_V2, 'VRRPv2 advertisement interval');
  requireInteger(authType, 0, 255, 'VRRP authentication type');
  requireInteger(
    authData.length,
    VRRP_AUTH_DATA_LENGTH,
    VRRP_AUTH_DATA_LENGTH,
    'VRRP authentication data length',
  );
  return advertisement(2, virtualRouterId, priority, interval, addresses, authType, authData, 'message');
}

/**
 * A VRRPv3 advertisement (RFC 5798 §5).
 *
 * @param interval - centiseconds, 1..4095
 * @param addresses - all of one family
 * @param checksumCovers - `message` for keepalived's `v3_checksum_as_v2`, over IPv4 only
 * @throws WireError `range`
 */
export function vrrpV3Advertisement(
  virtualRouterId: number,
  priority: number,
  interval: number,
  addresses: readonly IpAddress[],
  checksumCovers: 'message' | 'pseudo-header' = 'pseudo-header',
): VrrpAdvertisement {
  requireCommonFields(virtualRouterId, priority, addresses);
  requireInteger(interval, 1, MAX_INTERVAL_V3, 'VRRPv3 advertisement interval');
  if (checksumCovers === 'message' && typeof addresses[0] === 'string') {
    throw new WireError('range', 'over IPv6 the checksum always covers the pseudo header');
  }
  return advertisement(3, virtualRouterId, priority, interval, addresses, 0, NO_BYTES, checksumCovers);
}

/** A password as authentication data: its first eight bytes, padded with zeros (keepalived `vrrp_build_vrrp_v2`). */
export function vrrpPassword(password: string): Uint8Array {
  const data = new Uint8Array(VRRP_AUTH_DATA_LENGTH);
  for (let index = 0; index < Math.min(password.length, VRRP_AUTH_DATA_LENGTH); index++) {
    const code = password.charCodeAt(index);
    if (code > 0xff) throw new WireError('range', `a VRRP password is made of bytes, "${password}" is not`);
    data[index] = code;
  }
  return data;
}

/** The advertisement interval in nanoseconds. */
export function vrrpIntervalNanoseconds(advert: Pick<VrrpAdvertisement, 'version' | 'interval'>): number {
  return advert.interval * (advert.version === 2 ? NANOSECONDS_PER_SECOND : NANOSECONDS_PER_CENTISECOND);
}

/** Bytes of an advertisement. */
export function vrrpLength(advert: VrrpAdvertisement): number {
  const { addresses } = advert;
  const authentication = advert.version === 2 ? VRRP_AUTH_DATA_LENGTH : 0;
  return HEADER_LENGTH + addressLengthOf(addresses[0]) * addresses.length + authentication;
}

/** Writes an advertisement at an index; the caller has made sure of {@link vrrpLength} bytes. Returns the index after. */
export function writeVrrp(
  advert: VrrpAdvertisement,
  source: IpAddress,
  destination: IpAddress,
  bytes: Uint8Array,
  at: number,
): number {
  bytes[at] = (advert.version << 4) | VRRP_TYPE_ADVERTISEMENT;
  bytes[at + 1] = advert.virtualRouterId;
  bytes[at + 2] = advert.priority;
  bytes[at + 3] = advert.addresses.length;
  putU16(bytes, at + 4, advert.version === 2 ? (advert.authType << 8) | advert.interval : advert.interval);
  putU16(bytes, at + 6, 0);
  let end = at + HEADER_LENGTH;
  for (const address of advert.addresses) {
    if (typeof address === 'string') end = putIpv6(bytes, end, address);
    else {
      putU32(bytes, end, address);
      end += IPV4_ADDRESS_LENGTH;
    }
  }
  if (advert.version === 2) {
    bytes.set(advert.authData, end);
    end += VRRP_AUTH_DATA_LENGTH;
  }
  const pseudo =
    advert.checksumCovers === 'pseudo-header'
      ? pseudoHeaderSumOf(source, destination, IP_PROTOCOL_VRRP, end - at)
      : 0;
  putU16(bytes, at + 6, finishChecksum(addWords(bytes, at, end, pseudo)));
  return end;
}

/** An advertisement as bytes. The addresses are those of the IP header: version 3 sums them up. */
export function emitVrrp(advert: VrrpAdvertisement, source: IpAddress, destination: IpAddress): Uint8Array {
  const bytes = new Uint8Array(vrrpLength(advert));
  writeVrrp(advert, source, destination, bytes, 0);
  return bytes;
}

/** The fields of a VRRP message as they are in the bytes, right or wrong; see {@link inspectVrrp}. */
export interface VrrpInspection {
  /** 0..15. */
  readonly version: number;
  /** 0..15; 1 is an advertisement. */
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** The Count IP Addrs field, whatever the length says. */
  readonly addressCount: number;
  /** Of version 2; 0 in others. */
  readonly authType: number;
  /** Version 2: the byte, in seconds. Others: the low 12 bits, in centiseconds. */
  readonly interval: number;
  /** Bytes that the count asks for. */
  readonly expectedLength: number;
  /** Bytes that are there. */
  readonly length: number;
  /** As many of the announced addresses as the bytes hold. */
  readonly addresses: readonly IpAddress[];
  /** Version 2: eight bytes after the addresses if they are there, else none. */
  readonly authData: Uint8Array;
  /** Whether the message alone sums up right. */
  readonly checksumOfMessage: boolean;
  /** Whether the message with the pseudo header sums up right. */
  readonly checksumWithPseudoHeader: boolean;
}

/**
 * Reads whatever can be read of a VRRP message without judging it, for a receiver that makes its checks in an order
 * of its own (keepalived `vrrp_check_packet`, FRR `vrrp_pkt_parse_datagram`).
 *
 * @param source - of the IP header, for the checksum and the family of the addresses
 * @param destination - of the IP header, for the checksum
 * @throws WireError `truncated` if not even the header of 8 bytes is there
 */
export function inspectVrrp(
  bytes: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  start = 0,
  end = bytes.length,
): VrrpInspection {
  const at = Math.max(0, start);
  const stop = Math.min(end, bytes.length);
  const length = stop - at;
  if (length < HEADER_LENGTH) throw new WireError('truncated', 'a VRRP header has 8 bytes');
  const version = byteAt(bytes, at) >> 4;
  const addressCount = byteAt(bytes, at + 3);
  const size = addressLengthOf(source);
  const addressesEnd = at + HEADER_LENGTH + size * addressCount;
  const addresses: IpAddress[] = [];
  for (let index = at + HEADER_LENGTH; index + size <= stop && index < addressesEnd; index += size) {
    addresses.push(
      typeof source === 'string' ? ipv6FromBytes(bytes, index) : (u32At(bytes, index) as Ipv4Address),
    );
  }
  const hasAuthData = version === 2 && addressesEnd + VRRP_AUTH_DATA_LENGTH <= stop;
  const sum = addWords(bytes, at, stop, 0);
  return {
    version,
    type: byteAt(bytes, at) & 0x0f,
    virtualRouterId: byteAt(bytes, at + 1),
    priority: byteAt(bytes, at + 2),
    addressCount,
    authType: version === 2 ? byteAt(bytes, at + 4) : 0,
    interval: version === 2 ? byteAt(bytes, at + 5) : u16At(bytes, at + 4) & MAX_INTERVAL_V3,
    expectedLength: HEADER_LENGTH + size * addressCount + (version === 2 ? VRRP_AUTH_DATA_LENGTH : 0),
    length,
    addresses,
    authData: hasAuthData ? bytes.slice(addressesEnd, addressesEnd + VRRP_AUTH_DATA_LENGTH) : NO_BYTES,
    checksumOfMessage: isIntact(sum),
    checksumWithPseudoHeader: isIntact(
      sum + pseudoHeaderSumOf(source, destination, IP_PROTOCOL_VRRP, length),
    ),
  };
}

/**
 * Reads a VRRP advertisement and accepts nothing that could not have been constructed. Password, interval and address
 * list are for the receiver to judge. The reserved bits of version 3 are ignored (RFC 5798 §5.2.6).
 *
 * @param source - of the IP header, for the checksum and the family of the addresses
 * @param destination - of the IP header, for the checksum
 * @throws WireError `truncated`, `unsupported` (version, type, or CARP), `malformed` (length, VRID or interval) or `checksum`
 */
export function parseVrrp(
  bytes: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  start = 0,
  end = bytes.length,
): VrrpAdvertisement {
  const seen = inspectVrrp(bytes, source, destination, start, end);
  const { version, interval, length, expectedLength } = seen;
  const isOverIpv6 = typeof source === 'string';
  if (version !== 3 && (version !== 2 || isOverIpv6))
    throw new WireError('unsupported', `VRRP version ${version}`);
  if (seen.type !== VRRP_TYPE_ADVERTISEMENT) throw new WireError('unsupported', `VRRP type ${seen.type}`);
  if (isCarp(bytes, Math.max(0, start), Math.min(end, bytes.length))) {
    throw new WireError('unsupported', 'a CARP message, not VRRP');
  }
  if (length < expectedLength) {
    throw new WireError('truncated', `VRRP message of ${length} bytes, its count asks for ${expectedLength}`);
  }
  if (length > expectedLength) {
    throw new WireError('malformed', `VRRP message of ${length} bytes, its count asks for ${expectedLength}`);
  }
  if (seen.virtualRouterId === 0) throw new WireError('malformed', 'VRRP message with virtual router id 0');
  if (interval === 0) throw new WireError('malformed', 'VRRP message with advertisement interval 0');
  const withPseudoHeader = version === 3 && seen.checksumWithPseudoHeader;
  if (!withPseudoHeader && (isOverIpv6 || !seen.checksumOfMessage))
    throw new WireError('checksum', 'VRRP checksum is wrong');
  return advertisement(
    version,
    seen.virtualRouterId,
    seen.priority,
    interval,
    seen.addresses,
    seen.authType,
    seen.authData,
    withPseudoHeader ? 'pseudo-header' : 'message',
  );
}

/** One line for people: `VRRPv2 advert vrid 51 prio 150 192.168.1.100`. */
export function describeVrrp(advert: VrrpAdvertisement): string {
  const addresses = advert.addresses.map(formatIp).join(' ');
  return `VRRPv${advert.version} advert vrid ${advert.virtualRouterId} prio ${advert.priority} ${addresses}`.trimEnd();
}
