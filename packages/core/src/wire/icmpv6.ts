import { formatMac, type MacAddress } from './address.js';
import { byteAt, macAt, putMac, putU16, putU32, requireInteger, u16At, u32At } from './bytes.js';
import { addWords, finishChecksum, isIntact } from './checksum.js';
import {
  IPV6_ADDRESS_LENGTH,
  type Ipv6Address,
  ipv6FromBytes,
  isMulticastIpv6,
  pseudoHeaderSumIpv6,
  putIpv6,
} from './ip-address.js';
import {
  describeMldRecord,
  type MldGroupRecord,
  mldReportLength,
  parseMldRecords,
  writeMldReport,
} from './mld.js';
import { WireError } from './wire-error.js';

/** Bytes of an ICMPv6 header (RFC 4443 §2.1). */
export const ICMPV6_HEADER_LENGTH = 8;
/** Next header value of ICMPv6 (RFC 4443 §1). */
export const NEXT_HEADER_ICMPV6 = 58;

/** Types of ICMPv6 messages (RFC 4443 §2.1, RFC 4861 §4, RFC 3810 §5). */
export const ICMPV6_TYPES = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'router-solicitation': 133,
  'router-advertisement': 134,
  'neighbour-solicitation': 135,
  'neighbour-advertisement': 136,
  redirect: 137,
  'mld2-report': 143,
} as const;

/** Codes of "destination unreachable" (RFC 4443 §3.1). */
export const UNREACHABLE_CODES_IPV6 = {
  noRoute: 0,
  prohibited: 1,
  beyondScope: 2,
  address: 3,
  port: 4,
  failedPolicy: 5,
  rejectRoute: 6,
} as const;

/** Codes of "parameter problem" (RFC 4443 §3.4). */
export const PARAMETER_PROBLEM_CODES = { header: 0, nextHeader: 1, option: 2 } as const;

/** Highest code that each kind of error has (RFC 4443 §3). */
const HIGHEST_CODE = {
  'destination-unreachable': 6,
  'packet-too-big': 0,
  'time-exceeded': 1,
  'parameter-problem': 2,
} as const;

const SOURCE_LINK_LAYER = 1; // RFC 4861 §4.6.1
const TARGET_LINK_LAYER = 2;
const OPTION_UNIT = 8; // options count their length in units of 8 bytes, RFC 4861 §4.6
const ROUTER = 0x80; // flags of an advertisement, RFC 4861 §4.4
const SOLICITED = 0x40;
const OVERRIDE = 0x20;
const TARGET_AT = 8;
const OPTIONS_AT = TARGET_AT + IPV6_ADDRESS_LENGTH;

/** A ping or its answer (RFC 4443 §4). */
export interface Icmpv6Echo {
  readonly kind: 'icmpv6';
  readonly message: 'echo-request' | 'echo-reply';
  /** 0..65535. */
  readonly identifier: number;
  /** 0..65535. */
  readonly sequence: number;
  /** Shared with everybody who holds the frame: never write into it. */
  readonly data: Uint8Array;
}

/** A complaint about a packet, which it quotes (RFC 4443 §3). */
export interface Icmpv6Error {
  readonly kind: 'icmpv6';
  readonly message: keyof typeof HIGHEST_CODE;
  /** One of {@link UNREACHABLE_CODES_IPV6}, {@link PARAMETER_PROBLEM_CODES}, or as of TIME_EXCEEDED_CODES. */
  readonly code: number;
  /** The MTU of "packet too big", or the place that "parameter problem" points at; else 0. */
  readonly parameter: number;
  /** The header and the beginning of the payload of what is complained about. */
  readonly original: Uint8Array;
}

/** "Who has this address?" (RFC 4861 §4.3). */
export interface NeighbourSolicitation {
  readonly kind: 'icmpv6';
  readonly message: 'neighbour-solicitation';
  readonly target: Ipv6Address;
  /** The sender's own MAC (option 1); null in duplicate address detection. */
  readonly linkLayer: MacAddress | null;
}

