import { contentLength, hasWord, readHead } from './http-head.js';

/** A request with what is needed to answer it. */
export interface HttpRequest {
  readonly method: string;
  /** Without what follows a question mark. */
  readonly path: string;
  readonly version: '1.0' | '1.1';
  /** Whether the connection stays open for another (RFC 9112 §9.3). */
  readonly keepsOpen: boolean;
  /** Bytes of head and body together. */
  readonly length: number;
}

/** A request that cannot be understood: answered with this status, and the connection is closed. */
export interface HttpRefusal {
  readonly refusal: 400 | 413 | 431 | 501 | 505;
}

/** Bodies are read and forgotten; longer ones are refused (nginx client_max_body_size, 1 MiB). */
const LONGEST_BODY = 1024 * 1024;
const START_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) HTTP\/(\d)\.(\d)$/;

/** Reads a request from the beginning of bytes: null while it has not come completely. */
export function readRequest(bytes: Uint8Array): HttpRequest | HttpRefusal | null {
  const head = readHead(bytes);
  if (head === 'more') return null;
  if (head === 'too-long') return { refusal: 431 };
  if (head === 'malformed') return { refusal: 400 };
  const [, method = '', target = '', major = '', minor = ''] = START_LINE.exec(head.startLine) ?? [];
  if (method === '') return { refusal: 400 };
  if (major !== '1') return { refusal: 505 };
  // A version of the same major number is spoken as the highest that is known (RFC 9110 §2.5).
  const version = minor === '0' ? '1.0' : '1.1';
  if (version === '1.1' && !head.fields.has('host')) return { refusal: 400 };
  if (head.fields.has('transfer-encoding')) return { refusal: 501 };
  const body = contentLength(head) ?? 0;
  if (Number.isNaN(body)) return { refusal: 400 };
  if (body > LONGEST_BODY) return { refusal: 413 };
  if (bytes.length < head.length + body) return null;
  const keepsOpen =
    version === '1.1' ? !hasWord(head, 'connection', 'close') : hasWord(head, 'connection', 'keep-alive');
  return { method, path: pathOf(target), version, keepsOpen, length: head.length + body };
}

/** The path of a target: of `/p?q` and of `http://host/p` alike. */
function pathOf(target: string): string {
  const [withoutQuery = ''] = target.split(/[?#]/, 1);
  const path = withoutQuery.replace(/^https?:\/\/[^/]*/i, '');
  return path === '' ? '/' : path;
}
