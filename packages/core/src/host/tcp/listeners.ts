import {
  bool,
  type ClockDomain,
  type Engine,
  NO_ROW,
  type Row,
  Streams,
  type Table,
  table,
  u16,
  u32,
  value,
} from '../../engine/index.js';
import type { IpAddress } from '../../wire/index.js';
import type { SocketId } from './socket-api.js';

const ListenerFields = {
  /** The number of the owner's sockets, from 1. */
  owner: u16,
  backlog: u32,
  isSpecific: bool,
  address: value<IpAddress>(),
};
const ListenerRows = table('tcp-listener', ListenerFields);

/** What stands for all local addresses among the keys. */
const ANY = 0;

/** The listening ports of a host, and the connections that wait to be accepted on them. */
export class Listeners {
  private readonly rows: Table<typeof ListenerFields>;
  private readonly queue: Streams<{ readonly id: SocketId }>;

  constructor(
    private readonly engine: Engine,
    path: string,
    domain: ClockDomain,
  ) {
    this.rows = engine.table(`${path}/listeners`, ListenerRows, domain);
    this.queue = new Streams(engine, `${path}/accept`);
  }

  /** Opens a port for an owner, at one address or at all (null). False if one listens there. */
  open(owner: number, port: number, address: IpAddress | null, backlog: number): boolean {
    const word = address === null ? ANY : this.engine.store.keep(address);
    if (this.rows.find(port, word) !== NO_ROW) return false;
    const row = this.rows.insert(port, word);
    const { columns } = this.rows;
    columns.owner[row] = owner;
    columns.backlog[row] = backlog;
    columns.isSpecific[row] = address === null ? 0 : 1;
    columns.address[row] = word;
    return true;
  }

  /** Closes an owner's listening sockets on a port, or all (null). Returns the keys of what was closed. */
  close(owner: number, port: number | null): number[] {
    const keys: number[] = [];
    for (const row of this.rows.sortedRows()) {
      if (this.rows.columns.owner[row] !== owner || (port !== null && this.rows.keyA[row] !== port)) continue;
      keys.push(this.keyOf(row));
      this.rows.delete(row);
    }
    return keys;
  }

  /** Whether somebody listens on a port, at whatever address. */
  isOpen(port: number): boolean {
    return this.rows.sortedRows().some((row) => this.rows.keyA[row] === port);
  }

  /** Who listens for a port of an address: the one that names it before one for all. NO_ROW for nobody. */
  at(address: IpAddress, port: number): Row {
    const { rows } = this;
    if (rows.size === 0) return NO_ROW;
    const specific = rows.find(port, this.engine.store.keep(address));
    return specific === NO_ROW ? rows.find(port, ANY) : specific;
  }

  /** What a connection knows its listener by: owner * 2^16 + port. */
  keyOf(row: Row): number {
    return keyOf(this.rows.columns.owner[row] as number, this.rows.keyA[row] as number);
  }

  /** The ports on which an owner listens. */
  portsOf(owner: number): number[] {
    const { rows } = this;
    const own = rows.sortedRows().filter((row) => rows.columns.owner[row] === owner);
    return [...new Set(own.map((row) => rows.keyA[row] as number))];
  }

  // ---- the accept queue

  /** Whether no connection more can wait (`sk_acceptq_is_full`: more than the backlog is full). */
  isFull(row: Row): boolean {
    return this.queue.of(this.keyOf(row)).length > (this.rows.columns.backlog[row] as number);
  }

  hasWaiting(owner: number, port: number): boolean {
    return this.queue.of(keyOf(owner, port)).length > 0;
  }

  enqueue(key: number, id: SocketId): void {
    this.queue.push(key, { id });
  }

  /** Takes the connection that has waited longest. */
  dequeue(owner: number, port: number): SocketId | undefined {
    return this.queue.shift(keyOf(owner, port))?.id;
  }

  /** A connection does not wait any more: it is over. */
  withdraw(key: number, id: SocketId): void {
    this.queue.replace(
      key,
      this.queue.of(key).filter((entry) => entry.id !== id),
    );
  }

  clear(): void {
    this.rows.clear();
    this.queue.clear();
  }
}

const keyOf = (owner: number, port: number): number => owner * 0x1_0000 + port;

/** The owner in a listener's key. */
export const ownerOf = (key: number): number => Math.floor(key / 0x1_0000);

/** The port in a listener's key. */
export const portOf = (key: number): number => key % 0x1_0000;
