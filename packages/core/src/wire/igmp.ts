import { formatIpv4, type Ipv4Address, isMulticast, UNSPECIFIED_IPV4 } from './address.js';
import { ByteReader, ByteWriter, putU16, requireInteger } from './bytes.js';
import { addWords, finishChecksum, isIntact } from './checksum.js';
import { NO_BYTES } from './payload.js';
import { WireError } from './wire-error.js';

/** IP protocol number of IGMP (RFC 1112). */
export const IP_PROTOCOL_IGMP = 2;

const QUERY = 0x11; // RFC 3376 §4
const REPORT_V1 = 0x12;
const REPORT_V2 = 0x16;
const LEAVE = 0x17;
const REPORT_V3 = 0x22;
const SHORT_LENGTH = 8; // RFC 2236 §2
const QUERY_V3_LENGTH = 12; // RFC 3376 §4.1, without sources
const RECORD_LENGTH = 8; // RFC 3376 §4.2.4, without sources
const MAX_PAYLOAD = 65_515; // the longest IPv4 payload

/** The IGMP messages of eight bytes (RFC 1112 appendix I, RFC 2236 §2). */
export interface IgmpMembership {
  readonly kind: 'igmp';
  readonly message: 'query-v1' | 'query-v2' | 'report-v1' | 'report-v2' | 'leave';
  /** Tenths of a second in which to answer: 1..255 in a v2 query, 0 in all others. */
  readonly maxResponse: number;
  /** The group; 0.0.0.0 in a general query. */
  readonly group: Ipv4Address;
}

/** An IGMPv3 query (RFC 3376 §4.1). */
export interface IgmpQueryV3 {
  readonly kind: 'igmp';
  readonly message: 'query-v3';
  /** The Max Resp Code as it is in the byte; {@link igmpCodeValue} gives tenths of a second. */
  readonly maxResponseCode: number;
  /** 0.0.0.0 in a general query. */
  readonly group: Ipv4Address;
  /** The S flag. */
  readonly suppressRouterProcessing: boolean;
  /** The querier's robustness variable, 0..7. */
  readonly robustness: number;
  /** The QQIC as it is in the byte; {@link igmpCodeValue} gives seconds. */
  readonly intervalCode: number;
  readonly sources: readonly Ipv4Address[];
}

/** What one group record of a report says (RFC 3376 §4.2.12). */
export type IgmpRecordType =
  | 'is-include'
  | 'is-exclude'
  | 'change-to-include'
  | 'change-to-exclude'
  | 'allow-new-sources'
  | 'block-old-sources';

/** One group of an IGMPv3 report (RFC 3376 §4.2.4). */
export interface IgmpGroupRecord {
  readonly type: IgmpRecordType;
  readonly group: Ipv4Address;
  readonly sources: readonly Ipv4Address[];
  /** A multiple of four bytes up to 1020; none are defined. */
  readonly auxiliary: Uint8Array;
}

/** An IGMPv3 report (RFC 3376 §4.2). */
export interface IgmpReportV3 {
  readonly kind: 'igmp';
  readonly message: 'report-v3';
  readonly records: readonly IgmpGroupRecord[];
}

/** What an IGMP message says. */
export type IgmpMessage = IgmpMembership | IgmpQueryV3 | IgmpReportV3;

// The type on the wire is the index plus one (RFC 3376 §4.2.12).
const RECORD_TYPES: readonly IgmpRecordType[] = [
  'is-include',
  'is-exclude',
  'change-to-include',
  'change-to-exclude',
  'allow-new-sources',
  'block-old-sources',
];

function requireGroup(group: Ipv4Address): Ipv4Address {
  if (!isMulticast(group)) throw new WireError('range', `${formatIpv4(group)} is not a multicast group`);
  return group;
}

function membership(
  message: IgmpMembership['message'],
  maxResponse: number,
  group: Ipv4Address,
): IgmpMembership {
  return { kind: 'igmp', message, maxResponse, group };
}

