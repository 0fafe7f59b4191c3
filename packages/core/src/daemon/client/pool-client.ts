import {
  bool,
  diagnostic,
  int,
  MILLISECOND,
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
  u32,
} from '../../engine/index.js';
import type { Host } from '../../host/index.js';
import type { SocketErrorName, SocketId } from '../../host/tcp/socket-api.js';
import type { Reading } from './conversation.js';
import { type AttemptResult, type ConnectionChange, failureOf } from './socket-failure.js';
import { DEFAULT_TIMEOUT, TcpClientBase, WIRE_NUMBERS } from './tcp-client-base.js';
import type { RetryOptions, TcpClientOptions } from './tcp-client-options.js';

/** A client with several connections. */
export interface PoolClientOptions extends TcpClientOptions {
  /** How many connections it keeps open, 1 to 1000. */
  readonly size: number;
  readonly retry?: RetryOptions;
}

const DEFAULT_RETRY = { after: 100 * MILLISECOND, most: 10 * SECOND, factor: 2 };
const LARGEST_POOL = 1000;

/** What a connection of the pool does, in the column `phase`. */
const PHASE = { down: 0, connecting: 1, opening: 2, free: 3, busy: 4 } as const;

const PoolClientRecord = record('pool-client', {
  /** The key of the next request. */
  next: u32,
  attempts: diagnostic(int),
  connections: diagnostic(int),
  tick: timer,
});

const SlotColumns = {
  socket: u32,
  phase: u8,
  /** The key of the request that it carries, and one; 0 for none. */
  request: u32,
  /** How long it waits before it connects again; 0 after a success. */
  delay: span,
  connection: diagnostic(int),
  retry: timer,
  limit: timer,
};
const SlotRows = table('pool-connection', SlotColumns);

const RequestColumns = {
  isCarried: bool,
  attempt: diagnostic(int),
  sentAt: diagnostic(int),
  timeout: timer,
};
const RequestRows = table('pool-request', RequestColumns);

/**
 * A client with a pool of connections, all opened at its start and again when they break, each time later. A request
 * takes the first that is free, or waits for one; it fails with its connection and is not sent again.
 */
export class PoolClient extends TcpClientBase {
  private readonly state: RecordOf<typeof PoolClientRecord.fields>;
  /** By their numbers, 1 and up. */
  private readonly slots: Table<typeof SlotColumns>;
  private readonly requests: Table<typeof RequestColumns>;
  private readonly timeout: Nanoseconds;
  private readonly retry: Required<RetryOptions>;
  private readonly size: number;
  /** Keys go round beyond the most requests that can be outstanding. */
  private readonly keys: number;

  /** @throws RangeError for spans that are not positive, and for a pool without connections */
  constructor(host: Host, options: PoolClientOptions) {
    super(host, options, true);
    this.timeout = options.timeout ?? DEFAULT_TIMEOUT;
    this.size = options.size;
    if (!Number.isInteger(this.size) || this.size < 1 || this.size > LARGEST_POOL)
      throw new RangeError(`${options.name}: a pool has 1 to ${LARGEST_POOL} connections`);
    this.retry = { ...DEFAULT_RETRY, ...options.retry };
    const { after, most, factor } = this.retry;
    if (!(after >= 1) || !(most >= after) || !(factor >= 1))
      throw new RangeError(`${options.name}: a pool retries later and later, not sooner`);
    this.keys = Math.ceil(this.timeout / options.every) + 2;
    const path = `${host.name}/${options.name}`;
    this.state = host.engine.record(path, PoolClientRecord, this.domain, { tick: () => this.ask() });
    this.slots = host.engine.table(`${path}/connections`, SlotRows, this.domain, {
      retry: (row) => this.open(row),
      limit: (row) => this.notOpened(row),
    });
    this.requests = host.engine.table(`${path}/requests`, RequestRows, this.domain, {
      timeout: (row) => this.expired(row),
    });
  }

  protected override onStart(): void {
    for (let number = 1; number <= this.size; number++) this.open(this.slots.insert(number));
    this.state.tick.arm(this.options.from ?? 0);
  }

  protected override onReset(): void {
    super.onReset();
    this.slots.clear();
    this.requests.clear();
    this.state.reset();
  }

  private open(slot: Row): void {
    const { columns, timers } = this.slots;
    const socket = this.connect();
    if (typeof socket === 'string') {
      this.openLater(slot);
      return;
    }
    columns.socket[slot] = socket;
    columns.phase[slot] = PHASE.connecting;
    timers.limit.arm(slot, this.timeout);
  }

  private openLater(slot: Row): void {
    const { columns, timers } = this.slots;
    const { after, most, factor } = this.retry;
    const last = columns.delay[slot] as Nanoseconds;
    const delay = last === 0 ? after : Math.min(most, Math.round(last * factor));
    columns.delay[slot] = delay;
    timers.retry.arm(slot, delay);
  }

  private slotOf(socket: SocketId): Row {
    const rows = this.slots.sortedRows();
    return rows.find((row) => this.slots.columns.socket[row] === socket) ?? NO_ROW;
  }

  protected override connected(socket: SocketId): void {
    const slot = this.slotOf(socket);
    if (slot === NO_ROW) return;
    const { columns } = this.slots;
    columns.connection[slot] = ++this.state.connections;
    this.tellOpened(socket, this.state.connections);
    columns.phase[slot] = PHASE.opening;
    if (this.conversation.opening === null) this.opened(slot);
    else this.send(socket, this.conversation.opening);
  }

