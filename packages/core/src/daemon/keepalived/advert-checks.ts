import {
  formatIp,
  IP_PROTOCOL_VRRP,
  type IpAddress,
  type IpPacket,
  inspectVrrp,
  ipPayloadBytes,
  isMulticast,
  isMulticastIpv6,
  VRRP_AUTH_TYPES,
  type VrrpAdvertisement,
  vrrpPassword,
  WireError,
} from '../../wire/index.js';
import type { VrrpInstanceConfig } from './configuration/keepalived-config.js';
import * as line from './log-lines.js';

/** Why an advert does not count, in a few words for the trace. */
export type Rejection =
  | 'authentication-header'
  | 'length'
  | 'ttl'
  | 'version'
  | 'auth-type'
  | 'password'
  | 'interval'
  | 'type'
  | 'address-count'
  | 'checksum'
  | 'multicast-or-unicast'
  | 'addresses'
  | 'unknown-peer'
  | 'peer-ttl';

/** The fields of an advert as they arrived, before anybody judged them. */
export interface ReceivedAdvert {
  readonly version: number;
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** In the unit of its version: seconds or centiseconds. */
  readonly interval: number;
  readonly addressCount: number;
  readonly addresses: readonly IpAddress[];
  readonly authType: number;
  readonly authData: Uint8Array;
  /** Bytes of the message, and those that its fields ask for. */
  readonly length: number;
  readonly expectedLength: number;
  /** What of the checksum holds: with the pseudo header, or of the message alone. */
  readonly checksum: { readonly ofMessage: boolean; readonly withPseudoHeader: boolean };
}

/** What of an instance's configuration the checks look at. */
export type CheckConfig = Pick<
  VrrpInstanceConfig,
  | 'name'
  | 'virtualRouterId'
  | 'version'
  | 'advertIntervalUs'
  | 'authentication'
  | 'unicast'
  | 'unicastPeers'
  | 'virtualAddresses'
  | 'checkUnicastSource'
  | 'skipCheckAdvertAddress'
>;

/** What was found: null where the advert counts. `log` is keepalived's line, made only when asked for. */
export interface CheckFailure {
  readonly reason: Rejection;
  readonly log: () => string;
}

const MICROSECONDS_PER_SECOND = 1_000_000;
/** Bytes that the fields of a header without addresses take (RFC 5798 §5.1). */
const HEADER_LENGTH = 8;
const AUTH_DATA_LENGTH = 8;
/** RFC 5798 §5.1.1.3. */
const TTL = 255;
const ADVERTISEMENT = 1;

const MESSAGE_SUM = { ofMessage: true, withPseudoHeader: false };
const PSEUDO_HEADER_SUM = { ofMessage: false, withPseudoHeader: true };

/**
 * The advert in an IP packet, however broken it is. CARP is read as VRRP too: its advskew as priority, its seven words
 * of authentication as seven addresses, for which it is too short.
 *
 * @returns undefined where there is not even a header: keepalived does not look any further. Nor does it ever see CARP
 *   over IPv6, which sums up no pseudo header: its socket has `IPV6_CHECKSUM` set (`if_setsockopt_ipv6_checksum`), so
 *   the kernel drops that (Linux `rawv6_rcv`).
 */
