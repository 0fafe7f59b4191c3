import type { CarpRejection } from '../../trace/events.js';
import {
  CARP_LENGTH,
  type CarpAdvertisement,
  HOP_LIMIT_ON_LINK,
  type Ipv4Packet,
  inspectCarp,
  ipPayloadBytes,
  isSameDigest,
} from '../../wire/index.js';
import * as line from './log-lines.js';
import type { UcarpConfig } from './ucarp-config.js';

/** What a packet turned out to be. */
export type ReceivedAdvert =
  | { readonly kind: 'advert'; readonly advert: CarpAdvertisement }
  /** Somebody else's: no counter, and no line without `--debug`. */
  | { readonly kind: 'foreign' }
  | {
      readonly kind: 'rejected';
      readonly reason: CarpRejection;
      readonly vhid: number;
      /** Null: only `--debug` shows it. */
      readonly line: string | null;
    };

const CARP_VERSION = 2; // ip_carp.h

const rejected = (reason: CarpRejection, vhid: number, text: string | null): ReceivedAdvert => ({
  kind: 'rejected',
  reason,
  vhid,
  line: text,
});

/**
 * The checks of carp.c `packethandler`, in its order: size, TTL, version, vhid, group, checksum, digest. What comes is
 * everything of protocol 112, VRRP included.
 *
 * @param digestOf - the digest that an advert of this vhid has with a counter
 */
export function checkPacket(
  packet: Ipv4Packet,
  config: Pick<UcarpConfig, 'vhid' | 'multicastGroup'>,
  digestOf: (counterHigh: number, counterLow: number) => Uint8Array,
): ReceivedAdvert {
  const { payload, ttl } = packet;
  const bytes = payload.kind === 'carp' ? null : ipPayloadBytes(packet);
  if (bytes !== null && bytes.length < CARP_LENGTH) return rejected('badlen', bytes[1] ?? 0, null);
  // What is constructed is in order: version and checksum of anything else are looked at.
  const seen = bytes === null ? null : inspectCarp(bytes);
  const advert: CarpAdvertisement =
    payload.kind === 'carp' ? payload : { kind: 'carp', ...(seen as Omit<CarpAdvertisement, 'kind'>) };
  const { vhid, counterHigh, counterLow, digest } = advert;
  if (ttl !== HOP_LIMIT_ON_LINK) return rejected('badttl', vhid, line.badTtl(ttl));
  if (seen !== null && seen.version !== CARP_VERSION)
    return rejected('badver', vhid, line.badVersion(seen.version));
  if (vhid !== config.vhid || packet.destination !== config.multicastGroup) return { kind: 'foreign' };
  if (seen !== null && !seen.checksumOfHeader) return rejected('badsum', vhid, line.BAD_CHECKSUM);
  const own = digestOf(counterHigh, counterLow);
  return isSameDigest(own, digest)
    ? { kind: 'advert', advert }
    : rejected('badauth', vhid, line.badDigest(own, digest));
}
