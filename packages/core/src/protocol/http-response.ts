import { contentLength, type HttpHead, hasWord, readHead } from './http-head.js';
import { isBodiless } from './http-status.js';
import { joinBytes, latin1Text } from './latin1.js';

/** An answer as a client reads it. */
export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  /** Whether the server will take another request by this connection. */
  readonly keepsOpen: boolean;
  /** Bytes of head and body together. */
  readonly length: number;
}

/** More than this is no answer that anybody waits for. */
const LONGEST_BODY = 1024 * 1024;
const STATUS_LINE = /^HTTP\/1\.(\d) (\d{3})(?: .*)?$/;

/**
 * Reads an answer from the beginning of bytes: null while it has not come completely.
 *
 * @param isEnd - nothing more will come; that is also how a body without a length ends (RFC 9112 §6.3)
 */
export function readResponse(bytes: Uint8Array, isEnd: boolean): HttpResponse | 'malformed' | null {
  for (let start = 0; ; ) {
    const head = readHead(bytes.subarray(start));
    if (head === 'more') return null;
    if (typeof head === 'string') return 'malformed';
    const [, minor = '', digits = ''] = STATUS_LINE.exec(head.startLine) ?? [];
    const status = Number(digits);
    if (digits === '' || status < 100) return 'malformed';
    start += head.length;
    // An interim answer: the real one follows (RFC 9110 §15.2).
    if (status < 200 && status !== 101) continue;
    const keepsOpen =
      minor === '0' ? hasWord(head, 'connection', 'keep-alive') : !hasWord(head, 'connection', 'close');
    return readBody(bytes, start, { status, keepsOpen }, head, isEnd);
  }
}

function readBody(
  bytes: Uint8Array,
  start: number,
  said: Pick<HttpResponse, 'status' | 'keepsOpen'>,
  head: HttpHead,
  isEnd: boolean,
): HttpResponse | 'malformed' | null {
  if (isBodiless(said.status)) return { ...said, body: '', length: start };
  if (hasWord(head, 'transfer-encoding', 'chunked')) return readChunks(bytes, start, said);
  const length = contentLength(head);
  if (length === null) {
    if (!isEnd) return bytes.length - start > LONGEST_BODY ? 'malformed' : null;
    return { ...said, body: latin1Text(bytes.subarray(start)), keepsOpen: false, length: bytes.length };
  }
  if (Number.isNaN(length) || length > LONGEST_BODY) return 'malformed';
  const end = start + length;
  return bytes.length < end ? null : { ...said, body: latin1Text(bytes.subarray(start, end)), length: end };
}

const NEWLINE = 0x0a;

/** A chunked body (RFC 9112 §7.1), without looking at trailers. */
function readChunks(
  bytes: Uint8Array,
  start: number,
  said: Pick<HttpResponse, 'status' | 'keepsOpen'>,
): HttpResponse | 'malformed' | null {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let at = start; ; ) {
    const end = bytes.indexOf(NEWLINE, at);
    if (end < 0) return null;
    const [, digits = ''] =
      /^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\r?$/.exec(latin1Text(bytes.subarray(at, end))) ?? [];
    if (digits === '') return 'malformed';
    const size = Number.parseInt(digits, 16);
    total += size;
    if (total > LONGEST_BODY) return 'malformed';
    at = end + 1;
    if (size === 0) {
      const last = bytes.indexOf(NEWLINE, at);
      if (last < 0) return null;
      return { ...said, body: latin1Text(joinBytes(...parts)), length: last + 1 };
    }
    if (bytes.length < at + size + 2) return null;
    parts.push(bytes.subarray(at, at + size));
    // CRLF after the chunk.
    at += size + 2;
  }
}
