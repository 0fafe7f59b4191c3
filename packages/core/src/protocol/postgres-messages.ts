import { joinBytes, latin1Bytes, latin1Text } from './latin1.js';

/** Codes in the place of a protocol version in the first packet (PostgreSQL `pqcomm.h`). */
export const PROTOCOL_3_0 = 0x0003_0000;
export const CANCEL_REQUEST = 80_877_102;
export const SSL_REQUEST = 80_877_103;
export const GSS_REQUEST = 80_877_104;

/** The longest first packet (`MAX_STARTUP_PACKET_LENGTH`). */
const LONGEST_STARTUP = 10_000;
/** The longest message that is read of a session (`PQ_LARGE_MESSAGE_LIMIT` is 1 GiB; nobody here needs that). */
const LONGEST_MESSAGE = 1024 * 1024;

/** A number as four bytes, the most significant first. */
export function int32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** A number as two bytes, the most significant first. */
export function int16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

/** A text with the zero byte at its end. */
export function cstring(text: string): Uint8Array {
  return latin1Bytes(`${text}\0`);
}

function int32At(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** A message of a session: its type as a letter, its length, and what it says. */
export function message(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return joinBytes(latin1Bytes(type), int32(length), ...parts);
}

/** The first packet of a session (StartupMessage). */
export function startupPacket(parameters: Readonly<Record<string, string>>): Uint8Array {
  const texts = Object.entries(parameters).flatMap((pair) => pair.map(cstring));
  const length = texts.reduce((sum, part) => sum + part.length, 9);
  return joinBytes(int32(length), int32(PROTOCOL_3_0), ...texts, Uint8Array.of(0));
}

/** A query of the simple protocol. */
export const query = (sql: string): Uint8Array => message('Q', cstring(sql));

/** Says goodbye. */
export const TERMINATE = message('X');

/** A packet that comes before a session. `malformed`: the server closes without a word. */
export type StartupReading =
  | { readonly kind: 'more' | 'malformed' }
  | { readonly kind: 'ssl' | 'gss'; readonly length: number }
  | { readonly kind: 'cancel'; readonly length: number; readonly process: number; readonly secret: number }
  | {
      readonly kind: 'startup';
      readonly length: number;
      /** Major version in the upper 16 bits. */
      readonly protocol: number;
      /** Null where the packet does not end as it must. */
      readonly parameters: ReadonlyMap<string, string> | null;
    };

/** Reads the first packet of a connection (`ProcessStartupPacket`). */
export function readStartup(bytes: Uint8Array): StartupReading {
  if (bytes.length < 4) return { kind: 'more' };
  const length = int32At(bytes, 0);
  if (length < 8 || length - 4 > LONGEST_STARTUP) return { kind: 'malformed' };
  if (bytes.length < length) return { kind: 'more' };
  const code = int32At(bytes, 4);
  if (code === CANCEL_REQUEST) {
    if (length !== 16) return { kind: 'malformed' };
    return { kind: 'cancel', length, process: int32At(bytes, 8), secret: int32At(bytes, 12) };
  }
  if (code === SSL_REQUEST) return { kind: 'ssl', length };
  if (code === GSS_REQUEST) return { kind: 'gss', length };
  return { kind: 'startup', length, protocol: code, parameters: parametersOf(bytes.subarray(8, length)) };
}

function parametersOf(bytes: Uint8Array): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>();
  let at = 0;
  const text = (): string | null => {
    const end = bytes.indexOf(0, at);
    if (end < 0) return null;
    const found = latin1Text(bytes.subarray(at, end));
    at = end + 1;
    return found;
  };
  while (at < bytes.length && bytes[at] !== 0) {
    const name = text();
    const value = text();
    if (name === null || value === null) return null;
    parameters.set(name, value);
  }
  return at === bytes.length - 1 ? parameters : null;
}

/** A message of a session. */
export interface PostgresMessage {
  /** One letter. */
  readonly type: string;
  readonly body: Uint8Array;
  /** Bytes of the whole. */
  readonly length: number;
}

/** Reads a message from the beginning of bytes: null while it has not come completely. */
export function readMessage(bytes: Uint8Array): PostgresMessage | 'malformed' | null {
  if (bytes.length < 5) return null;
  const length = int32At(bytes, 1);
  if (length < 4 || length > LONGEST_MESSAGE) return 'malformed';
  if (bytes.length < length + 1) return null;
  return { type: latin1Text(bytes.subarray(0, 1)), body: bytes.subarray(5, length + 1), length: length + 1 };
}

/** The fields of an ErrorResponse by their letters: `S` severity, `C` SQLSTATE, `M` message and so on. */
export function errorFields(body: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const text of latin1Text(body).split('\0'))
    if (text !== '') fields.set(text.slice(0, 1), text.slice(1));
  return fields;
}

/** The first column of a DataRow; null where it is NULL or there is none. */
export function firstColumn(body: Uint8Array): string | null {
  if (body.length < 6) return null;
  const length = int32At(body, 2);
  return length > body.length - 6 ? null : latin1Text(body.subarray(6, 6 + length));
}

/** The kind of authentication that is asked for; null in a message that is cut short. */
export function authenticationOf(body: Uint8Array): number | null {
  return body.length < 4 ? null : int32At(body, 0);
}