/** An IGMPv1 report of membership, sent to the group itself. @throws WireError `range` */
export function igmpReportV1(group: Ipv4Address): IgmpMembership {
  return membership('report-v1', 0, requireGroup(group));
}

/** An IGMPv2 report of membership, sent to the group itself (RFC 2236 §3). @throws WireError `range` */
export function igmpReportV2(group: Ipv4Address): IgmpMembership {
  return membership('report-v2', 0, requireGroup(group));
}

/** An IGMPv2 leave, sent to 224.0.0.2 (RFC 2236 §3). @throws WireError `range` */
export function igmpLeave(group: Ipv4Address): IgmpMembership {
  return membership('leave', 0, requireGroup(group));
}

/** An IGMPv1 query, always general, sent to 224.0.0.1 (RFC 1112 appendix I). */
export function igmpQueryV1(): IgmpMembership {
  return membership('query-v1', 0, UNSPECIFIED_IPV4);
}

/**
 * An IGMPv2 query (RFC 2236 §2).
 *
 * @param maxResponse - tenths of a second, 1..255
 * @param group - 0.0.0.0 if left out: a general query
 * @throws WireError `range`
 */
export function igmpQueryV2(maxResponse: number, group: Ipv4Address = UNSPECIFIED_IPV4): IgmpMembership {
  requireInteger(maxResponse, 1, 255, 'IGMP max response time');
  return membership('query-v2', maxResponse, group === UNSPECIFIED_IPV4 ? group : requireGroup(group));
}

/** What an IGMPv3 query says, as far as it differs from the defaults of RFC 3376 §8. */
export interface IgmpQueryV3Fields {
  readonly maxResponseCode?: number;
  readonly group?: Ipv4Address;
  readonly suppressRouterProcessing?: boolean;
  readonly robustness?: number;
  readonly intervalCode?: number;
  readonly sources?: readonly Ipv4Address[];
}

/** An IGMPv3 query (RFC 3376 §4.1); without fields a general one with the default timers. @throws WireError `range` */
export function igmpQueryV3(fields: IgmpQueryV3Fields = {}): IgmpQueryV3 {
  const {
    maxResponseCode = 100,
    group = UNSPECIFIED_IPV4,
    suppressRouterProcessing = false,
    robustness = 2,
    intervalCode = 125,
    sources = [],
  } = fields;
  requireInteger(maxResponseCode, 0, 255, 'IGMP max response code');
  requireInteger(robustness, 0, 7, 'IGMP robustness');
  requireInteger(intervalCode, 0, 255, 'IGMP query interval code');
  if (group !== UNSPECIFIED_IPV4) requireGroup(group);
  requireInteger(sources.length, 0, (MAX_PAYLOAD - QUERY_V3_LENGTH) >> 2, 'IGMP number of sources');
  return {
    kind: 'igmp',
    message: 'query-v3',
    maxResponseCode,
    group,
    suppressRouterProcessing,
    robustness,
    intervalCode,
    sources,
  };
}

/** One record of an IGMPv3 report. @throws WireError `range` */
export function igmpGroupRecord(
  type: IgmpRecordType,
  group: Ipv4Address,
  sources: readonly Ipv4Address[] = [],
  auxiliary: Uint8Array = NO_BYTES,
): IgmpGroupRecord {
  if (auxiliary.length % 4 !== 0 || auxiliary.length > 1020) {
    throw new WireError('range', `IGMP auxiliary data of ${auxiliary.length} bytes`);
  }
  return { type, group: requireGroup(group), sources, auxiliary };
}

/** An IGMPv3 report, sent to 224.0.0.22 (RFC 3376 §4.2.14). @throws WireError `range` if it is too long for a datagram */
export function igmpReportV3(records: readonly IgmpGroupRecord[]): IgmpReportV3 {
  const report: IgmpReportV3 = { kind: 'igmp', message: 'report-v3', records };
  requireInteger(igmpLength(report), SHORT_LENGTH, MAX_PAYLOAD, 'IGMP report length');
  return report;
}

