import { joinBytes, latin1Bytes } from '../../protocol/latin1.js';
import { cstring, int16, int32, message } from '../../protocol/postgres-messages.js';

/** What an error says, and where in PostgreSQL 15's source it is raised, which every ErrorResponse tells. */
export interface PostgresError {
  readonly severity: 'ERROR' | 'FATAL';
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  /** Character of the query at fault, from 1. */
  readonly position?: number;
  readonly file: string;
  readonly line: number;
  readonly routine: string;
}

/** ErrorResponse. */
export function errorResponse(error: PostgresError): Uint8Array {
  const { severity, code, detail, position, file, line, routine } = error;
  return message(
    'E',
    cstring(`S${severity}`),
    cstring(`V${severity}`),
    cstring(`C${code}`),
    cstring(`M${error.message}`),
    ...(detail === undefined ? [] : [cstring(`D${detail}`)]),
    ...(position === undefined ? [] : [cstring(`P${position}`)]),
    cstring(`F${file}`),
    cstring(`L${line}`),
    cstring(`R${routine}`),
    Uint8Array.of(0),
  );
}

/** To a client of protocol 2 or 1, which knows errors as a text only (`send_message_to_frontend`). */
export const oldErrorResponse = (protocol: number): Uint8Array =>
  cstring(
    `EFATAL:  unsupported frontend protocol ${protocol >>> 16}.${protocol & 0xffff}: server supports 3.0 to 3.0\n`,
  );

/** AuthenticationOk. */
export const AUTHENTICATION_OK = message('R', int32(0));
/** AuthenticationSASL with the one mechanism that is offered without TLS. */
export const SCRAM_REQUEST = message('R', int32(10), cstring('SCRAM-SHA-256'), Uint8Array.of(0));
/** ReadyForQuery outside of a transaction. */
export const READY_FOR_QUERY = message('Z', latin1Bytes('I'));
/** EmptyQueryResponse. */
export const EMPTY_QUERY = message('I');
/** The answer to SSLRequest and GSSENCRequest of a server without either. */
export const NO_ENCRYPTION = latin1Bytes('N');
/** NegotiateProtocolVersion to a client of a later minor version. */
export const NEGOTIATE_3_0 = message('v', int32(0x0003_0000), int32(0));

/** What a server tells of a session after the authentication, until it is ready. */
export function greeting(session: {
  readonly user: string;
  readonly application: string;
  readonly isSuperuser: boolean;
  readonly process: number;
  readonly secret: number;
}): Uint8Array {
  const status = (name: string, value: string): Uint8Array => message('S', cstring(name), cstring(value));
  return joinBytes(
    status('application_name', session.application),
    status('client_encoding', 'UTF8'),
    status('DateStyle', 'ISO, MDY'),
    status('default_transaction_read_only', 'off'),
    status('in_hot_standby', 'off'),
    status('integer_datetimes', 'on'),
    status('IntervalStyle', 'postgres'),
    status('is_superuser', session.isSuperuser ? 'on' : 'off'),
    status('server_encoding', 'UTF8'),
    status('server_version', SERVER_VERSION),
    status('session_authorization', session.user),
    status('standard_conforming_strings', 'on'),
    status('TimeZone', 'Etc/UTC'),
    message('K', int32(session.process), int32(session.secret)),
    READY_FOR_QUERY,
  );
}

/** As Debian 12's server calls itself. */
export const SERVER_VERSION = '15.18 (Debian 15.18-0+deb12u1)';

/** A type of a column: its OID and the length of its values, -1 if that varies (`pg_type.dat`). */
export interface ColumnType {
  readonly oid: number;
  readonly size: number;
}
export const BOOL: ColumnType = { oid: 16, size: 1 };
export const INT4: ColumnType = { oid: 23, size: 4 };
export const TEXT: ColumnType = { oid: 25, size: -1 };
export const INET: ColumnType = { oid: 869, size: -1 };

/** One row of one column, complete: RowDescription, DataRow, CommandComplete, ReadyForQuery. */
export function oneValue(name: string, type: ColumnType, value: string, tag: string): Uint8Array {
  const bytes = latin1Bytes(value);
  return joinBytes(
    message(
      'T',
      int16(1),
      cstring(name),
      int32(0),
      int16(0),
      int32(type.oid),
      int16(type.size),
      int32(-1),
      int16(0),
    ),
    message('D', int16(1), int32(bytes.length), bytes),
    message('C', cstring(tag)),
    READY_FOR_QUERY,
  );
}
