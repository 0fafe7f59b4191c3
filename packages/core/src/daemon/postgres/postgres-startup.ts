import { joinBytes } from '../../protocol/latin1.js';
import { PROTOCOL_3_0, type StartupReading } from '../../protocol/postgres-messages.js';
import {
  AUTHENTICATION_OK,
  errorResponse,
  NEGOTIATE_3_0,
  oldErrorResponse,
  type PostgresError,
  SCRAM_REQUEST,
} from './postgres-answers.js';
import {
  NO_TERMINATOR,
  NO_USER,
  noDatabase,
  noRole,
  RESERVED,
  STARTING_UP,
  TOO_MANY,
  unknownParameter,
  unsupportedProtocol,
} from './postgres-errors.js';

/** How a user is let in: `trust` without a password, `scram` asked for one. */
export type PostgresAuthentication = 'trust' | 'scram';

/** Whom a server lets in. */
export interface AdmissionRules {
  readonly users: ReadonlyMap<string, PostgresAuthentication>;
  readonly databases: ReadonlySet<string>;
  /** max_connections. */
  readonly connections: number;
}

/** How a server stands when somebody comes. */
export interface AdmissionState {
  /** It has not finished starting up, or it is sick. */
  readonly isStarting: boolean;
  /** How many sessions it has. */
  readonly sessions: number;
}

/** What becomes of a startup packet: what is said, and whether that was all. */
export type Admission =
  | { readonly next: 'closed'; readonly says: Uint8Array }
  | { readonly next: 'password'; readonly says: Uint8Array; readonly user: string }
  | {
      readonly next: 'session';
      readonly says: Uint8Array;
      readonly user: string;
      readonly application: string;
      readonly isSuperuser: boolean;
    };

const RESERVED_CONNECTIONS = 3; // superuser_reserved_connections
const SUPERUSER = 'postgres';
/** Settings that drivers send with the startup packet. */
const SETTINGS = new Set(
  'user database replication options application_name client_encoding datestyle intervalstyle timezone search_path statement_timeout lock_timeout extra_float_digits default_transaction_isolation default_transaction_read_only geqo'.split(
    ' ',
  ),
);

/** The least that max_connections may be: one beside those that are for superusers. */
export const LEAST_CONNECTIONS = RESERVED_CONNECTIONS + 1;

/** Lets somebody in, asks for a password, or refuses, in the order of `ProcessStartupPacket`, `InitProcess`, `InitPostgres`. */
export function admit(
  { protocol, parameters }: Extract<StartupReading, { kind: 'startup' }>,
  rules: AdmissionRules,
  state: AdmissionState,
): Admission {
  const major = protocol >>> 16;
  if (major < 3) return { next: 'closed', says: oldErrorResponse(protocol) };
  if (major > 3) return refusal(unsupportedProtocol(protocol));
  if (parameters === null) return refusal(NO_TERMINATOR);
  const before = protocol > PROTOCOL_3_0 ? [NEGOTIATE_3_0] : [];
  const user = parameters.get('user') ?? '';
  if (user === '') return refusal(NO_USER, ...before);
  if (state.isStarting) return refusal(STARTING_UP, ...before);
  if (state.sessions >= rules.connections) return refusal(TOO_MANY, ...before);
  const method = rules.users.get(user);
  // Who is not known is asked too where nobody is trusted, so that nobody learns who is (`mock_scram_secret`).
  if (method === 'scram' || (method === undefined && ![...rules.users.values()].includes('trust')))
    return { next: 'password', says: joinBytes(...before, SCRAM_REQUEST), user };
  const trusted = [...before, AUTHENTICATION_OK];
  const isSuperuser = user === SUPERUSER;
  if (method === undefined) return refusal(noRole(user), ...trusted);
  if (!isSuperuser && state.sessions >= rules.connections - RESERVED_CONNECTIONS)
    return refusal(RESERVED, ...trusted);
  const database = parameters.get('database') ?? user;
  if (!rules.databases.has(database)) return refusal(noDatabase(database), ...trusted);
  const unknown = [...parameters.keys()].find(
    (name) => !SETTINGS.has(name.toLowerCase()) && !name.startsWith('_pq_.'),
  );
  if (unknown !== undefined) return refusal(unknownParameter(unknown), ...trusted);
  const application = parameters.get('application_name') ?? '';
  return { next: 'session', says: joinBytes(...trusted), user, application, isSuperuser };
}

const refusal = (error: PostgresError, ...before: readonly Uint8Array[]): Admission => ({
  next: 'closed',
  says: joinBytes(...before, errorResponse(error)),
});
