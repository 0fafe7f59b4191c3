import { formatIpv4, type Ipv4Address, UNSPECIFIED_IPV4 } from './address.js';
import { byteAt, putU16, putU32, requireInteger, u16At, u32At } from './bytes.js';
import { addWords, finishChecksum, isIntact } from './checksum.js';
import { WireError } from './wire-error.js';

/** Bytes of an ICMP header (RFC 792). */
export const ICMP_HEADER_LENGTH = 8;
/** IP protocol number of ICMP (RFC 792). */
export const IP_PROTOCOL_ICMP = 1;

/**
 * Codes of "destination unreachable" (RFC 792; RFC 1122 §3.2.2.1; RFC 1812 §5.2.7.1).
 */
export const UNREACHABLE_CODES = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  sourceRouteFailed: 5,
  networkUnknown: 6,
  hostUnknown: 7,
  sourceHostIsolated: 8,
  networkProhibited: 9,
  hostProhibited: 10,
  networkForService: 11,
  hostForService: 12,
  administrativelyProhibited: 13,
  hostPrecedence: 14,
  precedenceCutoff: 15,
} as const;

/** Codes of "time exceeded" (RFC 792). */
export const TIME_EXCEEDED_CODES = { inTransit: 0, reassembly: 1 } as const;
/** Codes of "redirect" (RFC 792). */
export const REDIRECT_CODES = { network: 0, host: 1, networkForService: 2, hostForService: 3 } as const;

const ECHO_REPLY = 0;
const DESTINATION_UNREACHABLE = 3;
const REDIRECT = 5;
const ECHO_REQUEST = 8;
const TIME_EXCEEDED = 11;

/** A ping or its answer (RFC 792). */
export interface IcmpEcho {
  readonly kind: 'icmp';
  readonly message: 'echo-request' | 'echo-reply';
  /** 0..65535. */
  readonly identifier: number;
  /** 0..65535. */
  readonly sequence: number;
  /** Shared with everybody who holds the frame: never write into it. */
  readonly data: Uint8Array;
}

/** A complaint about a datagram, which it quotes (RFC 792). */
export interface IcmpError {
  readonly kind: 'icmp';
  readonly message: 'destination-unreachable' | 'time-exceeded' | 'redirect';
  /** One of {@link UNREACHABLE_CODES}, {@link TIME_EXCEEDED_CODES} or {@link REDIRECT_CODES}. */
  readonly code: number;
  /** Of the next hop, in bytes, with code `fragmentationNeeded` (RFC 1191 §4); else 0. */
  readonly mtu: number;
  /** The better first hop of a redirect; else 0.0.0.0. */
  readonly gateway: Ipv4Address;
  /** The IP header and the beginning of the payload of what is complained about. */
  readonly original: Uint8Array;
}

/** What an ICMP message says. */
export type IcmpMessage = IcmpEcho | IcmpError;

function icmpEcho(
  message: 'echo-request' | 'echo-reply',
  identifier: number,
  sequence: number,
  data: Uint8Array,
): IcmpEcho {
  requireInteger(identifier, 0, 0xffff, 'ICMP identifier');
  requireInteger(sequence, 0, 0xffff, 'ICMP sequence number');
  return { kind: 'icmp', message, identifier, sequence, data };
}

function icmpError(
  message: IcmpError['message'],
  code: number,
  mtu: number,
  gateway: Ipv4Address,
  original: Uint8Array,
): IcmpError {
  return { kind: 'icmp', message, code, mtu, gateway, original };
}

/** A ping. @throws WireError `range` */
export function icmpEchoRequest(identifier: number, sequence: number, data: Uint8Array): IcmpEcho {
  return icmpEcho('echo-request', identifier, sequence, data);
}

/** The answer to a ping, with its identifier, sequence number and data. @throws WireError `range` */
export function icmpEchoReply(identifier: number, sequence: number, data: Uint8Array): IcmpEcho {
  return icmpEcho('echo-reply', identifier, sequence, data);
}

/**
 * "Destination unreachable".
 *
 * @param code - one of {@link UNREACHABLE_CODES}
 * @param original - the quoted datagram, made by `quoteIpv4`
 * @param mtu - bytes, only with code `fragmentationNeeded`
 * @throws WireError `range`
 */
export function icmpUnreachable(code: number, original: Uint8Array, mtu = 0): IcmpError {
  requireInteger(code, 0, UNREACHABLE_CODES.precedenceCutoff, 'ICMP unreachable code');
  requireInteger(mtu, 0, code === UNREACHABLE_CODES.fragmentationNeeded ? 0xffff : 0, 'ICMP next-hop MTU');
  return icmpError('destination-unreachable', code, mtu, UNSPECIFIED_IPV4, original);
}

/** "Time exceeded". @param code - one of {@link TIME_EXCEEDED_CODES} @throws WireError `range` */
export function icmpTimeExceeded(code: number, original: Uint8Array): IcmpError {
  requireInteger(code, 0, TIME_EXCEEDED_CODES.reassembly, 'ICMP time exceeded code');
  return icmpError('time-exceeded', code, 0, UNSPECIFIED_IPV4, original);
}

/** "Redirect". @param code - one of {@link REDIRECT_CODES} @throws WireError `range` */
export function icmpRedirect(code: number, gateway: Ipv4Address, original: Uint8Array): IcmpError {
  requireInteger(code, 0, REDIRECT_CODES.hostForService, 'ICMP redirect code');
  return icmpError('redirect', code, 0, gateway, original);
}

/** Bytes of a message with its header. */
export function icmpLength(message: IcmpMessage): number {
  return ICMP_HEADER_LENGTH + ('data' in message ? message.data.length : message.original.length);
}

