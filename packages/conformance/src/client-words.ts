import type { Nanoseconds, TraceEvent } from '@viplab/core';
import { type ClientAttempt, isHeld } from './client-attempt.js';

/** The recorder's names of what keeps a request from its server, by the kernel's error. */
const UNREACHABLE: Readonly<Record<string, string>> = { ENETUNREACH: 'net-unreachable' };

/** Notes what the simulated clients lived through as the recorder's clients note it. */
export class ClientNotes {
  /** In order of their beginnings once {@link sorted} is asked for them. */
  private readonly attempts = new Map<string, ClientAttempt[]>();
  /** When the client's kernel began a connection, by node and own end. */
  private readonly begun = new Map<string, Nanoseconds>();

  /** @param clients - the recorded names (`short`, `persist write`) by the simulated ones, `c1/2` */
  constructor(private readonly clients: ReadonlyMap<string, string>) {
    for (const client of clients.values()) this.attempts.set(client, []);
  }

  /** Looks at one event of the trace. */
  note(event: TraceEvent): void {
    if (event.name === 'tcp.opened' && event.side === 'active') {
      this.begun.set(`${event.node} ${event.local}`, event.time);
    } else if (event.name === 'client.connection') {
      const client = this.clients.get(event.client);
      // The recorder's short client says nothing of its connections.
      if (event.change !== 'opened' || client === undefined || !isHeld(client)) return;
      const began = this.begun.get(`${event.node} ${event.local}`) ?? event.time;
      this.append(client, { time: began, took: event.time - began, result: 'open', server: null });
    } else if (event.name === 'client.result') {
      const client = this.clients.get(event.client);
      if (client === undefined) return;
      const result = recordedResult(event);
      this.append(client, {
        time: event.sentAt,
        took: event.time - event.sentAt,
        result: isHeld(client) && event.stage === 'connect' ? `connect-${result}` : result,
        server: event.result === 'ok' ? event.by : null,
      });
    }
  }

  /** All attempts by client, in order of their beginnings. */
  sorted(): ReadonlyMap<string, readonly ClientAttempt[]> {
    // The opening of a connection and the first request by it begin at the same instant here.
    for (const attempts of this.attempts.values()) attempts.sort((a, b) => a.time - b.time);
    return this.attempts;
  }

  private append(client: string, attempt: ClientAttempt): void {
    this.attempts.get(client)?.push(attempt);
  }
}

/** A timeout of the kernel and of the client's own patience are one error to Python: TimeoutError. */
function recordedResult({ result, detail }: TraceEvent<'client.result'>): string {
  if (result === 'unreachable') return UNREACHABLE[detail ?? ''] ?? 'host-unreachable';
  return result === 'error' && detail !== null ? detail : result;
}