  private opened(slot: Row): void {
    this.slots.timers.limit.cancel(slot);
    this.slots.columns.delay[slot] = 0;
    this.freed(slot);
  }

  /** A connection has nothing to do: it takes the request that has waited longest. */
  private freed(slot: Row): void {
    this.slots.columns.phase[slot] = PHASE.free;
    for (let step = 0; step < this.keys; step++) {
      const request = this.requests.find((this.state.next + step) % this.keys);
      if (request === NO_ROW || this.requests.columns.isCarried[request] === 1) continue;
      this.carry(slot, request);
      return;
    }
  }

  private ask(): void {
    const { state, requests, slots } = this;
    const key = state.next;
    state.next = (key + 1) % this.keys;
    state.attempts++;
    state.tick.arm(this.options.every);
    const request = requests.insert(key);
    requests.columns.attempt[request] = state.attempts;
    requests.columns.sentAt[request] = this.sendingTime;
    requests.timers.timeout.arm(request, this.timeout);
    const slot = slots.sortedRows().find((row) => slots.columns.phase[row] === PHASE.free);
    if (slot !== undefined) this.carry(slot, request);
  }

  private carry(slot: Row, request: Row): void {
    const key = this.requests.keyA[request] as number;
    const { columns } = this.slots;
    columns.phase[slot] = PHASE.busy;
    columns.request[slot] = key + 1;
    this.requests.columns.isCarried[request] = 1;
    const socket = columns.socket[slot] as SocketId;
    this.send(socket, this.conversation.request(key % WIRE_NUMBERS));
  }

  protected override readable(socket: SocketId): void {
    const slot = this.slotOf(socket);
    if (slot === NO_ROW) return;
    const { columns } = this.slots;
    const { bytes, isEnd } = this.take(socket);
    let input = bytes;
    let reading: Reading = { kind: 'more' };
    if (columns.phase[slot] === PHASE.opening) {
      reading = this.conversation.readOpening(input, isEnd);
      if (reading.kind === 'ready') {
        input = input.subarray(reading.used);
        this.keep(socket, input);
        this.opened(slot);
        input = this.take(socket).bytes;
      }
    }
    if (columns.phase[slot] === PHASE.busy) reading = this.conversation.readAnswer(input, isEnd);
    if (reading.kind === 'answer') {
      const { result, by, detail, used, keepsOpen } = reading;
      this.finish(slot, result, by, detail);
      if (keepsOpen && !isEnd && columns.phase[slot] === PHASE.busy) {
        this.keep(socket, input.subarray(used));
        this.freed(slot);
      } else this.close(slot, isEnd ? 'eof' : 'closed');
    } else if (isEnd) {
      this.finish(slot, 'eof', null, null);
      this.close(slot, 'eof');
    } else this.keep(socket, input);
  }

  /** Says what became of the request that a connection carries, if it carries one. */
  private finish(slot: Row, result: AttemptResult, by: string | null, detail: string | null): void {
    const { columns } = this.slots;
    const request = this.requests.find((columns.request[slot] as number) - 1);
    columns.request[slot] = 0;
    if (request === NO_ROW) return;
    this.tellRequest(request, columns.connection[slot] as number, result, by, detail);
    this.requests.delete(request);
  }

  private tellRequest(
    request: Row,
    connection: number | null,
    result: AttemptResult,
    by: string | null,
    detail: string | null,
  ): void {
    const { columns } = this.requests;
    this.tellResult({
      attempt: columns.attempt[request] as number,
      result,
      by,
      sentAt: columns.sentAt[request] as number,
      connection,
      stage: connection === null ? 'connect' : 'reply',
      detail,
    });
  }

  /** A request's time is over: the connection that carries it is given up, since its answer might come yet. */
  private expired(request: Row): void {
    const key = (this.requests.keyA[request] as number) + 1;
    const slot = this.slots.sortedRows().find((row) => this.slots.columns.request[row] === key);
    if (slot === undefined) {
      this.tellRequest(request, null, 'timeout', null, 'no free connection');
      this.requests.delete(request);
    } else {
      this.finish(slot, 'timeout', null, null);
      this.close(slot, 'closed');
    }
  }

  protected override failed(socket: SocketId, error: SocketErrorName): void {
    const slot = this.slotOf(socket);
    if (slot === NO_ROW) return;
    const { result, change, detail } = failureOf(error);
    this.finish(slot, result, null, detail);
    this.close(slot, change);
  }

  private notOpened(slot: Row): void {
    this.close(slot, 'closed');
  }

  /** Gives a connection up and opens another in its place. */
  private close(slot: Row, change: ConnectionChange): void {
    const { columns, timers } = this.slots;
    const socket = columns.socket[slot] as SocketId;
    const isEstablished = (columns.phase[slot] as number) > PHASE.connecting;
    if (isEstablished) this.tellEnded(socket, columns.connection[slot] as number, change);
    columns.socket[slot] = 0;
    columns.phase[slot] = PHASE.down;
    timers.limit.cancel(slot);
    this.forget(socket);
    this.hangUp(socket, isEstablished);
    this.openLater(slot);
  }
}
