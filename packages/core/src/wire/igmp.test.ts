import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address, VRRP_GROUP } from './address.js';
import { internetChecksum } from './checksum.js';
import { arbitraryIgmp } from './frame.arbitrary.js';
import {
  describeIgmp,
  emitIgmp,
  type IgmpMessage,
  igmpCodeValue,
  igmpGroupRecord,
  igmpLeave,
  igmpLength,
  igmpQueryV1,
  igmpQueryV2,
  igmpQueryV3,
  igmpReportV1,
  igmpReportV2,
  igmpReportV3,
  parseIgmp,
} from './igmp.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import { wireErrorCode } from './wire-error.fixture.js';

const join = igmpReportV3([igmpGroupRecord('change-to-exclude', VRRP_GROUP)]);

/** The bytes with the checksum that they ought to have. */
function withChecksum(digits: string): Uint8Array {
  const bytes = fromHex(digits);
  const checksum = internetChecksum(bytes);
  bytes[2] = checksum >> 8;
  bytes[3] = checksum;
  return bytes;
}

describe('IGMP', () => {
  test('what Linux sent: joining the VRRP group', () => {
    const bytes = fromHex(RECORDED_FRAMES.igmpJoin).slice(38);
    expect(parseIgmp(bytes)).toEqual(join);
    expect(toHex(emitIgmp(join))).toBe(toHex(bytes));
  });

  test.each<[string, IgmpMessage, string]>([
    ['v1 report', igmpReportV1(VRRP_GROUP), '12000ded' + 'e0000012'],
    ['v2 report', igmpReportV2(VRRP_GROUP), '160009ed' + 'e0000012'],
    ['leave', igmpLeave(VRRP_GROUP), '170008ed' + 'e0000012'],
    ['v1 query', igmpQueryV1(), '1100eeff' + '00000000'],
    ['v2 query', igmpQueryV2(100), '1164ee9b' + '00000000'],
    ['v3 query', igmpQueryV3(), '1164ec1e' + '00000000' + '027d0000'],
  ])('exact bytes: %s', (_name, message, digits) => {
    expect(toHex(emitIgmp(message))).toBe(digits);
  });

  test('every message survives', () => {
    fc.assert(
      fc.property(arbitraryIgmp, (message) => {
        const bytes = emitIgmp(message);
        expect(bytes.length).toBe(igmpLength(message));
        expect(parseIgmp(bytes)).toEqual(message);
      }),
    );
  });

  test('truncation at every length is a WireError or another version of query', () => {
    const query = emitIgmp(igmpQueryV3({ group: VRRP_GROUP, sources: [ipv4Address('10.0.0.1')] }));
    for (let length = 0; length < query.length; length++) {
      expect(wireErrorCode(() => parseIgmp(query.slice(0, length)))).not.toBe('none');
    }
  });

  test('counts that promise more than there is', () => {
    expect(wireErrorCode(() => parseIgmp(withChecksum('220000000000ffff')))).toBe('truncated');
    expect(wireErrorCode(() => parseIgmp(withChecksum('2200000000000001' + '0400ffffe0000012')))).toBe(
      'truncated',
    );
    expect(wireErrorCode(() => parseIgmp(withChecksum('2200000000000001' + '04ff0000e0000012')))).toBe(
      'truncated',
    );
    expect(wireErrorCode(() => parseIgmp(withChecksum('1164000000000000' + '027dffff')))).toBe('truncated');
  });

  test('a record of unknown type is passed over (RFC 3376 §4.2.12)', () => {
    expect(parseIgmp(withChecksum('2200000000000002' + '09000000e0000001' + '04000000e0000012'))).toEqual(
      join,
    );
  });

  test('what no message may be', () => {
    expect(wireErrorCode(() => parseIgmp(withChecksum('160000000a000001')))).toBe('malformed');
    expect(wireErrorCode(() => parseIgmp(withChecksum('11640000000000000000')))).toBe('malformed');
    expect(wireErrorCode(() => parseIgmp(withChecksum('1300000000000000')))).toBe('unsupported');
    expect(wireErrorCode(() => parseIgmp(fromHex('1600000000000000')))).toBe('checksum');
    expect(wireErrorCode(() => igmpReportV2(ipv4Address('10.0.0.1')))).toBe('range');
    expect(wireErrorCode(() => igmpQueryV2(0))).toBe('range');
    expect(wireErrorCode(() => igmpGroupRecord('is-include', VRRP_GROUP, [], new Uint8Array(3)))).toBe(
      'range',
    );
  });

  test('floating-point codes (RFC 3376 §4.1.1)', () => {
    expect(igmpCodeValue(100)).toBe(100);
    expect(igmpCodeValue(127)).toBe(127);
    expect(igmpCodeValue(128)).toBe(128);
    expect(igmpCodeValue(0xff)).toBe(31_744);
  });

  test('in words', () => {
    expect(describeIgmp(join)).toBe('IGMPv3 report join 224.0.0.18');
    expect(describeIgmp(igmpReportV3([igmpGroupRecord('change-to-include', VRRP_GROUP)]))).toBe(
      'IGMPv3 report leave 224.0.0.18',
    );
    expect(describeIgmp(igmpReportV2(VRRP_GROUP))).toBe('IGMPv2 report 224.0.0.18');
    expect(describeIgmp(igmpLeave(VRRP_GROUP))).toBe('IGMPv2 leave 224.0.0.18');
    expect(describeIgmp(igmpQueryV2(100))).toBe('IGMPv2 general query');
    expect(describeIgmp(igmpQueryV3({ group: VRRP_GROUP }))).toBe('IGMPv3 query 224.0.0.18');
  });
});
