import { formatMac, type MacAddress, macAddress } from './address.js';
import { byteAt, macAt, putMac, putU16, requireInteger, u16At } from './bytes.js';

/** Where bridges send BPDUs to: 01:80:c2:00:00:00, which no bridge passes on (IEEE 802.1D §7.12.3). */
export const BRIDGE_GROUP_MAC: MacAddress = macAddress(0x0180_c200_0000);

/** DSAP and SSAP of spanning tree and "unnumbered information" (IEEE 802.1D §7.12.3, IEEE 802.2). */
const LLC_HEADER = [0x42, 0x42, 0x03] as const;
const LLC_LENGTH = 3;
// Lengths without LLC: IEEE 802.1D-2004 §9.3.1 to §9.3.3.
const CONFIG_LENGTH = 35;
const TCN_LENGTH = 4;
const RST_LENGTH = 36;
// Version and type: IEEE 802.1D-2004 §9.3.1 to §9.3.3.
const VERSION_STP = 0;
const VERSION_RSTP = 2;
const TYPE_CONFIG = 0x00;
const TYPE_RST = 0x02;
const TYPE_TCN = 0x80;
// Flags: IEEE 802.1D-2004 §9.3.3.
const TOPOLOGY_CHANGE = 0x01;
const PROPOSAL = 0x02;
const ROLE_SHIFT = 2;
const ROLE_MASK = 0x03;
const LEARNING = 0x10;
const FORWARDING = 0x20;
const AGREEMENT = 0x40;
const TOPOLOGY_CHANGE_ACK = 0x80;
/** The sender's port role, by its code (IEEE 802.1D-2004 §9.2.9). */
const ROLES = ['unknown', 'alternate', 'root', 'designated'] as const;

/** The role that a port says it has; `alternate` stands for backup too. */
export type BpduRole = (typeof ROLES)[number];

/** A bridge: 16 bits of priority (4 of them settable, 12 a VLAN or 0) and a MAC address (IEEE 802.1D-2004 §9.2.5). */
export interface BridgeId {
  /** 0..65535; the lower, the rather root. */
  readonly priority: number;
  readonly mac: MacAddress;
}

/** What a configuration BPDU and a rapid one have in common. */
export interface BpduVector {
  readonly root: BridgeId;
  /** Path cost from the sender to the root, 0..2^32-1. */
  readonly rootPathCost: number;
  readonly bridge: BridgeId;
  /** Priority and number of the sending port, 16 bits. */
  readonly portId: number;
  /** In 1/256 s, as are all times here (IEEE 802.1D-2004 §9.2.8). */
  readonly messageAge: number;
  readonly maxAge: number;
  readonly helloTime: number;
  readonly forwardDelay: number;
}

/** A configuration BPDU of 802.1D: who is root, and how far the sender is from it. */
export interface ConfigBpdu extends BpduVector {
  readonly kind: 'bpdu';
  readonly message: 'config';
  readonly topologyChange: boolean;
  readonly topologyChangeAck: boolean;
}

/** A topology change notification of 802.1D: something towards the leaves has moved. */
export interface TcnBpdu {
  readonly kind: 'bpdu';
  readonly message: 'tcn';
}

/** A rapid spanning tree BPDU: a configuration with the sender's role and state, proposals and agreements. */
export interface RstBpdu extends BpduVector {
  readonly kind: 'bpdu';
  readonly message: 'rst';
  readonly topologyChange: boolean;
  readonly proposal: boolean;
  readonly role: BpduRole;
  readonly learning: boolean;
  readonly forwarding: boolean;
  readonly agreement: boolean;
}

/** What bridges tell each other to find a tree. */
export type Bpdu = ConfigBpdu | TcnBpdu | RstBpdu;

/** A topology change notification; there is only one. */
export const TCN_BPDU: TcnBpdu = { kind: 'bpdu', message: 'tcn' };

function requireVector(vector: BpduVector): void {
  for (const { priority } of [vector.root, vector.bridge])
    requireInteger(priority, 0, 0xffff, 'bridge priority');
  requireInteger(vector.rootPathCost, 0, 0xffff_ffff, 'root path cost');
  requireInteger(vector.portId, 0, 0xffff, 'port identifier');
  for (const time of [vector.messageAge, vector.maxAge, vector.helloTime, vector.forwardDelay])
    requireInteger(time, 0, 0xffff, 'BPDU time');
}

