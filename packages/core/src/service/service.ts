import {
  bool,
  enumOf,
  type Nanoseconds,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  SECOND,
  span,
  type Table,
  table,
  timer,
  u8,
} from '../engine/index.js';
import { type Host, Process, type ProcessOptions } from '../host/index.js';
import type { SocketErrorName, SocketId, TcpSockets } from '../host/tcp/socket-api.js';
import { joinBytes } from '../protocol/latin1.js';
import type { IpAddress } from '../wire/index.js';
import { HeldBytes } from './held-bytes.js';
import { Outbox } from './outbox.js';

/**
 * How a server program does: `sick` accepts and answers errors, `hung` accepts and never answers, `slow` answers after
 * a delay, `dead` has ended, so that its port is closed.
 */
export type Health = (typeof HEALTHS)[number];

/** Every {@link Health}. */
export const HEALTHS = ['healthy', 'sick', 'hung', 'slow', 'dead'] as const;

/** How long a slow server takes if nothing is said: longer than a client's usual patience of a second. */
export const DEFAULT_SLOWNESS: Nanoseconds = 2 * SECOND;

/** What every server is made from. */
export interface ServiceOptions extends ProcessOptions {
  /** The name of the process. */
  readonly name: string;
  /** The TCP port it listens on; null for a program that only runs. */
  readonly port: number | null;
  /** The address it binds to; all if left out. */
  readonly address?: IpAddress;
  /** The most connections that wait to be accepted; 4096 if left out. */
  readonly backlog?: number;
  /** From its start until it can do its work, ns: until then it answers that it is starting. None if left out. */
  readonly warmUp?: Nanoseconds;
}

const ServiceRecord = record('service', {
  health: enumOf('healthy', 'sick', 'hung', 'slow'),
  /** How late a slow one answers. */
  slowness: span,
  /** Runs while it starts up. */
  warmUp: timer,
});

const ServedColumns = {
  /** What the program's protocol remembers of the connection. */
  phase: u8,
  /** The connection is closed as soon as what waits is sent. */
  isEnding: bool,
  /** When a slow program, or one that has just recovered, looks at what has come. */
  work: timer,
};
const ServedRows = table('served', ServedColumns);

/**
 * A program that listens on a TCP port and answers what it is asked. It reads what has come, hands it to
 * {@link Service.serve} and keeps what is not complete yet. A new process begins healthy.
 */
export abstract class Service extends Process {
  protected readonly sockets: TcpSockets;
  protected readonly outbox: Outbox;
  protected readonly served: Table<typeof ServedColumns>;
  private readonly state: RecordOf<typeof ServiceRecord.fields>;
  private readonly input: HeldBytes;

  constructor(
    host: Host,
    private readonly options: ServiceOptions,
  ) {
    super(host, options.name, options);
    const path = `${host.name}/${options.name}`;
    this.state = host.engine.record(`${path}/service`, ServiceRecord, this.domain, { warmUp: () => {} });
    this.served = host.engine.table(`${path}/served`, ServedRows, this.domain, {
      work: (row) => this.work(row),
    });
    this.sockets = host.tcpSockets(this, {
      acceptable: (port) => this.acceptAll(port),
      readable: (socket) => this.readable(socket),
      writable: (socket) => this.writable(socket),
      failed: (socket, error) => this.failed(socket, error),
    });
    this.input = new HeldBytes(host.engine, `${path}/input`);
    this.outbox = new Outbox(host.engine, `${path}/output`, this.sockets);
  }

  /** How it does now. */
  get health(): Health {
    return this.isRunning ? this.state.health : 'dead';
  }

  /** Whether it has not finished starting up. */
  protected get isWarmingUp(): boolean {
    return this.state.warmUp.isArmed;
  }

  /** How late it answers: nothing unless it is slow; ns. */
  protected get slowness(): Nanoseconds {
    return this.state.health === 'slow' ? this.state.slowness : 0;
  }

  /** Changes how it does from now on. `dead` ends the process; anything else starts it if it does not run. */
  setHealth(health: Health, slowness: Nanoseconds = DEFAULT_SLOWNESS): void {
    if (health === 'dead') this.crash();
    else {
      this.start();
      if (!this.isRunning && !this.isLaunching) return;
      const wasHung = this.state.health === 'hung';
      this.state.health = health;
      this.state.slowness = health === 'slow' ? slowness : 0;
      // What has waited for a hung or a slow one is looked at now; a frozen program does so at the thaw.
      const { work } = this.served.timers;
      for (const row of this.served.sortedRows()) {
        if (health === 'hung') work.cancel(row);
        else if (wasHung || work.isArmed(row)) work.arm(row, this.slowness);
      }
    }
    const { trace, name } = this.host;
    if (trace.isOn) trace.emit('service.health', name, { daemon: this.name, health });
  }

