import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from './recorded-frames.fixture.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';
import { wireErrorCode } from './wire-error.fixture.js';

test('one to four bytes', () => {
  expect(toHex(encodeUtf8('a→é😀'))).toBe('61' + 'e28692' + 'c3a9' + 'f09f9880');
});

test('all text survives', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeUtf8(encodeUtf8(text)) === text));
});

test('half a surrogate pair becomes the replacement character', () => {
  expect(toHex(encodeUtf8('\ud800'))).toBe('efbfbd');
});

test('what is not UTF-8 is a WireError', () => {
  expect(wireErrorCode(() => decodeUtf8(Uint8Array.of(0xc3)))).toBe('malformed');
  expect(wireErrorCode(() => decodeUtf8(Uint8Array.of(0xff, 0xfe)))).toBe('malformed');
});