/** "I have it" (RFC 4861 §4.4). */
export interface NeighbourAdvertisement {
  readonly kind: 'icmpv6';
  readonly message: 'neighbour-advertisement';
  readonly target: Ipv6Address;
  readonly isRouter: boolean;
  /** The answer to a solicitation: S. */
  readonly isSolicited: boolean;
  /** What is cached shall be replaced: O. */
  readonly isOverriding: boolean;
  /** The target's MAC (option 2); null if it is left out. */
  readonly linkLayer: MacAddress | null;
}

/** Which groups a host wants (RFC 3810 §5.2). */
export interface MldReport {
  readonly kind: 'icmpv6';
  readonly message: 'mld2-report';
  readonly records: readonly MldGroupRecord[];
}

/** What an ICMPv6 message says. */
export type Icmpv6Message =
  | Icmpv6Echo
  | Icmpv6Error
  | NeighbourSolicitation
  | NeighbourAdvertisement
  | MldReport;

function icmpv6Echo(
  message: Icmpv6Echo['message'],
  identifier: number,
  sequence: number,
  data: Uint8Array,
): Icmpv6Echo {
  requireInteger(identifier, 0, 0xffff, 'ICMPv6 identifier');
  requireInteger(sequence, 0, 0xffff, 'ICMPv6 sequence number');
  return { kind: 'icmpv6', message, identifier, sequence, data };
}

/** A ping. @throws WireError `range` */
export function icmpv6EchoRequest(identifier: number, sequence: number, data: Uint8Array): Icmpv6Echo {
  return icmpv6Echo('echo-request', identifier, sequence, data);
}

/** The answer to a ping, with its identifier, sequence number and data. @throws WireError `range` */
export function icmpv6EchoReply(identifier: number, sequence: number, data: Uint8Array): Icmpv6Echo {
  return icmpv6Echo('echo-reply', identifier, sequence, data);
}

/**
 * A complaint about a packet.
 *
 * @param original - the quoted packet, made by `quoteIpv6`
 * @param parameter - the MTU of "packet too big", the place of "parameter problem"; else 0
 * @throws WireError `range`
 */
export function icmpv6Error(
  message: Icmpv6Error['message'],
  code: number,
  original: Uint8Array,
  parameter = 0,
): Icmpv6Error {
  requireInteger(code, 0, HIGHEST_CODE[message], `ICMPv6 ${message} code`);
  const hasParameter = message === 'packet-too-big' || message === 'parameter-problem';
  requireInteger(parameter, 0, hasParameter ? 0xffff_ffff : 0, `ICMPv6 ${message} parameter`);
  return { kind: 'icmpv6', message, code, parameter, original };
}

function requireTarget(target: Ipv6Address): void {
  if (isMulticastIpv6(target)) throw new WireError('range', `${target} is a group: nobody is asked for it`);
}

/** Asks for an address. @param linkLayer - the sender's MAC; null from `::` @throws WireError `range` for a group */
export function neighbourSolicitation(
  target: Ipv6Address,
  linkLayer: MacAddress | null,
): NeighbourSolicitation {
  requireTarget(target);
  return { kind: 'icmpv6', message: 'neighbour-solicitation', target, linkLayer };
}

/** Says who has an address. @throws WireError `range` for a group */
export function neighbourAdvertisement(
  target: Ipv6Address,
  linkLayer: MacAddress | null,
  flags: { readonly isRouter?: boolean; readonly isSolicited?: boolean; readonly isOverriding?: boolean },
): NeighbourAdvertisement {
  requireTarget(target);
  return {
    kind: 'icmpv6',
    message: 'neighbour-advertisement',
    target,
    isRouter: flags.isRouter ?? false,
    isSolicited: flags.isSolicited ?? false,
    isOverriding: flags.isOverriding ?? false,
    linkLayer,
  };
}

