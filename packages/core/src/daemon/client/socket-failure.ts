import type { SocketErrorName } from '../../host/tcp/socket-api.js';
import type { EventFields } from '../../trace/index.js';

/** What became of an attempt, in a client's words. */
export type AttemptResult = EventFields['client.result']['result'];
/** What became of a connection. */
export type ConnectionChange = EventFields['client.connection']['change'];

/** An error of the kernel as a client reports it. */
export interface SocketFailure {
  readonly result: AttemptResult;
  readonly change: ConnectionChange;
  /** The error's name where the result could mean another. */
  readonly detail: string | null;
}

/** What a client says of an error of the kernel. */
export function failureOf(error: SocketErrorName): SocketFailure {
  switch (error) {
    case 'ECONNREFUSED':
      return { result: 'refused', change: 'reset', detail: null };
    case 'ECONNRESET':
    case 'EPIPE':
      return { result: 'reset', change: 'reset', detail: null };
    case 'ETIMEDOUT':
      // The kernel gave up, not the client's own patience.
      return { result: 'timeout', change: 'timeout', detail: error };
    case 'EHOSTUNREACH':
      return { result: 'unreachable', change: 'unreachable', detail: null };
    default:
      return { result: 'unreachable', change: 'unreachable', detail: error };
  }
}