/** A configuration BPDU. @throws WireError `range` */
export function configBpdu(
  vector: BpduVector,
  flags: { readonly topologyChange?: boolean; readonly topologyChangeAck?: boolean } = {},
): ConfigBpdu {
  requireVector(vector);
  const { topologyChange = false, topologyChangeAck = false } = flags;
  return { kind: 'bpdu', message: 'config', ...vector, topologyChange, topologyChangeAck };
}

/** What an RST BPDU says beside its vector; flags that are left out are not set. */
export interface RstFlags {
  readonly role: BpduRole;
  readonly topologyChange?: boolean;
  readonly proposal?: boolean;
  readonly learning?: boolean;
  readonly forwarding?: boolean;
  readonly agreement?: boolean;
}

/** A rapid spanning tree BPDU. @throws WireError `range` */
export function rstBpdu(vector: BpduVector, flags: RstFlags): RstBpdu {
  requireVector(vector);
  const { role, topologyChange = false, proposal = false, learning = false } = flags;
  const { forwarding = false, agreement = false } = flags;
  return {
    kind: 'bpdu',
    message: 'rst',
    ...vector,
    topologyChange,
    proposal,
    role,
    learning,
    forwarding,
    agreement,
  };
}

/** Bytes of a BPDU with its LLC header. */
export function bpduLength(bpdu: Bpdu): number {
  switch (bpdu.message) {
    case 'config':
      return LLC_LENGTH + CONFIG_LENGTH;
    case 'tcn':
      return LLC_LENGTH + TCN_LENGTH;
    case 'rst':
      return LLC_LENGTH + RST_LENGTH;
  }
}

function writeBridge({ priority, mac }: BridgeId, bytes: Uint8Array, at: number): void {
  putU16(bytes, at, priority);
  putMac(bytes, at + 2, mac);
}

function rstFlags(bpdu: RstBpdu): number {
  return (
    (bpdu.topologyChange ? TOPOLOGY_CHANGE : 0) |
    (bpdu.proposal ? PROPOSAL : 0) |
    (ROLES.indexOf(bpdu.role) << ROLE_SHIFT) |
    (bpdu.learning ? LEARNING : 0) |
    (bpdu.forwarding ? FORWARDING : 0) |
    (bpdu.agreement ? AGREEMENT : 0)
  );
}

/** Writes LLC header and BPDU at an index; the caller has made sure of the room. Returns the index after it. */
export function writeBpdu(bpdu: Bpdu, bytes: Uint8Array, at: number): number {
  bytes.set(LLC_HEADER, at);
  const start = at + LLC_LENGTH;
  putU16(bytes, start, 0); // protocol identifier: IEEE 802.1D-2004 §9.2.1
  if (bpdu.message === 'tcn') {
    bytes[start + 2] = VERSION_STP;
    bytes[start + 3] = TYPE_TCN;
    return start + TCN_LENGTH;
  }
  const isRapid = bpdu.message === 'rst';
  bytes[start + 2] = isRapid ? VERSION_RSTP : VERSION_STP;
  bytes[start + 3] = isRapid ? TYPE_RST : TYPE_CONFIG;
  bytes[start + 4] = isRapid
    ? rstFlags(bpdu)
    : (bpdu.topologyChange ? TOPOLOGY_CHANGE : 0) | (bpdu.topologyChangeAck ? TOPOLOGY_CHANGE_ACK : 0);
  writeBridge(bpdu.root, bytes, start + 5);
  putU16(bytes, start + 13, bpdu.rootPathCost >>> 16);
  putU16(bytes, start + 15, bpdu.rootPathCost & 0xffff);
  writeBridge(bpdu.bridge, bytes, start + 17);
  putU16(bytes, start + 25, bpdu.portId);
  putU16(bytes, start + 27, bpdu.messageAge);
  putU16(bytes, start + 29, bpdu.maxAge);
  putU16(bytes, start + 31, bpdu.helloTime);
  putU16(bytes, start + 33, bpdu.forwardDelay);
  if (!isRapid) return start + CONFIG_LENGTH;
  bytes[start + 35] = 0; // version 1 length: IEEE 802.1D-2004 §9.3.3
  return start + RST_LENGTH;
}