  protected override onStart(): void {
    const { port, address, backlog, warmUp } = this.options;
    if (warmUp !== undefined && warmUp > 0) this.state.warmUp.arm(warmUp);
    if (port === null) return;
    const result = this.sockets.listen(port, {
      ...(address === undefined ? {} : { address }),
      ...(backlog === undefined ? {} : { backlog }),
    });
    if (result === 'listening') return;
    this.log(`cannot listen on port ${port}: ${result}`);
    this.crash();
  }

  protected override onStop(): void {}

  protected override onReset(): void {
    this.served.clear();
    this.input.clear();
    this.outbox.clear();
    this.state.reset();
  }

  /** Writes a line to the log. */
  protected log(line: string): void {
    const { trace, name } = this.host;
    if (trace.isOn) trace.emit('daemon.log', name, { daemon: this.name, line });
  }

  private acceptAll(port: number): void {
    const { sockets } = this;
    for (
      let socket = sockets.accept(port, SENDS_AT_ONCE);
      socket !== null;
      socket = sockets.accept(port, SENDS_AT_ONCE)
    ) {
      this.served.insert(socket);
      // It may have been asked before it was accepted.
      this.readable(socket);
    }
  }

  private readable(socket: SocketId): void {
    const row = this.served.find(socket);
    if (row === NO_ROW) return;
    if (this.state.health === 'hung') return;
    if (this.state.health !== 'slow') this.work(row);
    else if (!this.served.timers.work.isArmed(row)) this.served.timers.work.arm(row, this.state.slowness);
  }

  /** Looks at what has come by a connection. */
  private work(row: Row): void {
    const socket = this.served.keyA[row] as SocketId;
    if (this.state.health === 'hung') return;
    let isEnd = false;
    const parts: Uint8Array[] = [];
    for (let part = this.sockets.receive(socket); part !== null; part = this.sockets.receive(socket)) {
      if (part.length === 0) {
        isEnd = true;
        break;
      }
      parts.push(part);
    }
    if (parts.length === 0 && !isEnd) return;
    // What comes after the program's last word is read, so that no reset follows it, and forgotten.
    if (this.served.columns.isEnding[row] === 0) {
      const bytes = this.input.take(socket, joinBytes(...parts));
      const used = this.serve(socket, row, bytes, isEnd);
      if (this.served.find(socket) !== row) return;
      if (this.served.columns.isEnding[row] === 0) this.input.keep(socket, bytes.subarray(used));
    }
    if (isEnd) this.hangUp(socket);
  }

  private writable(socket: SocketId): void {
    const row = this.served.find(socket);
    if (row === NO_ROW) return;
    this.outbox.flush(socket);
    if (this.served.columns.isEnding[row] === 1) this.hangUp(socket);
  }

  private failed(socket: SocketId, _error: SocketErrorName): void {
    const row = this.served.find(socket);
    if (row !== NO_ROW) this.forget(socket, row);
  }

  private forget(socket: SocketId, row: Row): void {
    this.input.drop(socket);
    this.outbox.drop(socket);
    this.served.delete(row);
    this.forgotten(socket);
  }

  /** A connection is gone: what the protocol kept of it can go too. */
  protected forgotten(_socket: SocketId): void {}

  /**
   * Answers what has come, by `Outbox.send` and {@link Service.hangUp}.
   *
   * @param row - of the connection in {@link Service.served}
   * @param input - what has come and was not used yet
   * @param isEnd - nothing more will come
   * @returns how many bytes were used; the others come again together with the next
   */
  protected abstract serve(socket: SocketId, row: Row, input: Uint8Array, isEnd: boolean): number;

  /** Ends a connection when all is sent. */
  protected hangUp(socket: SocketId): void {
    const row = this.served.find(socket);
    if (row === NO_ROW) return;
    this.served.columns.isEnding[row] = 1;
    this.input.drop(socket);
    if (!this.outbox.isEmpty(socket)) return;
    this.forget(socket, row);
    this.sockets.close(socket);
  }
}

/** TCP_NODELAY, as asyncio's streams, nginx and PostgreSQL set it. */
const SENDS_AT_ONCE = { noDelay: true } as const;
