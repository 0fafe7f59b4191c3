import type { CarpRejection } from '../../trace/events.js';
import {
  CARP_LENGTH,
  type CarpAdvertisement,
  type CarpInspection,
  HOP_LIMIT_ON_LINK,
  type IpPacket,
  inspectCarp,
  inspectVrrp,
  ipPayloadBytes,
  isMulticast,
  isMulticastIpv6,
  isSameDigest,
  NO_BYTES,
  type VrrpAdvertisement,
} from '../../wire/index.js';
import type { Interface } from '../interface.js';
import type { Carp } from './carp.js';
import { isOpenBsd } from './carp-config.js';
import type { CarpMachine } from './carp-machine.js';
import type { Family } from './carp-speech.js';

/** What came of the checks: for whom an advert is, or why it is dropped. */
export type Judgement =
  | { readonly machine: CarpMachine; readonly payload: CarpAdvertisement | VrrpAdvertisement }
  | { readonly rejected: CarpRejection; readonly vhid: number; readonly machine: CarpMachine | null };

const VERSION_CARP = 2;
const VERSION_VRRP = 3;

/** What the checks look at. */
type Seen = Pick<
  CarpInspection,
  | 'version'
  | 'vhid'
  | 'advbase'
  | 'advskew'
  | 'demotion'
  | 'counterHigh'
  | 'counterLow'
  | 'digest'
  | 'checksumOfHeader'
  | 'checksumOfWhole'
>;

const INTACT = { version: VERSION_CARP, checksumOfHeader: true, checksumOfWhole: true } as const;

/**
 * The checks of a received packet of protocol 112, in each kernel's order; the first that fails drops it (OpenBSD
 * `carp_proto_input_if` and `carp_proto_input_c`, FreeBSD `carp_input` and `carp_input_c`).
 */
export function judge(carp: Carp, packet: IpPacket, face: Interface): Judgement {
  // What came in as a representation is well-formed, and needs no bytes.
  const known = packet.payload.kind === 'carp' ? packet.payload : null;
  const bytes = known === null ? ipPayloadBytes(packet) : NO_BYTES;
  const reject = (
    rejected: CarpRejection,
    vhid = known?.vhid ?? bytes[1] ?? 0,
    machine: CarpMachine | null = null,
  ): Judgement => ({
    rejected,
    vhid,
    machine,
  });
  if (!carp.state.allow) return reject('disallowed');
  const version = known === null ? (bytes[0] ?? 0) >> 4 : VERSION_CARP;
  const knowsVrrp = carp.system === 'freebsd';
  const ttl = packet.kind === 'ipv4' ? packet.ttl : packet.hopLimit;
  if (!knowsVrrp && ttl !== HOP_LIMIT_ON_LINK) return reject('badttl');
  if (knowsVrrp && known === null && bytes.length < VRRP_HEADER_LENGTH) return reject('badlen');
  if (knowsVrrp && version === VERSION_VRRP) return judgeVrrp(carp, packet, face, bytes, reject);
  if (knowsVrrp && version !== VERSION_CARP) return reject('badver');
  if (known === null && bytes.length < CARP_LENGTH) return reject('badlen');
  const seen: Seen = known === null ? inspectCarp(bytes) : { ...known, ...INTACT };
  if (!(knowsVrrp ? seen.checksumOfWhole : seen.checksumOfHeader)) return reject('badsum', seen.vhid);
  const machine = find(carp, packet, face, seen.vhid);
  if (machine === null) return reject('badvhid', seen.vhid);
  if (seen.version !== VERSION_CARP || machine.config.vrrp !== null)
    return reject('badver', seen.vhid, machine);
  // ip_carp.c of FreeBSD 15 tests a network-order word for multicast: over IPv4 the TTL is not looked at.
  if (knowsVrrp && packet.kind === 'ipv6' && machine.config.peerIpv6 === null && ttl !== HOP_LIMIT_ON_LINK)
    return reject('badttl', seen.vhid, machine);
  if (!isAuthentic(machine, seen)) return reject('badauth', seen.vhid, machine);
  if (isOpenBsd(carp.system) && isOwn(machine, seen)) return reject('loop', seen.vhid, machine);
  const { vhid, advbase, advskew, demotion, counterHigh, counterLow, digest } = seen;
  const payload =
    known ?? ({ kind: 'carp', vhid, advskew, advbase, demotion, counterHigh, counterLow, digest } as const);
  return { machine, payload };
}

/** FreeBSD `vrrp_input_c`: the vhid and its version, the TTL, and only then the checksum. */
function judgeVrrp(
  carp: Carp,
  packet: IpPacket,
  face: Interface,
  bytes: Uint8Array,
  reject: (rejected: CarpRejection, vhid?: number, machine?: CarpMachine | null) => Judgement,
): Judgement {
  const { payload } = packet;
  const seen = inspectVrrp(bytes, packet.source, packet.destination);
  const machine = find(carp, packet, face, seen.virtualRouterId);
  if (machine === null) return reject('badvhid');
  const vhid = seen.virtualRouterId;
  if (machine.config.vrrp === null) return reject('badver', vhid, machine);
  const ttl = packet.kind === 'ipv4' ? packet.ttl : packet.hopLimit;
  if (ttl !== HOP_LIMIT_ON_LINK) return reject('badttl', vhid, machine);
  // What is no VRRP message of ours has no checksum that is right either.
  if (!seen.checksumWithPseudoHeader || payload.kind !== 'vrrp') return reject('badsum', vhid, machine);
  return { machine, payload };
}

/** RFC 5798 §5.1. */
const VRRP_HEADER_LENGTH = 8;

/** The virtual host of a vhid on the interface, if it takes part and is spoken to in the way it speaks. */
function find(carp: Carp, packet: IpPacket, face: Interface, vhid: number): CarpMachine | null {
  const isGroup =
    packet.kind === 'ipv4' ? isMulticast(packet.destination) : isMulticastIpv6(packet.destination);
  const family: Family = packet.kind === 'ipv4' ? 'inet' : 'inet6';
  for (const iface of carp.interfaces) {
    if (iface.parent !== face) continue;
    const machine = iface.machines.find((candidate) => candidate.vhid === vhid);
    if (machine === undefined) continue;
    if (isOpenBsd(carp.system)) {
      const speaksToGroup = (packet.kind === 'ipv4' ? iface.config.peer : iface.config.peerIpv6) === null;
      return iface.mayRun && speaksToGroup === isGroup ? machine : null;
    }
    if (carp.system === 'freebsd-9') return iface.mayRun ? machine : null;
    // ifa->ifa_carp of an address of this family.
    return iface.hasAddresses(family) ? machine : null;
  }
  return null;
}

function isAuthentic(machine: CarpMachine, { counterHigh, counterLow, digest }: Seen): boolean {
  const { iface } = machine;
  const fits = (withLinkLocal: boolean): boolean =>
    isSameDigest(iface.digests.of(machine, counterHigh, counterLow, withLinkLocal), digest);
  // OpenBSD tries the digest without link-local addresses, then the one with them (`carp_hmac_verify`).
  return fits(false) || (isOpenBsd(iface.system) && iface.hasLinkLocal && fits(true));
}

/** Its own advert has come back (OpenBSD: the replay cookie is its own). */
function isOwn(machine: CarpMachine, { counterHigh, counterLow }: Seen): boolean {
  return counterHigh === machine.cookie.high && counterLow === machine.cookie.low;
}
