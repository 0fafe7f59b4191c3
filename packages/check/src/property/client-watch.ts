import type { Nanoseconds, TraceEvent } from '@viplab/core';
import { bool, NO_ROW, type RecordOf, record, type Table, table, value } from '@viplab/core/engine';
import type { Watch } from './property.js';

/** `192.168.1.50` of `192.168.1.50:40001`, `[2001:db8::50]` of `[2001:db8::50]:40001`. */
const hostOf = (end: string): string => end.slice(0, end.lastIndexOf(':'));

/** What a client says of an attempt. */
export type ClientResult = TraceEvent<'client.result'>;
/** What a client says of a connection. */
export type ClientConnection = TraceEvent<'client.connection'>;

const OpenColumns = { wasTold: bool };
/** Connections that are open, as the client sees it, by its own count. */
const OpenConnections = table('open-connections', OpenColumns);

const ClientSeen = record('seen-client', {
  /** Whether it was ever answered. */
  wasServed: bool,
  /** The address of its end of the last connection that opened. */
  address: value<string>(),
  /** Of the last RST that another node sent it: the client's end of that connection, who, and why. */
  resetAt: value<string>(),
  resetBy: value<string>(),
  resetFor: value<string>(),
});

/** Told of what one client says. */
export interface ClientListener {
  readonly result?: (event: ClientResult) => void;
  readonly connection?: (event: ClientConnection) => void;
}

/** A client and what is known of it. */
export class SeenClient {
  private readonly state: RecordOf<typeof ClientSeen.fields>;
  private readonly connections: Table<typeof OpenColumns>;
  private readonly listeners: ClientListener[] = [];

  constructor(
    watch: Watch,
    /** The client's name in the trace: its node, or `node/2` for a second one there. */
    readonly name: string,
    readonly node: string,
    /** Whether it sends more than one request over a connection. */
    readonly keeps: boolean,
    /** How long an attempt may take; null: as long as the kernel waits. */
    readonly timeout: Nanoseconds | null,
  ) {
    const { engine } = watch;
    this.state = engine.record(`watch client ${name}`, ClientSeen, engine.world);
    this.connections = engine.table(`watch connections of ${name}`, OpenConnections, engine.world, {});
  }

  /** How many connections are open, as the client sees it. */
  get open(): number {
    return this.connections.size;
  }

  /** Whether it was ever answered. */
  get wasServed(): boolean {
    return this.state.wasServed;
  }

  /** Who sent the last RST to one of its ends, and why; null if that was for another end, or nobody did. */
  resetOf(local: string): { readonly by: string; readonly reason: string } | null {
    const { resetAt, resetBy, resetFor } = this.state;
    return resetAt === local && resetBy !== null && resetFor !== null
      ? { by: resetBy, reason: resetFor }
      : null;
  }

  listen(listener: ClientListener): void {
    this.listeners.push(listener);
  }

  tellResult(event: ClientResult): void {
    if (event.result === 'ok' && !this.state.wasServed) this.state.wasServed = true;
    for (const { result } of this.listeners) result?.(event);
  }

  tellConnection(event: ClientConnection): void {
    const { connections } = this;
    const row = connections.find(event.connection);
    // A client that was started anew counts from 1 again.
    if (row !== NO_ROW) connections.delete(row);
    if (event.change === 'opened') {
      const opened = connections.insert(event.connection);
      connections.columns.wasTold[opened] = 1;
      this.state.address = hostOf(event.local);
    }
    for (const { connection } of this.listeners) connection?.(event);
  }

  /** A RST is sent, perhaps to one of its ends. */
  tellReset({ node, remote, reason }: TraceEvent<'tcp.reset-sent'>): void {
    if (node === this.node || hostOf(remote) !== this.state.address) return;
    this.state.resetAt = remote;
    this.state.resetBy = node;
    this.state.resetFor = reason;
  }
}

/**
 * Hears what the clients of a network tell, for all monitors. Clients speak through the trace: an attempt is told when it
 * has ended, a connection when it opens and when it ends.
 */
export class ClientWatch {
  readonly clients: readonly SeenClient[];

  constructor(watch: Watch) {
    const { network, plan } = watch;
    this.clients = plan.hosts.flatMap(({ name: node, clients }) =>
      clients.map(
        ({ name, tcp, timeout }) =>
          new SeenClient(watch, name, node, tcp !== null && tcp.kind !== 'short', timeout),
      ),
    );
    const byName = new Map(this.clients.map((client) => [client.name, client]));
    network.trace.listen((event) => {
      switch (event.name) {
        case 'client.result':
          byName.get(event.client)?.tellResult(event);
          break;
        case 'client.connection':
          byName.get(event.client)?.tellConnection(event);
          break;
        case 'tcp.reset-sent':
          for (const client of this.clients) client.tellReset(event);
          break;
      }
    });
  }

  /**
   * Some of the clients.
   *
   * @param of names of clients, or of their nodes; undefined: all
   * @throws RangeError if there is none of such a name
   */
  named(of: readonly string[] | undefined): readonly SeenClient[] {
    if (of === undefined) return this.clients;
    for (const name of of) {
      if (this.clients.some((client) => client.name === name || client.node === name)) continue;
      const known = this.clients.map((client) => client.name).join(', ') || 'none';
      throw new RangeError(`no client '${name}' in this lab: there are ${known}`);
    }
    return this.clients.filter(({ name, node }) => of.includes(name) || of.includes(node));
  }
}