/** Reports memberships (MLDv2). @throws WireError `range` */
export function mldReport(records: readonly MldGroupRecord[]): MldReport {
  requireInteger(records.length, 0, 0xffff, 'number of MLD records');
  return { kind: 'icmpv6', message: 'mld2-report', records };
}

/** Whether a message is a complaint: type below 128 (RFC 4443 §2.1). */
export function isIcmpv6Error(message: Icmpv6Message): message is Icmpv6Error {
  return 'original' in message;
}

/** Bytes of a message with its header. */
export function icmpv6Length(message: Icmpv6Message): number {
  switch (message.message) {
    case 'echo-request':
    case 'echo-reply':
      return ICMPV6_HEADER_LENGTH + message.data.length;
    case 'neighbour-solicitation':
    case 'neighbour-advertisement':
      return OPTIONS_AT + (message.linkLayer === null ? 0 : OPTION_UNIT);
    case 'mld2-report':
      return mldReportLength(message.records);
    default:
      return ICMPV6_HEADER_LENGTH + message.original.length;
  }
}

/** Writes a message at an index; the caller has made sure of {@link icmpv6Length} bytes. Returns the index after. */
export function writeIcmpv6(
  message: Icmpv6Message,
  source: Ipv6Address,
  destination: Ipv6Address,
  bytes: Uint8Array,
  at: number,
): number {
  putU32(bytes, at, 0);
  putU32(bytes, at + 4, 0);
  bytes[at] = ICMPV6_TYPES[message.message];
  const end = writeBody(message, bytes, at);
  const sum = pseudoHeaderSumIpv6(source, destination, NEXT_HEADER_ICMPV6, end - at);
  putU16(bytes, at + 2, finishChecksum(addWords(bytes, at, end, sum)));
  return end;
}

function writeBody(message: Icmpv6Message, bytes: Uint8Array, at: number): number {
  const body = at + ICMPV6_HEADER_LENGTH;
  switch (message.message) {
    case 'echo-request':
    case 'echo-reply':
      putU16(bytes, at + 4, message.identifier);
      putU16(bytes, at + 6, message.sequence);
      bytes.set(message.data, body);
      return body + message.data.length;
    case 'neighbour-advertisement':
      bytes[at + 4] =
        (message.isRouter ? ROUTER : 0) |
        (message.isSolicited ? SOLICITED : 0) |
        (message.isOverriding ? OVERRIDE : 0);
      putIpv6(bytes, body, message.target);
      return writeLinkLayer(TARGET_LINK_LAYER, message.linkLayer, bytes, at + OPTIONS_AT);
    case 'neighbour-solicitation':
      putIpv6(bytes, body, message.target);
      return writeLinkLayer(SOURCE_LINK_LAYER, message.linkLayer, bytes, at + OPTIONS_AT);
    case 'mld2-report':
      return writeMldReport(message.records, bytes, at);
    default:
      bytes[at + 1] = message.code;
      putU32(bytes, at + 4, message.parameter);
      bytes.set(message.original, body);
      return body + message.original.length;
  }
}

function writeLinkLayer(type: number, mac: MacAddress | null, bytes: Uint8Array, at: number): number {
  if (mac === null) return at;
  bytes[at] = type;
  bytes[at + 1] = 1;
  putMac(bytes, at + 2, mac);
  return at + OPTION_UNIT;
}

/** A message as bytes, checksum included. The addresses are those of the IPv6 header: they are part of the checksum. */
export function emitIcmpv6(
  message: Icmpv6Message,
  source: Ipv6Address,
  destination: Ipv6Address,
): Uint8Array {
  const bytes = new Uint8Array(icmpv6Length(message));
  writeIcmpv6(message, source, destination, bytes, 0);
  return bytes;
}