export function advertOf(packet: IpPacket): ReceivedAdvert | undefined {
  const { payload } = packet;
  if (payload.kind === 'vrrp') return wellFormed(payload);
  if (packet.protocol !== IP_PROTOCOL_VRRP) return undefined;
  try {
    const seen = inspectVrrp(ipPayloadBytes(packet), packet.source, packet.destination);
    const isCarp = payload.kind === 'carp';
    if (isCarp && packet.kind === 'ipv6' && !seen.checksumWithPseudoHeader) return undefined;
    const checksum = { ofMessage: seen.checksumOfMessage, withPseudoHeader: seen.checksumWithPseudoHeader };
    // Where VRRP has its authentication type CARP has a demotion count; there is never an authentication header.
    const authType = isCarp ? VRRP_AUTH_TYPES.none : seen.authType;
    return { ...seen, authType, checksum };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function wellFormed(advert: VrrpAdvertisement): ReceivedAdvert {
  const { version, addresses } = advert;
  const length = HEADER_LENGTH + bytesOf(addresses) + (version === 2 ? AUTH_DATA_LENGTH : 0);
  return {
    version,
    type: ADVERTISEMENT,
    virtualRouterId: advert.virtualRouterId,
    priority: advert.priority,
    interval: advert.interval,
    addressCount: addresses.length,
    addresses,
    authType: advert.authType,
    authData: advert.authData,
    length,
    expectedLength: length,
    checksum: advert.checksumCovers === 'message' ? MESSAGE_SUM : PSEUDO_HEADER_SUM,
  };
}

/**
 * Whether the address list is looked at: always by a master; by a backup too, unless `skip_check_adv_addr`, and then
 * only where the sender is not the one of the last advert (keepalived `vrrp_state_backup`).
 */
export function addressCheckApplies(
  config: Pick<CheckConfig, 'skipCheckAdvertAddress'>,
  isMaster: boolean,
  source: IpAddress,
  lastMaster: IpAddress | null,
): boolean {
  return isMaster || !config.skipCheckAdvertAddress || source !== lastMaster;
}

/**
 * The checks of keepalived 2.2.7 `vrrp_check_packet`, in its order; RFC 5798 §7.1 has the same but for the address
 * list, which it leaves to the implementer.
 *
 * @param checksAddresses - see {@link addressCheckApplies}
 * @returns null if the advert counts
 */
export function checkAdvert(
  advert: ReceivedAdvert,
  packet: IpPacket,
  config: CheckConfig,
  checksAddresses: boolean,
): CheckFailure | null {
  return checkHeaders(advert, packet, config) ?? checkContent(advert, packet, config, checksAddresses);
}

function checkHeaders(advert: ReceivedAdvert, packet: IpPacket, config: CheckConfig): CheckFailure | null {
  const { name } = config;
  const { version, authType } = advert;
  const expectsAh = config.authentication.type === 'AH';
  // The authentication header itself is not modelled; the type field says whether there is one.
  if ((authType === VRRP_AUTH_TYPES.ah) !== expectsAh) {
    return { reason: 'authentication-header', log: () => line.authMissing(name, expectsAh) };
  }
  if (advert.length !== advert.expectedLength) {
    // A raw socket of IPv6 hands over no header (RFC 3542 §3).
    const ipHeader = packet.kind === 'ipv4' ? 20 : 0;
    const found = advert.length + ipHeader;
    const expected = advert.expectedLength + ipHeader;
    return { reason: 'length', log: () => line.wrongLength(name, found, expected) };
  }
  const ttl = hopsOf(packet);
  if (!config.unicast && ttl !== TTL) return { reason: 'ttl', log: () => line.wrongTtl(name, ttl) };
  if (version !== config.version) {
    return { reason: 'version', log: () => line.wrongVersion(name, version, config.version) };
  }
  return version === 2 ? checkVersion2(advert, config) : null;
}

function checkVersion2(advert: ReceivedAdvert, config: CheckConfig): CheckFailure | null {
  const { name, authentication } = config;
  const { authType } = advert;
  const own =
    VRRP_AUTH_TYPES[authentication.type === 'PASS' ? 'pass' : authentication.type === 'AH' ? 'ah' : 'none'];
  if (authType > VRRP_AUTH_TYPES.ah)
    return { reason: 'auth-type', log: () => line.invalidAuthType(name, authType) };
  if (authType !== own) return { reason: 'auth-type', log: () => line.otherAuthType(name, authType, own) };
  if (authentication.type === 'PASS' && !sameBytes(advert.authData, vrrpPassword(authentication.password))) {
    return { reason: 'password', log: () => line.wrongPassword(name) };
  }
  if (advert.interval * MICROSECONDS_PER_SECOND !== config.advertIntervalUs) {
    const own2 = Math.floor(config.advertIntervalUs / MICROSECONDS_PER_SECOND);
    return { reason: 'interval', log: () => line.otherInterval(name, own2, advert.interval) };
  }
  return null;
}

function checkContent(
  advert: ReceivedAdvert,
  packet: IpPacket,
  config: CheckConfig,
  checksAddresses: boolean,
): CheckFailure | null {
  const { name, virtualAddresses } = config;
  if (advert.type !== ADVERTISEMENT) return { reason: 'type', log: () => line.wrongType(name, advert.type) };
  if (checksAddresses && advert.addressCount !== virtualAddresses.length) {
    return {
      reason: 'address-count',
      log: () => line.otherCount(name, advert.addressCount, virtualAddresses.length),
    };
  }
  const isIntact = config.version === 3 ? advert.checksum.withPseudoHeader : advert.checksum.ofMessage;
  if (!isIntact) return { reason: 'checksum', log: () => line.wrongChecksum(name, config.version) };
  if (isGroup(packet.destination) === config.unicast) {
    return { reason: 'multicast-or-unicast', log: () => line.otherCast(name, config.unicast) };
  }
  if (!checksAddresses) return null;
  for (const { address } of virtualAddresses) {
    if (advert.addresses.includes(address.address)) continue;
    const missing = formatIp(address.address);
    return { reason: 'addresses', log: () => line.missingAddress(name, config.virtualRouterId, missing) };
  }
  return config.unicast && config.checkUnicastSource ? checkPeer(packet, config) : null;
}

function checkPeer(packet: IpPacket, config: CheckConfig): CheckFailure | null {
  const { name } = config;
  const { source } = packet;
  const ttl = hopsOf(packet);
  const peer = config.unicastPeers.find(({ address }) => address.address === source);
  if (peer === undefined)
    return { reason: 'unknown-peer', log: () => line.unknownPeer(name, formatIp(source)) };
  if (ttl < peer.minTtl || ttl > peer.maxTtl) {
    return { reason: 'peer-ttl', log: () => line.peerTtl(name, ttl, peer.minTtl, peer.maxTtl) };
  }
  return null;
}

/** Time to live, or hop limit. */
const hopsOf = (packet: IpPacket): number => (packet.kind === 'ipv4' ? packet.ttl : packet.hopLimit);

const isGroup = (address: IpAddress): boolean =>
  typeof address === 'number' ? isMulticast(address) : isMulticastIpv6(address);

/** How many bytes addresses take: those of one advert are of one family. */
const bytesOf = (addresses: readonly IpAddress[]): number =>
  addresses.length * (typeof addresses[0] === 'string' ? 16 : 4);

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
