import { byteAt, putU16, requireInteger, u16At } from './bytes.js';
import {
  IPV6_ADDRESS_LENGTH,
  type Ipv6Address,
  ipv6FromBytes,
  isMulticastIpv6,
  putIpv6,
} from './ip-address.js';
import { WireError } from './wire-error.js';

/** What a record says of a group (RFC 3810 §5.2.12), in the order of their numbers from 1. */
export const MLD_RECORD_TYPES = [
  'is-include',
  'is-exclude',
  'change-to-include',
  'change-to-exclude',
  'allow-new-sources',
  'block-old-sources',
] as const;
/** One of `MLD_RECORD_TYPES`. */
export type MldRecordType = (typeof MLD_RECORD_TYPES)[number];

/** One group in a report (RFC 3810 §5.2). */
export interface MldGroupRecord {
  readonly type: MldRecordType;
  readonly group: Ipv6Address;
  readonly sources: readonly Ipv6Address[];
}

const REPORT_HEADER_LENGTH = 8;
const RECORD_HEADER_LENGTH = 4 + IPV6_ADDRESS_LENGTH;
const NO_SOURCES: readonly Ipv6Address[] = [];

/** Makes a record. @throws WireError `range` */
export function mldGroupRecord(
  type: MldRecordType,
  group: Ipv6Address,
  sources: readonly Ipv6Address[] = NO_SOURCES,
): MldGroupRecord {
  if (!isMulticastIpv6(group)) throw new WireError('range', `${group} is not an IPv6 multicast group`);
  requireInteger(sources.length, 0, 0xffff, 'number of MLD sources');
  return { type, group, sources };
}

/** Bytes of a report with its header. */
export function mldReportLength(records: readonly MldGroupRecord[]): number {
  let length = REPORT_HEADER_LENGTH;
  for (const { sources } of records) length += RECORD_HEADER_LENGTH + IPV6_ADDRESS_LENGTH * sources.length;
  return length;
}

/** Writes all but type and checksum of a report, whose first 8 bytes are zero. Returns the index after. */
export function writeMldReport(records: readonly MldGroupRecord[], bytes: Uint8Array, at: number): number {
  putU16(bytes, at + 6, records.length);
  let next = at + REPORT_HEADER_LENGTH;
  for (const { type, group, sources } of records) {
    bytes[next] = MLD_RECORD_TYPES.indexOf(type) + 1;
    bytes[next + 1] = 0;
    putU16(bytes, next + 2, sources.length);
    next = putIpv6(bytes, next + 4, group);
    for (const source of sources) next = putIpv6(bytes, next, source);
  }
  return next;
}

/**
 * Reads the records of a report. Auxiliary data is stepped over, as nothing has it (RFC 3810 §5.2.11).
 *
 * @throws WireError `truncated` or `malformed`
 */
export function parseMldRecords(bytes: Uint8Array, start: number, end: number): MldGroupRecord[] {
  const records: MldGroupRecord[] = [];
  let at = start + REPORT_HEADER_LENGTH;
  for (let left = u16At(bytes, start + 6); left > 0; left--) {
    if (at + RECORD_HEADER_LENGTH > end) throw new WireError('truncated', 'an MLD record is cut off');
    const type = MLD_RECORD_TYPES[byteAt(bytes, at) - 1];
    if (type === undefined) throw new WireError('malformed', `MLD record type ${byteAt(bytes, at)}`);
    const auxiliary = byteAt(bytes, at + 1) * 4;
    const count = u16At(bytes, at + 2);
    const group = ipv6FromBytes(bytes, at + 4);
    if (!isMulticastIpv6(group))
      throw new WireError('malformed', `MLD record of ${group}, which is no group`);
    at += RECORD_HEADER_LENGTH;
    if (at + count * IPV6_ADDRESS_LENGTH + auxiliary > end) {
      throw new WireError('truncated', 'an MLD record is cut off');
    }
    const sources: Ipv6Address[] = [];
    for (let index = 0; index < count; index++) {
      sources.push(ipv6FromBytes(bytes, at));
      at += IPV6_ADDRESS_LENGTH;
    }
    at += auxiliary;
    records.push({ type, group, sources });
  }
  return records;
}

/** A record in a few words: `change-to-exclude ff02::12`. */
export function describeMldRecord({ type, group, sources }: MldGroupRecord): string {
  return sources.length === 0 ? `${type} ${group}` : `${type} ${group} sources ${sources.length}`;
}
