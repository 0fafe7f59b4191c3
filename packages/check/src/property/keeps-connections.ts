import type { ActionName, Nanoseconds } from '@viplab/core';
import { bool, NO_ROW, type RecordOf, record, type Table, table, value, window } from '@viplab/core/engine';
import type { Deed } from '../campaign/fault.js';
import { clientWas, connectionAtCause, failoverWhile, requestAtCause } from './client-coverage.js';
import type { ClientConnection, ClientResult, SeenClient } from './client-watch.js';
import { deathInWords, isDeath } from './connection-death.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'keeps-connections';

/** Of which clients, and what may break them all the same. */
export interface KeepsConnectionsOptions {
  /** Names of clients or of their nodes; default: all clients. */
  readonly of?: readonly string[];
  /**
   * What may break the connections that are open when it is done, or that open within the settling time after it:
   * `['power-off', 'kill-9']`. Default: nothing.
   */
  readonly except?: readonly ActionName[];
}

const ConnectionColumns = {
  /** Something was done since it opened that may break it. */
  isExcused: bool,
  /** The last request on it got no answer in time: a client that gives it up does so for its silence. */
  isSilent: bool,
  /** The last request on it was lost, in whatever way. */
  isLost: bool,
};
const Connections = table('connections', ConnectionColumns);
const Judgement = record('judgement', {
  said: value<string>(),
  /** Open for the settling time after what may break connections. */
  excusing: window,
});

/** The connections of one client. */
class WatchedConnections {
  private readonly connections: Table<typeof ConnectionColumns>;
  private readonly state: RecordOf<typeof Judgement.fields>;

  constructor(
    watch: Watch,
    private readonly client: SeenClient,
  ) {
    const { engine } = watch;
    this.connections = engine.table(`${NAME}: open of ${client.name}`, Connections, engine.world, {});
    this.state = engine.record(`${NAME} of ${client.name}`, Judgement, engine.world);
    client.listen({ connection: (event) => this.hear(event), result: (event) => this.learn(event) });
  }

  get said(): string | null {
    return this.state.said;
  }

  /** Something is done that may break connections, as long as the network has not settled. */
  excuse(settling: Nanoseconds): void {
    const { connections } = this;
    this.state.excusing.open(settling);
    for (const row of connections.sortedRows()) connections.columns.isExcused[row] = 1;
  }

  private learn({ connection, result }: ClientResult): void {
    const { connections } = this;
    const row = connection === null ? NO_ROW : connections.find(connection);
    if (row === NO_ROW) return;
    connections.columns.isSilent[row] = result === 'timeout' ? 1 : 0;
    connections.columns.isLost[row] = result === 'ok' || result === 'error' ? 0 : 1;
  }

  private hear({ connection, change, client, server, local }: ClientConnection): void {
    const { connections, state } = this;
    const row = connections.find(connection);
    if (change === 'opened') {
      // A client that was started anew counts from 1 again.
      if (row !== NO_ROW) connections.delete(row);
      const opened = connections.insert(connection);
      if (state.excusing.isOpen) connections.columns.isExcused[opened] = 1;
      return;
    }
    if (row === NO_ROW) return;
    const { isExcused, isSilent, isLost } = connections.columns;
    const wasExcused = isExcused[row] === 1;
    const end = change === 'closed' && isSilent[row] === 1 ? 'timeout' : change;
    // A server that hangs up after the only answer breaks nothing.
    const isOver = end === 'eof' && !this.client.keeps && isLost[row] === 0;
    connections.delete(row);
    if (!isDeath(end) || isOver || wasExcused || state.said !== null) return;
    const death = deathInWords(end, this.client.resetOf(local));
    state.said = `${client}'s connection ${connection} to ${server} (from ${local}) ${death}`;
  }
}

class KeepsConnections extends SharedMonitor {
  private readonly watched: readonly WatchedConnections[];

  constructor(
    watch: Watch,
    { of }: KeepsConnectionsOptions,
    private readonly excuses: ReadonlySet<string>,
  ) {
    super(watch);
    this.watched = this.parts.clients.named(of).map((client) => new WatchedConnections(watch, client));
  }

  get violation(): Violation | null {
    for (const { said } of this.watched) if (said !== null) return { property: NAME, message: said };
    return null;
  }

  protected override learn(deed: Deed): void {
    if (!this.excuses.has(deed.do)) return;
    const settling = Math.max(0, ...this.watch.vips.map((vip) => vip.settling));
    for (const connections of this.watched) connections.excuse(settling);
  }
}

/**
 * No connection of a client that has opened ends by another hand than the client's: by a RST, by silence until its timers
 * or the client give up, for want of anybody who answers for the address, or by the server.
 *
 * It says something only of runs in which a connection is open when an address goes over to another node.
 *
 * @throws RangeError when it is watched: for a client that the lab does not have
 * @example
 * ```ts
 * await prove(lab, { properties: [keepsConnections({ of: ['c1'], except: ['power-off'] })] });
 * ```
 */
export const keepsConnections = (options: KeepsConnectionsOptions = {}): Property => {
  const { of, except = [] } = options;
  const whose = of === undefined ? 'a client' : of.join(' or ');
  const unless = except.length === 0 ? '' : `, unless it was open at: ${except.join(', ')}`;
  return {
    name: NAME,
    means: `no connection of ${whose} is broken${unless}`,
    quantifier: 'always',
    observes: 'clients',
    needs: [clientWas('connected', of)],
    needsOfFaults: [failoverWhile('connected', of)],
    covers: [connectionAtCause(of), requestAtCause(of)],
    watch: (watch) => new KeepsConnections(watch, options, new Set(except)),
  };
};
