import type { Trace } from '../../trace/index.js';
import type { Connection } from './connection.js';

/** Why a segment of nobody is answered with a reset. */
export type StrayReason = 'no-connection' | 'closed-port' | 'bad-acknowledgement';

/** What TCP of one host tells the trace. */
export class TcpTelling {
  constructor(
    private readonly trace: Trace,
    /** The host. */
    private readonly name: string,
  ) {}

  private tell<N extends 'tcp.opened' | 'tcp.established' | 'tcp.failed' | 'tcp.closed'>(
    name: N,
    connection: Connection,
    fields: Record<string, unknown>,
  ): void {
    const { localText: local, remoteText: remote } = connection;
    this.trace.emit(name, this.name, { local, remote, ...fields } as never);
  }

  /** A connection was begun here. */
  opened(connection: Connection): void {
    if (this.trace.isOn) this.tell('tcp.opened', connection, { side: sideOf(connection) });
  }

  established(connection: Connection): void {
    if (this.trace.isOn) this.tell('tcp.established', connection, { side: sideOf(connection) });
  }

  /** A connection ends with an error. */
  failed(connection: Connection, error: string): void {
    if (this.trace.isOn) this.tell('tcp.failed', connection, { error, state: connection.state });
  }

  /** Both ends have said goodbye. */
  closed(connection: Connection): void {
    if (this.trace.isOn) this.tell('tcp.closed', connection, {});
  }

  /** A segment of nobody was answered with a reset. */
  strayReset(local: string, remote: string, reason: StrayReason): void {
    if (this.trace.isOn) this.trace.emit('tcp.reset-sent', this.name, { local, remote, reason });
  }

  /** A SYN was dropped, or the last acknowledgement of a handshake. */
  queueFull(local: string, remote: string): void {
    if (this.trace.isOn) this.trace.emit('tcp.queue-full', this.name, { local, remote });
  }

  /** Something was sent again; `sequence` as it stands in the segment. */
  retransmitted(
    connection: Connection,
    sequence: number,
    length: number,
    kind: 'syn' | 'syn-ack' | 'timeout' | 'fast' | 'tail-probe' | 'window-probe' | 'keepalive',
  ): void {
    const { trace, name } = this;
    if (!trace.isOn) return;
    const { localText: local, remoteText: remote } = connection;
    const isProbe = kind === 'window-probe' || kind === 'keepalive';
    const count = isProbe ? connection.probes : Math.max(1, connection.retransmits);
    trace.emit('tcp.retransmitted', name, { local, remote, sequence, length, kind, count });
  }

  /** We have ended a connection for the other end too. */
  resetSent(connection: Connection, reason: 'aborted' | 'unread-data' | 'keepalive'): void {
    const { trace, name } = this;
    if (!trace.isOn) return;
    trace.emit('tcp.reset-sent', name, {
      local: connection.localText,
      remote: connection.remoteText,
      reason,
    });
  }

  /** The other end has. */
  resetReceived(connection: Connection): void {
    const { trace, name } = this;
    if (!trace.isOn) return;
    const { localText: local, remoteText: remote, state } = connection;
    trace.emit('tcp.reset', name, { local, remote, state });
  }

  /** A segment was not believed (RFC 5961). */
  challenged(connection: Connection, by: 'rst' | 'syn'): void {
    const { trace, name } = this;
    if (!trace.isOn) return;
    trace.emit('tcp.challenged', name, { local: connection.localText, remote: connection.remoteText, by });
  }
}

const sideOf = (connection: Connection): 'active' | 'passive' =>
  connection.isPassive ? 'passive' : 'active';
