import type { Table } from '../../engine/index.js';
import type { IpAddress } from '../../wire/index.js';
import { Connection, type ConnectionFields } from './connection.js';
import type { SocketId } from './socket-api.js';

/** Connections by number, and those that segments can be for by their ends: derived from their rows. */
export class ConnectionIndex {
  private readonly byId = new Map<SocketId, Connection>();
  private readonly byEnds = new Map<IpAddress, Map<IpAddress, Map<number, Connection>>>();
  /** No lower number is free. */
  private lowestFree: SocketId = 1;

  constructor(private readonly rows: Table<typeof ConnectionFields>) {}

  /** Works everything out again. */
  derive(): void {
    this.byId.clear();
    this.byEnds.clear();
    this.lowestFree = 1;
    for (const row of this.rows.sortedRows()) {
      const connection = new Connection(this.rows, row);
      this.byId.set(connection.id, connection);
      if (connection.state !== 'CLOSED') this.link(connection);
    }
  }

  /** The lowest number that is free, as descriptors are given out. */
  freeId(): SocketId {
    while (this.byId.has(this.lowestFree)) this.lowestFree++;
    return this.lowestFree;
  }

  get(id: SocketId): Connection | undefined {
    return this.byId.get(id);
  }

  /** All, by number. */
  all(): Connection[] {
    return this.rows.sortedRows().map((row) => this.byId.get(this.rows.keyA[row] as number) as Connection);
  }

  /** The connection that a segment from `remote` to `local` is for. */
  find(local: IpAddress, ownPort: number, remote: IpAddress, otherPort: number): Connection | undefined {
    return this.byEnds
      .get(remote)
      ?.get(local)
      ?.get(ownPort * 0x1_0000 + otherPort);
  }

  enter(connection: Connection): void {
    this.byId.set(connection.id, connection);
    this.link(connection);
  }

  private link(connection: Connection): void {
    const { local, remote, ownPort, otherPort } = connection;
    const locals = this.byEnds.get(remote) ?? new Map<IpAddress, Map<number, Connection>>();
    const ports = locals.get(local) ?? new Map<number, Connection>();
    ports.set(ownPort * 0x1_0000 + otherPort, connection);
    locals.set(local, ports);
    this.byEnds.set(remote, locals);
  }

  /** No segment is for it any more. */
  unlink(connection: Connection): void {
    const { local, remote, ownPort, otherPort } = connection;
    const ports = this.byEnds.get(remote)?.get(local);
    const key = ownPort * 0x1_0000 + otherPort;
    if (ports?.get(key) === connection) ports.delete(key);
  }

  /** Nobody knows it any more. */
  remove(id: SocketId): void {
    this.byId.delete(id);
    if (id < this.lowestFree) this.lowestFree = id;
  }
}
