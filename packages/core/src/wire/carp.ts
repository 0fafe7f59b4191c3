import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import type { MacAddress } from './address.js';
import { byteAt, putMac, putU16, putU32, requireInteger, u32At } from './bytes.js';
import { addWords, finishChecksum, isIntact } from './checksum.js';
import { compareIp, IPV6_ADDRESS_LENGTH, type IpAddress, putIpv6, UNSPECIFIED_IPV6 } from './ip-address.js';
import { encodeUtf8 } from './utf8.js';
import { WireError } from './wire-error.js';

/** IP protocol number of CARP: that of VRRP (OpenBSD ip_carp.h, `IPPROTO_CARP`). */
export const IP_PROTOCOL_CARP = 112;
/** Bytes of a CARP message, all of it header (ip_carp.h `struct carp_header`). */
export const CARP_LENGTH = 36;
/** Bytes of the digest, those of SHA-1. */
export const CARP_DIGEST_LENGTH = 20;

const CARP_VERSION = 2; // ip_carp.h CARP_VERSION
const CARP_ADVERTISEMENT = 1; // ip_carp.h CARP_ADVERTISEMENT
const CARP_AUTH_LENGTH = 7; // ip_carp.h carp_authlen: 32-bit words of counter and digest
const COUNTER_AT = 8;
const DIGEST_AT = 16;
const COUNTER_LENGTH = 8;
const MAC_LENGTH = 6;
const IPV4_ADDRESS_LENGTH = 4;
const MAX_U32 = 0xffff_ffff;
// ip_carp.h CARP_KEY_LEN is 20; ifconfig copies with strlcpy, which ends what is longer with a zero byte.
const LONGEST_PASSWORD = 19;
const UCARP_MAC_PREFIX = 0x0000_5e00_0000; // ucarp carp.c carp_send_ad
const CARP_GROUP_MAC_PREFIX = 0x0100_5e00_0100; // OpenBSD ip_carp.c carp_set_enaddr, balancing ip

/**
 * A CARP advertisement (OpenBSD and FreeBSD `struct carp_header`, ip_carp.h). It shares protocol number 112, groups and
 * the first byte (0x21) with VRRPv2.
 */
export interface CarpAdvertisement {
  readonly kind: 'carp';
  /** 1..255. */
  readonly vhid: number;
  /** 0..255; 255 only in the farewell of a node that leaves. */
  readonly advskew: number;
  /** Seconds, 0..255. */
  readonly advbase: number;
  /** OpenBSD's demotion count, 0..255; the others send 0 (`carp_pad`). */
  readonly demotion: number;
  /** The upper and the lower half of the 64-bit counter: OpenBSD's replay cookie, a count elsewhere. */
  readonly counterHigh: number;
  readonly counterLow: number;
  /** 20 bytes of HMAC-SHA1. Shared: never write into it. */
  readonly digest: Uint8Array;
}

/**
 * A CARP advertisement.
 *
 * @throws WireError `range`
 * @example
 * ```ts
 * const digest = carpDigest({ password: 'mekmitasdigoat', vhid: 1, addresses: [vip], counterHigh: 0, counterLow: 7 });
 * const advert = carpAdvertisement({
 *   vhid: 1, advskew: 100, advbase: 1, demotion: 0, counterHigh: 0, counterLow: 7, digest,
 * });
 * ```
 */
export function carpAdvertisement(fields: Omit<CarpAdvertisement, 'kind'>): CarpAdvertisement {
  const { vhid, advskew, advbase, demotion, counterHigh, counterLow, digest } = fields;
  requireInteger(vhid, 1, 255, 'CARP vhid');
  requireInteger(advskew, 0, 255, 'CARP advskew');
  requireInteger(advbase, 0, 255, 'CARP advbase');
  requireInteger(demotion, 0, 255, 'CARP demotion');
  requireInteger(counterHigh, 0, MAX_U32, 'upper half of the CARP counter');
  requireInteger(counterLow, 0, MAX_U32, 'lower half of the CARP counter');
  requireInteger(digest.length, CARP_DIGEST_LENGTH, CARP_DIGEST_LENGTH, 'CARP digest length');
  return { kind: 'carp', vhid, advskew, advbase, demotion, counterHigh, counterLow, digest };
}

/** What the digest of an advertisement covers: neither advskew, advbase nor demotion is among it. */
export interface CarpDigestInput {
  /** Its first 19 bytes count (ifconfig `setcarp_passwd`); the empty one is a key of zeros. */
  readonly password: string;
  /** 1..255. */
  readonly vhid: number;
  /** The virtual addresses of both families, in any order and however often. */
  readonly addresses: readonly IpAddress[];
  readonly counterHigh: number;
  readonly counterLow: number;
  /** OpenBSD: the MAC that was given to the interface in place of the virtual one; none usually. */
  readonly mac?: MacAddress;
}

