import { NO_ROW, type Row } from '../../engine/index.js';
import type { Host } from '../../host/index.js';
import type { SocketId } from '../../host/tcp/socket-api.js';
import { joinBytes, latin1Bytes, latin1Text } from '../../protocol/latin1.js';
import {
  readMessage,
  readStartup,
  SSL_REQUEST,
  type StartupReading,
} from '../../protocol/postgres-messages.js';
import { HeldBytes } from '../../service/held-bytes.js';
import { Service, type ServiceOptions } from '../../service/service.js';
import { formatIp } from '../../wire/index.js';
import {
  errorResponse,
  greeting,
  NO_ENCRYPTION,
  type PostgresError,
  READY_FOR_QUERY,
} from './postgres-answers.js';
import {
  CANCELLED,
  DISK_FAILURE,
  NO_STRING,
  NOT_SUPPORTED,
  noPassword,
  SHUTTING_DOWN,
  UNENCRYPTED_DATA,
  unknownMessage,
  unsupportedProtocol,
  wrongPassword,
} from './postgres-errors.js';
import { answerQuery } from './postgres-query.js';
import {
  type AdmissionRules,
  admit,
  LEAST_CONNECTIONS,
  type PostgresAuthentication,
} from './postgres-startup.js';

/** What a database server is made from. */
export interface PostgresServerOptions extends ServiceOptions {
  /** Who may come, and how; `postgres` and `app` by trust if left out. */
  readonly users?: Readonly<Record<string, PostgresAuthentication>>;
  /** Databases beside `postgres`. */
  readonly databases?: readonly string[];
  /** max_connections; 100 if left out. The last three are for the user `postgres` (superuser_reserved_connections). */
  readonly connections?: number;
}

/** What is known of a connection, in the column `phase`; 0 until the first packet. */
const PHASE = {
  /** Asked for encryption and told there is none. */
  inClear: 1,
  password: 2,
  session: 3,
  /** After an error of the extended protocol everything is passed over until Sync. */
  skipping: 4,
} as const;

const DEFAULT_CONNECTIONS = 100; // max_connections
const DEFAULT_USERS: Readonly<Record<string, PostgresAuthentication>> = { postgres: 'trust', app: 'trust' };
/** Process numbers of sessions are those of their sockets, from here on. */
const FIRST_PROCESS = 1000;
/** Letters of the extended query protocol and of COPY. */
const EXTENDED_PROTOCOL = 'PBDECFdcf';

/**
 * A PostgreSQL 15 server as far as clients and health checks see it: startup, authentication up to the request for a
 * password, the simple query protocol for a handful of queries, cancel requests, and its refusals, byte for byte.
 * Sick, it lets nobody in (57P03) and fails queries of those inside (58030).
 */
export class PostgresServer extends Service {
  private readonly rules: AdmissionRules;
  /** Who was asked for a password. */
  private readonly claimants: HeldBytes;

  /** @throws RangeError for a number of connections that leaves none beside the reserved */
  constructor(host: Host, options: PostgresServerOptions) {
    super(host, options);
    const connections = options.connections ?? DEFAULT_CONNECTIONS;
    if (!Number.isInteger(connections) || connections < LEAST_CONNECTIONS)
      throw new RangeError(`${options.name}: connections are at least ${LEAST_CONNECTIONS}`);
    this.rules = {
      users: new Map(Object.entries(options.users ?? DEFAULT_USERS)),
      databases: new Set(['postgres', ...(options.databases ?? [])]),
      connections,
    };
    this.claimants = new HeldBytes(host.engine, `${host.name}/${options.name}/claimants`);
  }

  protected override serve(socket: SocketId, row: Row, input: Uint8Array): number {
    let used = 0;
    while (used < input.length) {
      const rest = input.subarray(used);
      const isSession = (this.served.columns.phase[row] as number) >= PHASE.password;
      const taken = isSession ? this.goOn(socket, row, rest) : this.begin(socket, row, rest);
      used += taken;
      if (taken === 0 || this.served.find(socket) !== row || this.served.columns.isEnding[row] === 1) break;
    }
    return used;
  }

  /** Takes the first packet (`ProcessStartupPacket`); returns how many bytes it had, 0 if it is not complete. */
  private begin(socket: SocketId, row: Row, input: Uint8Array): number {
    const packet = readStartup(input);
    const { phase } = this.served.columns;
    switch (packet.kind) {
      case 'more':
        return 0;
      case 'malformed':
        this.hangUp(socket);
        return input.length;
      case 'cancel':
        this.cancel(packet);
        this.hangUp(socket);
        break;
      case 'ssl':
      case 'gss': {
        const isAgain = phase[row] === PHASE.inClear && packet.kind === 'ssl';
        phase[row] = PHASE.inClear;
        if (!isAgain) this.outbox.send(socket, NO_ENCRYPTION);
        if (isAgain) this.refuse(socket, unsupportedProtocol(SSL_REQUEST));
        // What came with the request was meant to be encrypted (CVE-2021-23214).
        else if (input.length > packet.length) this.refuse(socket, UNENCRYPTED_DATA);
        break;
      }
      case 'startup':
        this.letIn(socket, row, packet);
    }
    return packet.length;
  }