/**
 * Reads an ICMPv6 message. Reserved fields and options without meaning here are ignored (RFC 4861 §4.6). Router
 * solicitations, router advertisements, redirects and MLD queries have no representation.
 *
 * @param source - of the IPv6 header, for the checksum
 * @param destination - of the IPv6 header, for the checksum
 * @param start - index of its first byte
 * @param end - index after its last byte
 * @throws WireError `truncated`, `checksum`, `malformed` or `unsupported` (another type)
 */
export function parseIcmpv6(
  bytes: Uint8Array,
  source: Ipv6Address,
  destination: Ipv6Address,
  start = 0,
  end = bytes.length,
): Icmpv6Message {
  const at = Math.max(0, start);
  const stop = Math.min(end, bytes.length);
  const length = stop - at;
  if (length < ICMPV6_HEADER_LENGTH) throw new WireError('truncated', 'an ICMPv6 header has 8 bytes');
  const sum = pseudoHeaderSumIpv6(source, destination, NEXT_HEADER_ICMPV6, length);
  if (!isIntact(addWords(bytes, at, stop, sum))) throw new WireError('checksum', 'ICMPv6 checksum is wrong');
  const type = byteAt(bytes, at);
  const code = byteAt(bytes, at + 1);
  switch (type) {
    case ICMPV6_TYPES['echo-request']:
    case ICMPV6_TYPES['echo-reply']:
      requireCodeZero(type, code);
      return icmpv6Echo(
        type === ICMPV6_TYPES['echo-request'] ? 'echo-request' : 'echo-reply',
        u16At(bytes, at + 4),
        u16At(bytes, at + 6),
        bytes.slice(at + ICMPV6_HEADER_LENGTH, stop),
      );
    case ICMPV6_TYPES['destination-unreachable']:
      return parseError('destination-unreachable', code, bytes, at, stop);
    case ICMPV6_TYPES['packet-too-big']:
      return parseError('packet-too-big', code, bytes, at, stop);
    case ICMPV6_TYPES['time-exceeded']:
      return parseError('time-exceeded', code, bytes, at, stop);
    case ICMPV6_TYPES['parameter-problem']:
      return parseError('parameter-problem', code, bytes, at, stop);
    case ICMPV6_TYPES['neighbour-solicitation']:
      requireCodeZero(type, code);
      return parseSolicitation(bytes, at, stop);
    case ICMPV6_TYPES['neighbour-advertisement']:
      requireCodeZero(type, code);
      return parseAdvertisement(bytes, at, stop);
    case ICMPV6_TYPES['mld2-report']:
      return mldReport(parseMldRecords(bytes, at, stop));
    default:
      throw new WireError('unsupported', `ICMPv6 type ${type}`);
  }
}

function requireCodeZero(type: number, code: number): void {
  if (code !== 0) throw new WireError('malformed', `ICMPv6 type ${type} with code ${code}`);
}

function parseError(
  message: Icmpv6Error['message'],
  code: number,
  bytes: Uint8Array,
  at: number,
  stop: number,
): Icmpv6Error {
  // The code of "packet too big" is ignored by the receiver (RFC 4443 §3.2).
  const known = message === 'packet-too-big' ? 0 : code;
  if (known > HIGHEST_CODE[message]) throw new WireError('malformed', `ICMPv6 ${message} with code ${code}`);
  const hasParameter = message === 'packet-too-big' || message === 'parameter-problem';
  return {
    kind: 'icmpv6',
    message,
    code: known,
    parameter: hasParameter ? u32At(bytes, at + 4) : 0,
    original: bytes.slice(at + ICMPV6_HEADER_LENGTH, stop),
  };
}

function parseTarget(bytes: Uint8Array, at: number, stop: number): Ipv6Address {
  if (stop - at < OPTIONS_AT) throw new WireError('truncated', 'neighbour discovery needs 24 bytes');
  const target = ipv6FromBytes(bytes, at + TARGET_AT);
  // RFC 4861 §7.1.1, §7.1.2.
  if (isMulticastIpv6(target)) throw new WireError('malformed', `neighbour discovery of the group ${target}`);
  return target;
}

