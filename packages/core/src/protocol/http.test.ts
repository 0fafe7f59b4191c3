import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRequest } from './http-request.js';
import { readResponse } from './http-response.js';
import { latin1Bytes } from './latin1.js';

describe('requests and answers', () => {
  test('whatever comes is a request, a refusal or not complete', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const request = readRequest(bytes);
        expect(request === null || 'refusal' in request || request.length <= bytes.length).toBe(true);
        readResponse(bytes, true);
      }),
    );
  });

  test('cut short a request is not complete, whatever is missing', () => {
    const whole = 'POST /a HTTP/1.1\r\nHost: n1\r\nContent-Length: 3\r\n\r\nabc';
    for (let length = 0; length < whole.length; length++)
      expect(readRequest(latin1Bytes(whole.slice(0, length))), `${length}`).toBeNull();
    expect(readRequest(latin1Bytes(`${whole}GET`))).toMatchObject({ path: '/a', length: whole.length });
  });

  test.each([
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd',
      false,
      { status: 200, body: 'abc', keepsOpen: true },
    ],
    ['HTTP/1.0 200 OK\r\n\r\nabc', true, { status: 200, body: 'abc', keepsOpen: false }],
    ['HTTP/1.0 200 OK\r\n\r\nabc', false, null],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500\r\nContent-Length: 0\r\n\r\n', false, { status: 500 }],
    ['HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n', false, { status: 204, body: '' }],
    [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
      false,
      { body: 'abc', keepsOpen: true },
    ],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n', true, null],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', false, 'malformed'],
    ['HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', false, 'malformed'],
    ['SSH-2.0-OpenSSH_9.2\r\n\r\n', false, 'malformed'],
    ['HTTP/1.1 2', true, null],
  ] as const)('%j', (text, isEnd, expected) => {
    const answer = readResponse(latin1Bytes(text), isEnd);
    if (expected === null || typeof expected === 'string') expect(answer).toBe(expected);
    else expect(answer).toMatchObject(expected);
  });

  test('very many interim answers are no trouble', () => {
    const text = 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20_000);
    expect(readResponse(latin1Bytes(text), false)).toBeNull();
  });
});