/**
 * The HMAC-SHA1 of an advertisement (ip_carp.c `carp_hmac_prepare_ctx` and `carp_hmac_generate`; ucarp carp.c
 * `carp_hmac_prepare`): version, type, a MAC that replaces the virtual one, vhid, IPv4 addresses by value, IPv6
 * addresses by value, counter. Each address counts once, and those of zeros only or of ones only never do, which is
 * how the kernels' search for the next higher address comes out.
 *
 * @returns 20 bytes
 * @throws WireError `range`
 */
export function carpDigest(input: CarpDigestInput): Uint8Array {
  requireInteger(input.vhid, 1, 255, 'CARP vhid');
  const addresses = input.addresses.filter(isDigested).sort(compareIp);
  const message = new Uint8Array(
    3 + MAC_LENGTH + addresses.length * IPV6_ADDRESS_LENGTH + COUNTER_LENGTH, // enough for any mix of families
  );
  message[0] = CARP_VERSION;
  message[1] = CARP_ADVERTISEMENT;
  let end = 2;
  if (input.mac !== undefined) {
    putMac(message, end, input.mac);
    end += MAC_LENGTH;
  }
  message[end++] = input.vhid;
  for (const [index, address] of addresses.entries()) {
    if (address === addresses[index - 1]) continue;
    if (typeof address === 'string') end = putIpv6(message, end, address);
    else {
      putU32(message, end, address);
      end += IPV4_ADDRESS_LENGTH;
    }
  }
  putU32(message, end, input.counterHigh);
  putU32(message, end + 4, input.counterLow);
  const key = encodeUtf8(input.password).subarray(0, LONGEST_PASSWORD);
  return hmac(sha1, key, message.subarray(0, end + COUNTER_LENGTH));
}

function isDigested(address: IpAddress): boolean {
  if (typeof address === 'number') return address !== 0 && address !== MAX_U32;
  return address !== UNSPECIFIED_IPV6 && address !== 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
}

/** Whether two digests are the same bytes. */
export function isSameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** The Ethernet source of ucarp's advertisements, 00:00:5e:00:00:VHID (carp.c `carp_send_ad`). @throws WireError `range` */
export function ucarpMac(vhid: number): MacAddress {
  return (UCARP_MAC_PREFIX + requireInteger(vhid, 1, 255, 'CARP vhid')) as MacAddress;
}

/**
 * The group MAC that OpenBSD's `balancing ip` answers ARP with, 01:00:5e:00:01:VHID of the first carpnode (carp(4)).
 *
 * @throws WireError `range`
 */
export function carpGroupMac(vhid: number): MacAddress {
  return (CARP_GROUP_MAC_PREFIX + requireInteger(vhid, 1, 255, 'CARP vhid')) as MacAddress;
}

/** Bytes of an advertisement: always {@link CARP_LENGTH}. */
export function carpLength(_advert: CarpAdvertisement): number {
  return CARP_LENGTH;
}

/** Writes an advertisement at an index; the caller has made sure of {@link CARP_LENGTH} bytes. Returns the index after. */
export function writeCarp(advert: CarpAdvertisement, bytes: Uint8Array, at: number): number {
  bytes[at] = (CARP_VERSION << 4) | CARP_ADVERTISEMENT;
  bytes[at + 1] = advert.vhid;
  bytes[at + 2] = advert.advskew;
  bytes[at + 3] = CARP_AUTH_LENGTH;
  bytes[at + 4] = advert.demotion;
  bytes[at + 5] = advert.advbase;
  putU16(bytes, at + 6, 0);
  putU32(bytes, at + COUNTER_AT, advert.counterHigh);
  putU32(bytes, at + COUNTER_AT + 4, advert.counterLow);
  bytes.set(advert.digest, at + DIGEST_AT);
  const end = at + CARP_LENGTH;
  putU16(bytes, at + 6, finishChecksum(addWords(bytes, at, end, 0)));
  return end;
}

/** An advertisement as bytes. Its checksum covers no pseudo header, so they are the same over both families. */
export function emitCarp(advert: CarpAdvertisement): Uint8Array {
  const bytes = new Uint8Array(CARP_LENGTH);
  writeCarp(advert, bytes, 0);
  return bytes;
}

