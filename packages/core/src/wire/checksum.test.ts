import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Address } from './address.js';
import {
  addWords,
  finishChecksum,
  internetChecksum,
  isIntact,
  pseudoHeaderSum,
  updateChecksum,
} from './checksum.js';
import { arbitraryBytes } from './frame.arbitrary.js';
import { fromHex } from './recorded-frames.fixture.js';

describe('Internet checksum', () => {
  test('the example of RFC 1071 §3', () => {
    // 0001 f203 f4f5 f6f7 sums up to ddf2.
    expect(internetChecksum(fromHex('0001f203f4f5f6f7'))).toBe(~0xddf2 & 0xffff);
  });

  test('a well-known IPv4 header', () => {
    expect(internetChecksum(fromHex('45000073000040004011' + '0000' + 'c0a80001c0a800c7'))).toBe(0xb861);
  });

  test('an odd last byte is a high byte', () => {
    // 0102 + ff00 = 1 0002, with the carry 0003
    expect(internetChecksum(fromHex('0102ff'))).toBe(0xfffc);
    expect(internetChecksum(new Uint8Array(0))).toBe(0xffff);
  });

  test('the longest datagram does not overflow the sum', () => {
    expect(internetChecksum(new Uint8Array(65_535).fill(0xff))).toBe(0x00ff);
  });

  test('a range beyond the bytes is cut', () => {
    expect(internetChecksum(Uint8Array.of(1, 2), -4, 99)).toBe(~0x0102 & 0xffff);
  });

  test('agrees with a naive sum, and a message with its checksum is intact', () => {
    fc.assert(
      fc.property(arbitraryBytes(99), (bytes) => {
        let sum = 0;
        bytes.forEach((byte, index) => {
          sum += index % 2 === 0 ? byte * 256 : byte;
          if (sum > 0xffff) sum -= 0xffff;
        });
        const checksum = internetChecksum(bytes);
        expect(checksum).toBe(0xffff - sum);
        const total = addWords(bytes, 0, bytes.length, checksum);
        expect(isIntact(total)).toBe(true);
        expect(isIntact(total + 1)).toBe(false);
      }),
    );
  });
});

test('the pseudo header is the sum of its twelve bytes', () => {
  const source = ipv4Address('192.168.1.11');
  const destination = ipv4Address('224.0.0.18');
  const bytes = fromHex('c0a8010b' + 'e0000012' + '0070' + '0014');
  expect(finishChecksum(pseudoHeaderSum(source, destination, 112, 20))).toBe(internetChecksum(bytes));
});

describe('RFC 1624 update', () => {
  test('the example of §4', () => {
    expect(updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  test('is what a new sum gives', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 0xffff }),
        (bytes, index, after) => {
          // A header whose words are all zero sums up to zero, which has two forms; IP headers begin with 0x45.
          bytes[0] = 0x45;
          const word = Math.max(1, index);
          const before = ((bytes[word * 2] ?? 0) << 8) | (bytes[word * 2 + 1] ?? 0);
          const old = internetChecksum(bytes);
          bytes[word * 2] = after >> 8;
          bytes[word * 2 + 1] = after;
          expect(updateChecksum(old, before, after)).toBe(internetChecksum(bytes));
        },
      ),
    );
  });
});