/**
 * What a Max Resp Code (tenths of a second) or a QQIC (seconds) stands for: below 128 itself, else a floating-point
 * value of 4 bits of mantissa and 3 of exponent (RFC 3376 §4.1.1).
 */
export function igmpCodeValue(code: number): number {
  return code < 128 ? code : ((code & 0x0f) | 0x10) << (((code >> 4) & 0x07) + 3);
}

/** Bytes of a message. */
export function igmpLength(message: IgmpMessage): number {
  switch (message.message) {
    case 'query-v3':
      return QUERY_V3_LENGTH + 4 * message.sources.length;
    case 'report-v3':
      return message.records.reduce(
        (sum, record) => sum + RECORD_LENGTH + 4 * record.sources.length + record.auxiliary.length,
        SHORT_LENGTH,
      );
    default:
      return SHORT_LENGTH;
  }
}

const MEMBERSHIP_TYPES: Readonly<Record<IgmpMembership['message'], number>> = {
  'query-v1': QUERY,
  'query-v2': QUERY,
  'report-v1': REPORT_V1,
  'report-v2': REPORT_V2,
  leave: LEAVE,
};

/** Writes a message at an index; the caller has made sure of {@link igmpLength} bytes. Returns the index after. */
export function writeIgmp(message: IgmpMessage, bytes: Uint8Array, at: number): number {
  const writer = new ByteWriter(bytes, at);
  switch (message.message) {
    case 'query-v3':
      writer.u8(QUERY);
      writer.u8(message.maxResponseCode);
      writer.u16(0);
      writer.u32(message.group);
      writer.u8((message.suppressRouterProcessing ? 8 : 0) | message.robustness);
      writer.u8(message.intervalCode);
      writer.u16(message.sources.length);
      for (const source of message.sources) writer.u32(source);
      break;
    case 'report-v3':
      writer.u8(REPORT_V3);
      writer.zeros(5);
      writer.u16(message.records.length);
      for (const record of message.records) {
        writer.u8(RECORD_TYPES.indexOf(record.type) + 1);
        writer.u8(record.auxiliary.length >> 2);
        writer.u16(record.sources.length);
        writer.u32(record.group);
        for (const source of record.sources) writer.u32(source);
        writer.put(record.auxiliary);
      }
      break;
    default:
      writer.u8(MEMBERSHIP_TYPES[message.message]);
      writer.u8(message.maxResponse);
      writer.u16(0);
      writer.u32(message.group);
  }
  putU16(bytes, at + 2, finishChecksum(addWords(bytes, at, writer.position, 0)));
  return writer.position;
}

/** A message as bytes, checksum included. */
export function emitIgmp(message: IgmpMessage): Uint8Array {
  const bytes = new Uint8Array(igmpLength(message));
  writeIgmp(message, bytes, 0);
  return bytes;
}

function parseAddresses(reader: ByteReader, count: number): Ipv4Address[] {
  reader.need(4 * count, 'an IGMP source list');
  const addresses: Ipv4Address[] = [];
  for (let index = 0; index < count; index++) addresses.push(reader.ipv4());
  return addresses;
}

function parseGroup(reader: ByteReader, orNone: boolean): Ipv4Address {
  const group = reader.ipv4();
  if (!isMulticast(group) && !(orNone && group === UNSPECIFIED_IPV4)) {
    throw new WireError('malformed', `IGMP group ${formatIpv4(group)} is not multicast`);
  }
  return group;
}