/** LLC header and BPDU as bytes. */
export function emitBpdu(bpdu: Bpdu): Uint8Array {
  const bytes = new Uint8Array(bpduLength(bpdu));
  writeBpdu(bpdu, bytes, 0);
  return bytes;
}

/**
 * Reads an LLC payload as a BPDU.
 *
 * @param end - index after the LLC payload, padding not included
 * @returns undefined where it is another protocol, a later version (MSTP), or not what a bridge would send: such a
 *   frame is no fault, it is not for this reader (IEEE 802.1D-2004 §9.3.4 has it discarded)
 */
export function tryParseBpdu(bytes: Uint8Array, at: number, end: number): Bpdu | undefined {
  const length = end - at - LLC_LENGTH;
  if (length < TCN_LENGTH || LLC_HEADER.some((byte, index) => byteAt(bytes, at + index) !== byte))
    return undefined;
  const start = at + LLC_LENGTH;
  if (u16At(bytes, start) !== 0) return undefined;
  const version = byteAt(bytes, start + 2);
  const type = byteAt(bytes, start + 3);
  if (version === VERSION_STP && type === TYPE_TCN) return length === TCN_LENGTH ? TCN_BPDU : undefined;
  const isConfig = version === VERSION_STP && type === TYPE_CONFIG && length === CONFIG_LENGTH;
  const isRapid = version === VERSION_RSTP && type === TYPE_RST && length === RST_LENGTH;
  if (!isConfig && !isRapid) return undefined;
  const flags = byteAt(bytes, start + 4);
  const vector = parseVector(bytes, start);
  if (isConfig) {
    if ((flags & ~(TOPOLOGY_CHANGE | TOPOLOGY_CHANGE_ACK)) !== 0) return undefined;
    const topologyChangeAck = (flags & TOPOLOGY_CHANGE_ACK) !== 0;
    return configBpdu(vector, { topologyChange: (flags & TOPOLOGY_CHANGE) !== 0, topologyChangeAck });
  }
  if ((flags & TOPOLOGY_CHANGE_ACK) !== 0 || byteAt(bytes, start + 35) !== 0) return undefined;
  return rstBpdu(vector, {
    role: ROLES[(flags >> ROLE_SHIFT) & ROLE_MASK] ?? 'unknown',
    topologyChange: (flags & TOPOLOGY_CHANGE) !== 0,
    proposal: (flags & PROPOSAL) !== 0,
    learning: (flags & LEARNING) !== 0,
    forwarding: (flags & FORWARDING) !== 0,
    agreement: (flags & AGREEMENT) !== 0,
  });
}

function parseVector(bytes: Uint8Array, start: number): BpduVector {
  return {
    root: { priority: u16At(bytes, start + 5), mac: macAt(bytes, start + 7) },
    rootPathCost: u16At(bytes, start + 13) * 0x1_0000 + u16At(bytes, start + 15),
    bridge: { priority: u16At(bytes, start + 17), mac: macAt(bytes, start + 19) },
    portId: u16At(bytes, start + 25),
    messageAge: u16At(bytes, start + 27),
    maxAge: u16At(bytes, start + 29),
    helloTime: u16At(bytes, start + 31),
    forwardDelay: u16At(bytes, start + 33),
  };
}

const bridgeText = ({ priority, mac }: BridgeId): string => `${priority}/${formatMac(mac)}`;

/** One line for people: `RST BPDU designated root 32768/02:00:00:00:00:01 cost 0 port 8001 proposal`. */
export function describeBpdu(bpdu: Bpdu): string {
  if (bpdu.message === 'tcn') return 'BPDU topology change notification';
  const { root, rootPathCost, portId, topologyChange } = bpdu;
  const words = [
    bpdu.message === 'config' ? 'BPDU' : `RST BPDU ${bpdu.role}`,
    `root ${bridgeText(root)} cost ${rootPathCost} port ${portId.toString(16)}`,
  ];
  if (bpdu.message === 'rst' && bpdu.proposal) words.push('proposal');
  if (bpdu.message === 'rst' && bpdu.agreement) words.push('agreement');
  if (topologyChange) words.push('topology change');
  if (bpdu.message === 'config' && bpdu.topologyChangeAck) words.push('acknowledged');
  return words.join(' ');
}
