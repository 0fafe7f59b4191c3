import { SECOND } from '@viplab/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClientAttempts } from './client-attempt.js';
import { RecordedJson, RecordingError } from './recorded-json.js';

const FIELDS = ['t', 'took', 'result', 'server', 'n'];
const read = (rows: unknown, fields: unknown = FIELDS) =>
  readClientAttempts('short', RecordedJson.parse('run1.json', JSON.stringify({ fields, rows })));

describe('the attempts of a client', () => {
  test('are read in order of their beginnings, though written in order of their ends', () => {
    const attempts = read([
      [0.3, 0.001, 'ok', 'n1', 1],
      [0.1, 1.0004, 'timeout', null, 0],
    ]).get('short');
    expect(attempts).toEqual([
      { time: 0.1 * SECOND, took: 1.0004 * SECOND, result: 'timeout', server: null },
      { time: 0.3 * SECOND, took: 0.001 * SECOND, result: 'ok', server: 'n1' },
    ]);
  });

  test('belong to clients by their tags', () => {
    const rows = [
      [0.1, 0, 'ok', 'n1', 0, 'write'],
      [0.2, 0, 'ok', 'n2', 0, 'read'],
      [0.3, 0, 'ok', 'n1', 1, null],
    ];
    expect([...read(rows, [...FIELDS, 'tag']).keys()]).toEqual(['short write', 'short read', 'short']);
  });

  test('a run without clients has none, whatever its fields', () => {
    expect(read([], []).size).toBe(0);
  });
});

describe('malformed rows are refused, naming the place', () => {
  test.each([
    ['a row cut short', [[0.1, 0.001, 'ok']], FIELDS, /rows\[0\] has 3 values for 5 fields/],
    ['a row too long', [[0.1, 0.001, 'ok', 'n1', 0, 0]], FIELDS, /rows\[0\] has 6 values/],
    ['no instant', [[null, 0, 'ok', 'n1', 0]], FIELDS, /rows\[0\]\[0\] is not a number/],
    ['a negative duration', [[0.1, -1, 'ok', 'n1', 0]], FIELDS, /rows\[0\]\[1\] is negative/],
    ['a result that is no text', [[0.1, 0, 7, 'n1', 0]], FIELDS, /rows\[0\]\[2\] is not a text/],
    ['a server that is no name', [[0.1, 0, 'ok', ['n1'], 0]], FIELDS, /rows\[0\]\[3\] is not a text/],
    ['a field that is not named', [[0.1, 'ok', 'n1', 0]], ['t', 'result', 'server', 'n'], /name 'took'/],
    ['rows that are no list', 'none', FIELDS, /rows is not a list/],
  ])('%s', (_, rows, fields, message) => {
    expect(() => read(rows, fields)).toThrow(RecordingError);
    expect(() => read(rows, fields)).toThrow(message);
  });

  test('anything is read or refused by the reader itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (rows, fields) => {
        try {
          read(rows, fields);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordingError);
        }
      }),
    );
  });
});
