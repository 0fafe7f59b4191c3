import { latin1Text } from './latin1.js';

/** A start line and header fields longer than this are refused (nginx large_client_header_buffers, 8 KiB). */
export const LONGEST_HEAD = 8192;

/** A start line and the header fields after it, as they stand in a request or an answer. */
export interface HttpHead {
  readonly startLine: string;
  /** By their names in small letters; several of a name are joined by a comma (RFC 9110 §5.3). */
  readonly fields: ReadonlyMap<string, string>;
  /** Bytes up to and including the empty line. */
  readonly length: number;
}

/** `more`: the empty line has not come; `too-long`: it will not be waited for; `malformed`: a line is no field. */
export type HeadReading = HttpHead | 'more' | 'too-long' | 'malformed';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** A field name is a token (RFC 9110 §5.6.2), without a space before the colon (RFC 9112 §5.1). */
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;

/** Reads a head from the beginning of bytes. Lines end with CRLF or LF (RFC 9112 §2.2). */
export function readHead(bytes: Uint8Array): HeadReading {
  const lines: string[] = [];
  let from = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
    const stop = end > from && bytes[end - 1] === RETURN ? end - 1 : end;
    const line = latin1Text(bytes.subarray(from, stop));
    from = end + 1;
    if (from > LONGEST_HEAD) return 'too-long';
    if (line !== '') {
      lines.push(line);
      continue;
    }
    // Empty lines before the start line are passed over (RFC 9112 §2.2).
    if (lines.length > 0) return headOf(lines, from);
  }
  return bytes.length > LONGEST_HEAD ? 'too-long' : 'more';
}

function headOf([startLine = '', ...lines]: readonly string[], length: number): HeadReading {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    if (name === '') return 'malformed';
    const known = fields.get(name.toLowerCase());
    fields.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
  }
  return { startLine, fields, length };
}

/** Whether a field that is a list of words has one of them. */
export function hasWord(head: HttpHead, field: string, word: string): boolean {
  const list = head.fields.get(field)?.toLowerCase().split(',') ?? [];
  return list.some((item) => item.trim() === word);
}

/** Content-Length as a number; null if there is none, NaN if it is none (RFC 9110 §8.6). */
export function contentLength(head: HttpHead): number | null {
  const text = head.fields.get('content-length');
  if (text === undefined) return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
