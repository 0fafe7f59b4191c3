import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinBytes, latin1Bytes } from '../../protocol/latin1.js';
import {
  cstring,
  int16,
  int32,
  message,
  query,
  readMessage,
  readStartup,
} from '../../protocol/postgres-messages.js';
import { type Conversation, GARBAGE, MORE } from './conversation.js';
import { HttpConversation } from './http-conversation.js';
import { LineConversation } from './line-conversation.js';
import { PostgresConversation } from './postgres-conversation.js';

const line = new LineConversation('s');
const http = (version: '1.0' | '1.1') =>
  new HttpConversation({ path: '/x', version, authority: '10.0.0.2:80' });
const postgres = new PostgresConversation({ user: 'app', database: 'db', query: 'select 1' });
const ok = (by: string | null, used: number, keepsOpen = true) => ({
  kind: 'answer',
  result: 'ok',
  by,
  detail: null,
  used,
  keepsOpen,
});

describe('lines', () => {
  test('a request and its answer', () => {
    expect(line.request(7)).toEqual(latin1Bytes('s7\n'));
    expect(line.readAnswer(latin1Bytes('n1 s7\nn1 s8\n'))).toEqual(ok('n1', 6));
    expect(line.readAnswer(latin1Bytes('n1 s'))).toBe(MORE);
    expect(line.readAnswer(latin1Bytes('!n1 s7\n'))).toMatchObject({ result: 'error', by: 'n1' });
  });

  test('an empty line and one without an end are no answers', () => {
    expect(line.readAnswer(latin1Bytes(' \r\n'))).toBe(GARBAGE);
    expect(line.readAnswer(latin1Bytes('x'.repeat(1024)))).toBe(MORE);
    expect(line.readAnswer(latin1Bytes('x'.repeat(1025)))).toBe(GARBAGE);
  });
});

describe('HTTP', () => {
  test('1.0 is over with the connection, 1.1 with the length', () => {
    expect(http('1.0').request()).toEqual(latin1Bytes('GET /x HTTP/1.0\r\n\r\n'));
    expect(http('1.1').request()).toEqual(latin1Bytes('GET /x HTTP/1.1\r\nHost: 10.0.0.2:80\r\n\r\n'));
    const answer = latin1Bytes('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nn1\n');
    expect(http('1.0').readAnswer(answer, false)).toBe(MORE);
    expect(http('1.0').readAnswer(answer, true)).toEqual(ok('n1', answer.length, false));
    expect(http('1.1').readAnswer(answer, false)).toEqual(ok('n1', answer.length, false));
    const kept = latin1Bytes('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nn1\n');
    expect(http('1.1').readAnswer(kept, false)).toEqual(ok('n1', kept.length));
  });

  test('errors, and what is no answer', () => {
    const refused = latin1Bytes('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
    expect(http('1.1').readAnswer(refused, false)).toMatchObject({
      result: 'error',
      by: null,
      detail: 'HTTP 503',
    });
    expect(http('1.1').readAnswer(latin1Bytes('220 mail\r\n\r\n'), false)).toBe(GARBAGE);
  });
});

describe('PostgreSQL', () => {
  const ready = message('Z', latin1Bytes('I'));
  const row = message('D', int16(1), int32(5), latin1Bytes('n1/32'));
  const failure = (severity: string, code: string): Uint8Array =>
    message('E', cstring(`S${severity}`), cstring(`V${severity}`), cstring(`C${code}`), Uint8Array.of(0));

  test('what it says can be read by a server', () => {
    expect(readStartup(postgres.opening)).toMatchObject({ kind: 'startup', length: postgres.opening.length });
    expect(readMessage(postgres.request())).toMatchObject({ type: 'Q' });
    expect(postgres.request()).toEqual(query('select 1'));
  });

  test('the opening ends with ReadyForQuery, or with an error', () => {
    const greeting = joinBytes(message('R', int32(0)), message('N', Uint8Array.of(0)), ready);
    expect(postgres.readOpening(greeting)).toEqual({ kind: 'ready', used: greeting.length });
    for (let length = 0; length < greeting.length; length++)
      expect(postgres.readOpening(greeting.subarray(0, length))).toBe(MORE);
    expect(postgres.readOpening(failure('FATAL', '53300'))).toMatchObject({
      detail: 'FATAL 53300',
      keepsOpen: false,
    });
    expect(postgres.readOpening(message('R', int32(10)))).toMatchObject({
      detail: 'SCRAM password requested',
    });
    expect(postgres.readOpening(message('R', int32(99)))).toMatchObject({
      detail: 'authentication requested',
    });
    expect(postgres.readOpening(message('R'))).toBe(GARBAGE);
  });

  test('an answer is the first value of the first row', () => {
    const answer = joinBytes(row, message('D', int16(1), int32(1), latin1Bytes('x')), message('C'), ready);
    expect(postgres.readAnswer(answer)).toEqual(ok('n1', answer.length));
    for (let length = 0; length < answer.length; length++)
      expect(postgres.readAnswer(answer.subarray(0, length))).toBe(MORE);
    const none = joinBytes(message('C', cstring('SELECT 0')), ready);
    expect(postgres.readAnswer(none)).toEqual(ok(null, none.length));
    const nothing = joinBytes(message('D', int16(1), int32(0xffff_ffff)), ready);
    expect(postgres.readAnswer(nothing)).toEqual(ok(null, nothing.length));
  });

  test('an error that the session survives ends with it, one that it does not at once', () => {
    const error = joinBytes(failure('ERROR', '42601'), ready);
    expect(postgres.readAnswer(error.subarray(0, -1))).toBe(MORE);
    expect(postgres.readAnswer(error)).toMatchObject({ detail: 'ERROR 42601', keepsOpen: true });
    expect(postgres.readAnswer(failure('FATAL', '57P01'))).toMatchObject({
      detail: 'FATAL 57P01',
      keepsOpen: false,
    });
    expect(postgres.readAnswer(message('E', Uint8Array.of(0)))).toBe(MORE);
  });
});

test('whatever comes is more, an answer or garbage, and never more than came', () => {
  const talks: readonly Conversation[] = [line, http('1.0'), http('1.1'), postgres];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.boolean(),
      fc.constantFrom(...talks),
      (bytes, isEnd, talk) => {
        for (const reading of [talk.readAnswer(bytes, isEnd), talk.readOpening(bytes, isEnd)])
          if (reading.kind !== 'more') expect(reading.used).toBeLessThanOrEqual(bytes.length);
      },
    ),
  );
});