/** Writes a message at an index; the caller has made sure of {@link icmpLength} bytes. Returns the index after. */
export function writeIcmp(message: IcmpMessage, bytes: Uint8Array, at: number): number {
  let body: Uint8Array;
  putU32(bytes, at, 0);
  putU32(bytes, at + 4, 0);
  switch (message.message) {
    case 'echo-request':
    case 'echo-reply':
      bytes[at] = message.message === 'echo-request' ? ECHO_REQUEST : ECHO_REPLY;
      putU16(bytes, at + 4, message.identifier);
      putU16(bytes, at + 6, message.sequence);
      body = message.data;
      break;
    case 'destination-unreachable':
      bytes[at] = DESTINATION_UNREACHABLE;
      bytes[at + 1] = message.code;
      putU16(bytes, at + 6, message.mtu);
      body = message.original;
      break;
    case 'time-exceeded':
      bytes[at] = TIME_EXCEEDED;
      bytes[at + 1] = message.code;
      body = message.original;
      break;
    case 'redirect':
      bytes[at] = REDIRECT;
      bytes[at + 1] = message.code;
      putU32(bytes, at + 4, message.gateway);
      body = message.original;
      break;
  }
  bytes.set(body, at + ICMP_HEADER_LENGTH);
  const end = at + ICMP_HEADER_LENGTH + body.length;
  putU16(bytes, at + 2, finishChecksum(addWords(bytes, at, end, 0)));
  return end;
}

/** A message as bytes, checksum included. */
export function emitIcmp(message: IcmpMessage): Uint8Array {
  const bytes = new Uint8Array(icmpLength(message));
  writeIcmp(message, bytes, 0);
  return bytes;
}

/**
 * Reads an ICMP message. Header fields that RFC 792 calls unused are ignored.
 *
 * @param start - index of its first byte
 * @param end - index after its last byte
 * @throws WireError `truncated`, `checksum`, `malformed` (a code that does not exist) or `unsupported` (another type)
 */
export function parseIcmp(bytes: Uint8Array, start = 0, end = bytes.length): IcmpMessage {
  const at = Math.max(0, start);
  const stop = Math.min(end, bytes.length);
  if (stop - at < ICMP_HEADER_LENGTH) throw new WireError('truncated', 'an ICMP header has 8 bytes');
  if (!isIntact(addWords(bytes, at, stop, 0))) throw new WireError('checksum', 'ICMP checksum is wrong');
  const type = byteAt(bytes, at);
  const code = byteAt(bytes, at + 1);
  const body = at + ICMP_HEADER_LENGTH;
  switch (type) {
    case ECHO_REQUEST:
    case ECHO_REPLY:
      if (code !== 0) throw new WireError('malformed', `ICMP echo with code ${code}`);
      return icmpEcho(
        type === ECHO_REQUEST ? 'echo-request' : 'echo-reply',
        u16At(bytes, at + 4),
        u16At(bytes, at + 6),
        bytes.slice(body, stop),
      );
    case DESTINATION_UNREACHABLE: {
      if (code > UNREACHABLE_CODES.precedenceCutoff) {
        throw new WireError('malformed', `ICMP destination unreachable with code ${code}`);
      }
      const mtu = code === UNREACHABLE_CODES.fragmentationNeeded ? u16At(bytes, at + 6) : 0;
      return icmpError('destination-unreachable', code, mtu, UNSPECIFIED_IPV4, bytes.slice(body, stop));
    }
    case TIME_EXCEEDED:
      if (code > TIME_EXCEEDED_CODES.reassembly) {
        throw new WireError('malformed', `ICMP time exceeded with code ${code}`);
      }
      return icmpError('time-exceeded', code, 0, UNSPECIFIED_IPV4, bytes.slice(body, stop));
    case REDIRECT:
      if (code > REDIRECT_CODES.hostForService)
        throw new WireError('malformed', `ICMP redirect with code ${code}`);
      return icmpError('redirect', code, 0, u32At(bytes, at + 4) as Ipv4Address, bytes.slice(body, stop));
    default:
      throw new WireError('unsupported', `ICMP type ${type}`);
  }
}

const UNREACHABLE_WORDS: Readonly<Record<number, string>> = {
  [UNREACHABLE_CODES.network]: 'network unreachable',
  [UNREACHABLE_CODES.host]: 'host unreachable',
  [UNREACHABLE_CODES.protocol]: 'protocol unreachable',
  [UNREACHABLE_CODES.port]: 'port unreachable',
  [UNREACHABLE_CODES.fragmentationNeeded]: 'fragmentation needed',
  [UNREACHABLE_CODES.administrativelyProhibited]: 'administratively prohibited',
};

/** One line for people: `ICMP echo request id 7 seq 1`, `ICMP host unreachable`. */
export function describeIcmp(message: IcmpMessage): string {
  switch (message.message) {
    case 'echo-request':
      return `ICMP echo request id ${message.identifier} seq ${message.sequence}`;
    case 'echo-reply':
      return `ICMP echo reply id ${message.identifier} seq ${message.sequence}`;
    case 'destination-unreachable': {
      const words = UNREACHABLE_WORDS[message.code] ?? `destination unreachable code ${message.code}`;
      return message.mtu === 0 ? `ICMP ${words}` : `ICMP ${words} mtu ${message.mtu}`;
    }
    case 'time-exceeded':
      return message.code === TIME_EXCEEDED_CODES.inTransit
        ? 'ICMP time exceeded'
        : 'ICMP reassembly time exceeded';
    case 'redirect':
      return `ICMP redirect to ${formatIpv4(message.gateway)}`;
  }
}