function parseSolicitation(bytes: Uint8Array, at: number, stop: number): NeighbourSolicitation {
  const target = parseTarget(bytes, at, stop);
  return neighbourSolicitation(target, linkLayerOption(SOURCE_LINK_LAYER, bytes, at + OPTIONS_AT, stop));
}

function parseAdvertisement(bytes: Uint8Array, at: number, stop: number): NeighbourAdvertisement {
  const target = parseTarget(bytes, at, stop);
  const flags = byteAt(bytes, at + 4);
  return neighbourAdvertisement(target, linkLayerOption(TARGET_LINK_LAYER, bytes, at + OPTIONS_AT, stop), {
    isRouter: (flags & ROUTER) !== 0,
    isSolicited: (flags & SOLICITED) !== 0,
    isOverriding: (flags & OVERRIDE) !== 0,
  });
}

/** The MAC in the first option of a type; others are stepped over (RFC 4861 §4.6). */
function linkLayerOption(wanted: number, bytes: Uint8Array, start: number, stop: number): MacAddress | null {
  let found: MacAddress | null = null;
  let at = start;
  while (at < stop) {
    if (at + 2 > stop) throw new WireError('truncated', 'an option of neighbour discovery is cut off');
    const length = byteAt(bytes, at + 1) * OPTION_UNIT;
    // RFC 4861 §4.6: nodes MUST silently discard a packet that contains an option with length zero.
    if (length === 0) throw new WireError('malformed', 'an option of neighbour discovery has length 0');
    if (at + length > stop) throw new WireError('truncated', 'an option of neighbour discovery is cut off');
    if (byteAt(bytes, at) === wanted && found === null) {
      if (length !== OPTION_UNIT) throw new WireError('malformed', 'a link-layer address is not of Ethernet');
      found = macAt(bytes, at + 2);
    }
    at += length;
  }
  return found;
}

const UNREACHABLE_WORDS: Readonly<Record<number, string>> = {
  [UNREACHABLE_CODES_IPV6.noRoute]: 'no route',
  [UNREACHABLE_CODES_IPV6.prohibited]: 'administratively prohibited',
  [UNREACHABLE_CODES_IPV6.address]: 'address unreachable',
  [UNREACHABLE_CODES_IPV6.port]: 'port unreachable',
};

/** One line for people: `ND who-has 2001:db8::100`, `ND 2001:db8::100 is-at 02:00:00:00:01:01 override`. */
export function describeIcmpv6(message: Icmpv6Message): string {
  switch (message.message) {
    case 'echo-request':
      return `ICMPv6 echo request id ${message.identifier} seq ${message.sequence}`;
    case 'echo-reply':
      return `ICMPv6 echo reply id ${message.identifier} seq ${message.sequence}`;
    case 'neighbour-solicitation':
      return `ND who-has ${message.target}`;
    case 'neighbour-advertisement': {
      const place = message.linkLayer === null ? 'is here' : `is-at ${formatMac(message.linkLayer)}`;
      const flags = `${message.isSolicited ? ' solicited' : ''}${message.isOverriding ? ' override' : ''}`;
      return `ND ${message.target} ${place}${flags}`;
    }
    case 'mld2-report':
      return `MLDv2 report ${message.records.map(describeMldRecord).join(', ')}`.trimEnd();
    case 'destination-unreachable':
      return `ICMPv6 ${UNREACHABLE_WORDS[message.code] ?? `destination unreachable code ${message.code}`}`;
    case 'packet-too-big':
      return `ICMPv6 packet too big mtu ${message.parameter}`;
    case 'time-exceeded':
      return message.code === 0 ? 'ICMPv6 time exceeded' : 'ICMPv6 reassembly time exceeded';
    case 'parameter-problem':
      return `ICMPv6 parameter problem code ${message.code} at ${message.parameter}`;
  }
}