/** The fields of a message to protocol 112, read as CARP's, right or wrong; see {@link inspectCarp}. */
export interface CarpInspection {
  /** 0..15. */
  readonly version: number;
  /** 0..15; nobody looks at it. */
  readonly type: number;
  readonly vhid: number;
  readonly advskew: number;
  /** 7 in CARP, the count of addresses in VRRP; nobody looks at it. */
  readonly authLength: number;
  readonly demotion: number;
  readonly advbase: number;
  readonly counterHigh: number;
  readonly counterLow: number;
  /** 20 bytes. */
  readonly digest: Uint8Array;
  /** Bytes that are there. */
  readonly length: number;
  /** Whether the first 36 bytes sum up right, all that OpenBSD and FreeBSD before VRRPv3 look at. */
  readonly checksumOfHeader: boolean;
  /** Whether all bytes sum up right. */
  readonly checksumOfWhole: boolean;
}

/**
 * Reads a message to protocol 112 as CARP without judging it, for a receiver that makes its checks in an order of its
 * own (ip_carp.c `carp_proto_input_c`, `carp_input_c`; ucarp carp.c `packethandler`). It may be VRRP.
 *
 * @throws WireError `truncated` if not even 36 bytes are there
 */
export function inspectCarp(bytes: Uint8Array, start = 0, end = bytes.length): CarpInspection {
  const at = Math.max(0, start);
  const stop = Math.min(end, bytes.length);
  const length = stop - at;
  if (length < CARP_LENGTH) {
    throw new WireError('truncated', `a CARP message has ${CARP_LENGTH} bytes, not ${length}`);
  }
  return {
    version: byteAt(bytes, at) >> 4,
    type: byteAt(bytes, at) & 0x0f,
    vhid: byteAt(bytes, at + 1),
    advskew: byteAt(bytes, at + 2),
    authLength: byteAt(bytes, at + 3),
    demotion: byteAt(bytes, at + 4),
    advbase: byteAt(bytes, at + 5),
    counterHigh: u32At(bytes, at + COUNTER_AT),
    counterLow: u32At(bytes, at + COUNTER_AT + 4),
    digest: bytes.slice(at + DIGEST_AT, at + CARP_LENGTH),
    length,
    checksumOfHeader: isIntact(addWords(bytes, at, at + CARP_LENGTH, 0)),
    checksumOfWhole: isIntact(addWords(bytes, at, stop, 0)),
  };
}

/**
 * Whether bytes to protocol 112 are CARP rather than VRRP. Both may begin with 0x21; where VRRP counts addresses CARP
 * has `carp_authlen`, always 7, in 36 bytes, which no VRRPv2 message with 7 addresses has.
 */
export function isCarp(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === CARP_LENGTH &&
    byteAt(bytes, start) >> 4 === CARP_VERSION &&
    byteAt(bytes, start + 3) === CARP_AUTH_LENGTH
  );
}

/**
 * Reads a CARP advertisement and accepts nothing that could not have been constructed. The digest is for the receiver
 * to judge.
 *
 * @throws WireError `truncated`, `unsupported` (version, type, words of authentication, or bytes after it, which the
 *   kernels let pass), `malformed` (vhid) or `checksum`
 */
export function parseCarp(bytes: Uint8Array, start = 0, end = bytes.length): CarpAdvertisement {
  const seen = inspectCarp(bytes, start, end);
  if (seen.version !== CARP_VERSION) throw new WireError('unsupported', `CARP version ${seen.version}`);
  if (seen.type !== CARP_ADVERTISEMENT) throw new WireError('unsupported', `CARP type ${seen.type}`);
  if (seen.authLength !== CARP_AUTH_LENGTH) {
    throw new WireError('unsupported', `CARP message with ${seen.authLength} words of authentication`);
  }
  if (seen.length !== CARP_LENGTH) throw new WireError('unsupported', `CARP message of ${seen.length} bytes`);
  if (seen.vhid === 0) throw new WireError('malformed', 'CARP message with vhid 0');
  if (!seen.checksumOfHeader) throw new WireError('checksum', 'CARP checksum is wrong');
  const { vhid, advskew, advbase, demotion, counterHigh, counterLow, digest } = seen;
  return { kind: 'carp', vhid, advskew, advbase, demotion, counterHigh, counterLow, digest };
}

/** One line for people: `CARP advert vhid 1 advbase 1 advskew 100`, and `demote 1` of a sender that is demoted. */
export function describeCarp(advert: CarpAdvertisement): string {
  const demotion = advert.demotion > 0 ? ` demote ${advert.demotion}` : '';
  return `CARP advert vhid ${advert.vhid} advbase ${advert.advbase} advskew ${advert.advskew}${demotion}`;
}