function parseQuery(reader: ByteReader): IgmpMessage {
  const length = reader.remaining + 1;
  const code = reader.u8();
  reader.skip(2);
  const group = parseGroup(reader, true);
  // The length tells the versions apart (RFC 3376 §7.1).
  if (length === SHORT_LENGTH) {
    // An IGMPv1 host ignores the group of a query (RFC 1112 appendix I).
    return code === 0 ? igmpQueryV1() : membership('query-v2', code, group);
  }
  if (length < QUERY_V3_LENGTH) throw new WireError('malformed', `an IGMP query of ${length} bytes`);
  const flags = reader.u8();
  const intervalCode = reader.u8();
  const sources = parseAddresses(reader, reader.u16());
  return {
    kind: 'igmp',
    message: 'query-v3',
    maxResponseCode: code,
    group,
    suppressRouterProcessing: (flags & 8) !== 0,
    robustness: flags & 7,
    intervalCode,
    sources,
  };
}

function parseReportV3(reader: ByteReader): IgmpReportV3 {
  reader.skip(5);
  const count = reader.u16();
  reader.need(RECORD_LENGTH * count, 'an IGMP record list');
  const records: IgmpGroupRecord[] = [];
  for (let index = 0; index < count; index++) {
    const code = reader.u8();
    const auxiliaryLength = 4 * reader.u8();
    const sourceCount = reader.u16();
    const group = parseGroup(reader, false);
    const sources = parseAddresses(reader, sourceCount);
    const auxiliary = auxiliaryLength === 0 ? NO_BYTES : reader.take(auxiliaryLength);
    const type = RECORD_TYPES[code - 1];
    // Records of unknown type are to be passed over in silence (RFC 3376 §4.2.12).
    if (type !== undefined) records.push({ type, group, sources, auxiliary });
  }
  return { kind: 'igmp', message: 'report-v3', records };
}

/**
 * Reads an IGMP message. Bytes after it count for the checksum and are otherwise ignored (RFC 2236 §2.5).
 *
 * @param start - index of its first byte
 * @param end - index after its last byte
 * @throws WireError `truncated`, `checksum`, `malformed` or `unsupported` (another type)
 */
export function parseIgmp(bytes: Uint8Array, start = 0, end = bytes.length): IgmpMessage {
  const reader = new ByteReader(bytes, start, end);
  reader.need(SHORT_LENGTH, 'an IGMP message');
  if (!isIntact(addWords(bytes, reader.position, reader.end, 0))) {
    throw new WireError('checksum', 'IGMP checksum is wrong');
  }
  const type = reader.u8();
  switch (type) {
    case QUERY:
      return parseQuery(reader);
    case REPORT_V3:
      return parseReportV3(reader);
    case REPORT_V1:
    case REPORT_V2:
    case LEAVE: {
      reader.skip(3);
      const message = type === REPORT_V1 ? 'report-v1' : type === REPORT_V2 ? 'report-v2' : 'leave';
      return membership(message, 0, parseGroup(reader, false));
    }
    default:
      throw new WireError('unsupported', `IGMP type ${type}`);
  }
}

function describeRecord(record: IgmpGroupRecord): string {
  const group = formatIpv4(record.group);
  const joins = record.type === 'change-to-exclude' && record.sources.length === 0;
  const leaves = record.type === 'change-to-include' && record.sources.length === 0;
  return joins ? `join ${group}` : leaves ? `leave ${group}` : `${record.type} ${group}`;
}

/** One line for people: `IGMPv3 report join 224.0.0.18`, `IGMPv2 leave 239.1.1.1`, `IGMPv2 general query`. */
export function describeIgmp(message: IgmpMessage): string {
  const version = message.message.endsWith('v1') ? 1 : message.message.endsWith('v3') ? 3 : 2;
  switch (message.message) {
    case 'report-v3':
      return `IGMPv3 report ${message.records.map(describeRecord).join(', ')}`;
    case 'report-v1':
    case 'report-v2':
      return `IGMPv${version} report ${formatIpv4(message.group)}`;
    case 'leave':
      return `IGMPv2 leave ${formatIpv4(message.group)}`;
    default:
      return message.group === UNSPECIFIED_IPV4
        ? `IGMPv${version} general query`
        : `IGMPv${version} query ${formatIpv4(message.group)}`;
  }
}
