import { sha1 } from '@noble/hashes/legacy.js';
import type { IpAddress, Ipv4Address, MacAddress } from '../../wire/index.js';
import { encodeUtf8 } from '../../wire/utf8.js';
import type { Sharing } from './balancing.js';

/**
 * Which of the carp interfaces with an address answers a requester (FreeBSD to 9.x, `carp_iamatch` with
 * `net.inet.carp.arpbalance`): the requester's address by their number. The kernel takes the four bytes as they lie in
 * memory, so on a little-endian machine the first octet is the lowest one: of a power of two nothing else is left, and
 * all hosts of a subnet get one answer.
 */
export function rawAddressIndex(requester: Ipv4Address, count: number): number {
  const swapped =
    ((requester & 0xff) << 24) |
    ((requester & 0xff00) << 8) |
    ((requester >>> 8) & 0xff00) |
    (requester >>> 24);
  return (swapped >>> 0) % count;
}

/** A carp interface, as far as those beside it must know. */
interface CarpSibling {
  /** IFF_UP and IFF_RUNNING. */
  readonly mayRun: boolean;
  readonly addresses: readonly { readonly address: IpAddress }[];
}

/** One of the carp interfaces of a FreeBSD 9 NIC that share addresses (`net.inet.carp.arpbalance`). */
export class ArpBalanced implements Sharing {
  /**
   * @param own the interface itself, one of `siblings`
   * @param mac of it
   * @param siblings all of its NIC, in order of vhid (`vhif_vrs`)
   */
  constructor(
    private readonly own: CarpSibling,
    private readonly mac: MacAddress,
    private readonly siblings: readonly CarpSibling[],
  ) {}

  takesFrame(destination: MacAddress): boolean {
    return destination === this.mac;
  }

  takesFlow(): boolean {
    return true;
  }

  /** It is asked only while its interface is up, which is while it is MASTER. */
  answerTo(_requester: MacAddress | null, requesterIp: IpAddress, target: IpAddress): MacAddress | null {
    // Only ARP is balanced (carp_iamatch6 has no such choice).
    if (typeof requesterIp !== 'number') return this.mac;
    const running = this.siblings.filter(
      ({ mayRun, addresses }) => mayRun && addresses.some(({ address }) => address === target),
    );
    const chosen = running[rawAddressIndex(requesterIp, running.length)];
    return chosen === this.own ? this.mac : null;
  }
}

/** Bytes of a block of SHA-1. */
const BLOCK = 64;
/** What the inner hash of an HMAC is begun with (RFC 2104 §2). */
const IPAD = 0x36;
/** Bytes of the key that are used (CARP_KEY_LEN), the last of them zero: strlcpy ends it. */
const KEY_LENGTH = 20;
/** Version and type of an advertisement, the first bytes that are hashed. */
const VERSION = 2;
const TYPE = 1;

/** A password as the kernel keeps it. */
function keyOf(password: string): Uint8Array {
  const key = new Uint8Array(KEY_LENGTH);
  key.set(encodeUtf8(password).subarray(0, KEY_LENGTH - 1));
  return key;
}

/**
 * The key of the hash of requesters (OpenBSD `carp_hmac_prepare_ctx`, `sc_hashkey`): of the state in which the HMAC has
 * read its pad, version and type.
 */
export function balancingKey(password: string): readonly [number, number] {
  const key = keyOf(password);
  const block = new Uint8Array(BLOCK + 2).fill(IPAD, 0, BLOCK);
  for (const [index, byte] of key.entries()) block[index] = byte ^ IPAD;
  block[BLOCK] = VERSION;
  block[BLOCK + 1] = TYPE;
  const digest = sha1(block);
  const words = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  // As they lie in memory, on a little-endian machine.
  const word = (index: number): number => words.getUint32(index * 4, true);
  return [(word(0) ^ word(1)) >>> 0, (word(2) ^ word(3)) >>> 0];
}

/** The golden ratio, with which Jenkins' hash begins. */
const GOLDEN_RATIO = 0x9e37_79b9;

/** One round of Jenkins' mix of 96 bits (ip_carp.c `mix`); the last of the three words. */
export function jenkinsMix(first: number, second: number, third: number): number {
  let a = first | 0;
  let b = second | 0;
  let c = third | 0;
  a = (a - b - c) ^ (c >>> 13);
  b = (b - c - a) ^ (a << 8);
  c = (c - a - b) ^ (b >>> 13);
  a = (a - b - c) ^ (c >>> 12);
  b = (b - c - a) ^ (a << 16);
  c = (c - a - b) ^ (b >>> 5);
  a = (a - b - c) ^ (c >>> 3);
  b = (b - c - a) ^ (a << 10);
  c = (c - a - b) ^ (b >>> 15);
  return c >>> 0;
}

/** What `carp_hash` makes of a requester's MAC. */
export function requesterHash(requester: MacAddress, password: string): number {
  const octet = (index: number): number => Math.floor(requester / 2 ** (8 * (5 - index))) & 0xff;
  const [first, second] = balancingKey(password);
  const key = keyOf(password);
  const lowest = new DataView(key.buffer).getUint32(0, true);
  return jenkinsMix(
    GOLDEN_RATIO + octet(0) + octet(1) * 2 ** 8 + octet(2) * 2 ** 16 + octet(3) * 2 ** 24,
    first + octet(4) + octet(5) * 2 ** 8,
    second + lowest,
  );
}

/** Which virtual host answers a requester with `balancing arp` (OpenBSD 2007 to 2015, `carp_hash`). */
export const jenkinsIndex = (requester: MacAddress, password: string, count: number): number =>
  requesterHash(requester, password) % count;