  private letIn(socket: SocketId, row: Row, packet: Extract<StartupReading, { kind: 'startup' }>): void {
    const admission = admit(packet, this.rules, {
      isStarting: this.isWarmingUp || this.health === 'sick',
      sessions: this.sessions,
    });
    if (admission.next === 'session') {
      this.served.columns.phase[row] = PHASE.session;
      const process = FIRST_PROCESS + socket;
      const told = greeting({ ...admission, process, secret: secretOf(process) });
      this.outbox.send(socket, joinBytes(admission.says, told));
      return;
    }
    this.outbox.send(socket, admission.says);
    if (admission.next === 'closed') this.hangUp(socket);
    else {
      this.served.columns.phase[row] = PHASE.password;
      this.claimants.keep(socket, latin1Bytes(admission.user));
    }
  }

  /** Sessions, and those that are asked for a password: each has a process. */
  private get sessions(): number {
    const { phase } = this.served.columns;
    return this.served.sortedRows().filter((row) => (phase[row] as number) >= PHASE.password).length;
  }

  /** Takes a message of a session; returns how many bytes it had, 0 if it is not complete. */
  private goOn(socket: SocketId, row: Row, input: Uint8Array): number {
    const message = readMessage(input);
    if (message === null) return 0;
    if (message === 'malformed') {
      this.hangUp(socket);
      return input.length;
    }
    const { type, body, length } = message;
    const { phase } = this.served.columns;
    if (phase[row] === PHASE.password) {
      // Passwords are not modelled, so none is right.
      const user = latin1Text(this.claimants.take(socket));
      this.refuse(socket, type === 'p' ? wrongPassword(user) : noPassword(type));
    } else if (type === 'X') this.hangUp(socket);
    else if (type === 'S') {
      phase[row] = PHASE.session;
      this.outbox.send(socket, READY_FOR_QUERY);
    } else if (EXTENDED_PROTOCOL.includes(type)) {
      if (phase[row] === PHASE.session) this.outbox.send(socket, errorResponse(NOT_SUPPORTED));
      phase[row] = PHASE.skipping;
    } else if (type === 'Q') {
      if (phase[row] === PHASE.session) this.query(socket, body);
    } else if (type !== 'H') this.refuse(socket, unknownMessage(type));
    return length;
  }

  private query(socket: SocketId, body: Uint8Array): void {
    const end = body.indexOf(0);
    if (end < 0 || this.health === 'sick') {
      const error = end < 0 ? NO_STRING : DISK_FAILURE;
      this.outbox.send(socket, joinBytes(errorResponse(error), READY_FOR_QUERY));
      return;
    }
    const { address } = this.sockets.localOf(socket);
    const context = { address: formatIp(address), clusterName: this.host.name };
    this.outbox.send(socket, answerQuery(latin1Text(body.subarray(0, end)), context));
  }

  /** Ends the query that a slow server has before it: what has come of it is read, and answered so. */
  private cancel({ process, secret }: Extract<StartupReading, { kind: 'cancel' }>): void {
    const socket = process - FIRST_PROCESS;
    const row = this.served.find(socket);
    if (row === NO_ROW || secretOf(process) !== secret) return;
    if (this.served.columns.phase[row] !== PHASE.session || !this.served.timers.work.isArmed(row)) return;
    this.served.timers.work.cancel(row);
    const message = readMessage(this.sockets.receive(socket) ?? new Uint8Array());
    if (typeof message === 'object' && message?.type === 'Q')
      this.outbox.send(socket, joinBytes(errorResponse(CANCELLED), READY_FOR_QUERY));
  }

  /** Says why and closes. */
  private refuse(socket: SocketId, error: PostgresError): void {
    this.outbox.send(socket, errorResponse(error));
    this.hangUp(socket);
  }

  protected override forgotten(socket: SocketId): void {
    this.claimants.drop(socket);
  }

  /** A fast shutdown: every session is told (SIGINT to the postmaster, which is what systemd's stop sends). */
  protected override onStop(): void {
    for (const row of this.served.sortedRows()) {
      if (this.served.columns.phase[row] === PHASE.session)
        this.refuse(this.served.keyA[row] as SocketId, SHUTTING_DOWN);
    }
  }

  protected override onReset(): void {
    super.onReset();
    this.claimants.clear();
  }
}

/** The secret by which a session's query can be cancelled: made of its process number, so that nothing is kept. */
const secretOf = (process: number): number => Math.imul(process, 0x9e37_79b1) >>> 0;
