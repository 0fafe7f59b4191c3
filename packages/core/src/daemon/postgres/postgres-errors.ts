import type { PostgresError } from './postgres-answers.js';

/** The refusals of PostgreSQL 15 in its own words. */

/** While it starts up, and for a sick one (`ProcessStartupPacket`, CAC_STARTUP). */
export const STARTING_UP: PostgresError = {
  severity: 'FATAL',
  code: '57P03',
  message: 'the database system is starting up',
  file: 'postmaster.c',
  line: 2415,
  routine: 'ProcessStartupPacket',
};

/** To every session of a server that is stopped (`ProcessInterrupts`). */
export const SHUTTING_DOWN: PostgresError = {
  severity: 'FATAL',
  code: '57P01',
  message: 'terminating connection due to administrator command',
  file: 'postgres.c',
  line: 3211,
  routine: 'ProcessInterrupts',
};

/** No process is left for another session (`InitProcess`). */
export const TOO_MANY: PostgresError = {
  severity: 'FATAL',
  code: '53300',
  message: 'sorry, too many clients already',
  file: 'proc.c',
  line: 357,
  routine: 'InitProcess',
};

/** What is left is for superusers (`InitPostgres`, superuser_reserved_connections). */
export const RESERVED: PostgresError = {
  severity: 'FATAL',
  code: '53300',
  message: 'remaining connection slots are reserved for non-replication superuser connections',
  file: 'postinit.c',
  line: 886,
  routine: 'InitPostgres',
};

/** A query that somebody else cancelled (`ProcessInterrupts`). */
export const CANCELLED: PostgresError = {
  severity: 'ERROR',
  code: '57014',
  message: 'canceling statement due to user request',
  file: 'postgres.c',
  line: 3349,
  routine: 'ProcessInterrupts',
};

/** What a sick server says to a query: its disk is failing (`mdread`). */
export const DISK_FAILURE: PostgresError = {
  severity: 'ERROR',
  code: '58030',
  message: 'could not read block 0 in file "base/5/1259": Input/output error',
  file: 'md.c',
  line: 682,
  routine: 'mdread',
};

/** A query without the zero byte at its end (`pq_getmsgstring`). */
export const NO_STRING: PostgresError = {
  severity: 'ERROR',
  code: '08P01',
  message: 'invalid string in message',
  file: 'pqformat.c',
  line: 595,
  routine: 'pq_getmsgstring',
};

const startup = (code: string, message: string, line: number, detail?: string): PostgresError => ({
  severity: 'FATAL',
  code,
  message,
  ...(detail === undefined ? {} : { detail }),
  file: 'postmaster.c',
  line,
  routine: 'ProcessStartupPacket',
});

/** A protocol of a later major version (protocols 1 and 2 are told by a text alone). */
export const unsupportedProtocol = (protocol: number): PostgresError =>
  startup(
    '0A000',
    `unsupported frontend protocol ${protocol >>> 16}.${protocol & 0xffff}: server supports 3.0 to 3.0`,
    2222,
  );

/** A parameter of the startup packet that no setting is called like (`find_option`). */
export const unknownParameter = (name: string): PostgresError => ({
  severity: 'FATAL',
  code: '42704',
  message: `unrecognized configuration parameter "${name}"`,
  file: 'guc.c',
  line: 5734,
  routine: 'find_option',
});

/** Something else than a password where one was asked for (`CheckSASLAuth`). */
export const noPassword = (type: string): PostgresError => ({
  severity: 'FATAL',
  code: '08P01',
  message: `expected SASL response, got message type ${type.charCodeAt(0)}`,
  file: 'auth-sasl.c',
  line: 95,
  routine: 'CheckSASLAuth',
});

export const NO_USER = startup('28000', 'no PostgreSQL user name specified in startup packet', 2351);
export const NO_TERMINATOR = startup(
  '08P01',
  'invalid startup packet layout: expected terminator as last byte',
  2334,
);
export const UNENCRYPTED_DATA = startup(
  '08P01',
  'received unencrypted data after SSL request',
  2136,
  'This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.',
);

/** Nobody is called so (`InitializeSessionUserId`). */
export const noRole = (user: string): PostgresError => ({
  severity: 'FATAL',
  code: '28000',
  message: `role "${user}" does not exist`,
  file: 'miscinit.c',
  line: 768,
  routine: 'InitializeSessionUserId',
});

/** No database is called so (`InitPostgres`). */
export const noDatabase = (database: string): PostgresError => ({
  severity: 'FATAL',
  code: '3D000',
  message: `database "${database}" does not exist`,
  file: 'postinit.c',
  line: 948,
  routine: 'InitPostgres',
});

/** A password exchange that fails (`auth_failed`). */
export const wrongPassword = (user: string): PostgresError => ({
  severity: 'FATAL',
  code: '28P01',
  message: `password authentication failed for user "${user}"`,
  file: 'auth.c',
  line: 334,
  routine: 'auth_failed',
});

/** A message of a type that there is not (`SocketBackend`). */
export const unknownMessage = (type: string): PostgresError => ({
  severity: 'FATAL',
  code: '08P01',
  message: `invalid frontend message type ${type.charCodeAt(0)}`,
  file: 'postgres.c',
  line: 446,
  routine: 'SocketBackend',
});

/** A query that does not begin like one (`scanner_yyerror`). */
export const syntaxError = (word: string, position: number): PostgresError => ({
  severity: 'ERROR',
  code: '42601',
  message: `syntax error at or near "${word}"`,
  position,
  file: 'scan.l',
  line: 1188,
  routine: 'scanner_yyerror',
});

/** A query that a real server might answer and this one does not. */
export const NOT_SUPPORTED: PostgresError = {
  severity: 'ERROR',
  code: '0A000',
  message: 'this server answers only a few queries: see its documentation',
  file: 'postgres.c',
  line: 1,
  routine: 'exec_simple_query',
};
