import type { Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';

/** What a connection was ended by, as the client saw it; `open`: it was not. */
export type ConnectionEnd = 'open' | 'closed' | 'goodbye' | 'reset' | 'silence' | 'unreachable' | 'refused';

/** What breaks connections: a RST, nobody answering, the server hanging up, no way to the server. */
export type BreakKind = 'reset' | 'silence' | 'goodbye' | 'unreachable';

/** Every way to break, in the order in which they are told. */
export const BREAK_KINDS: readonly BreakKind[] = ['reset', 'silence', 'goodbye', 'unreachable'];

/** One request of a client on a connection. */
export interface ConnectionRequest {
  readonly attempt: number;
  readonly sentAt: Nanoseconds;
  /** When the client knew what became of it. */
  readonly endedAt: Nanoseconds;
  readonly result: TraceEvent<'client.result'>['result'];
  readonly stage: TraceEvent<'client.result'>['stage'];
  /** Who answered. */
  readonly by: string | null;
  readonly detail: string | null;
}

/** A RST that a node sent. */
export interface SentReset {
  readonly at: Nanoseconds;
  readonly by: string;
  readonly reason: TraceEvent<'tcp.reset-sent'>['reason'];
}

/** Something that was sent again. */
export interface Retransmission {
  readonly at: Nanoseconds;
  /** Who sent it. */
  readonly by: string;
  readonly kind: TraceEvent<'tcp.retransmitted'>['kind'];
  readonly sequence: number;
  readonly length: number;
  readonly count: number;
}

/** How an established connection broke. */
export interface Breakage {
  readonly by: BreakKind;
  readonly at: Nanoseconds;
  /** Who sent the RST or hung up; null: nobody did. */
  readonly node: string | null;
  /** How long the request waited that was lost with it; null: none was under way. */
  readonly hung: Nanoseconds | null;
}

/** What happened to one connection that a client asked for. */
export interface ConnectionLife {
  /** `c1#3`: the client and its own count; `c1@10.145` where it was never established and so has no number (a second one `c1@10.145/2`). */
  readonly name: string;
  readonly client: string;
  /** Where the client runs. */
  readonly node: string;
  /** The client's own count. */
  readonly number: number | null;
  /** `192.168.1.100:5432`. */
  readonly server: string;
  /** The address of the server. */
  readonly target: string;
  /** The client's end, `192.168.1.50:40001`. */
  readonly local: string;
  readonly openedAt: Nanoseconds;
  /** Null if it never was. */
  readonly establishedAt: Nanoseconds | null;
  /** The node that answered the client's SYN; null: nobody did, or one outside the lab. */
  readonly with: string | null;
  /** Whether its client sends more than one request over a connection. */
  readonly isKept: boolean;
  readonly requests: readonly ConnectionRequest[];
  /** Of both ends. */
  readonly retransmissions: readonly Retransmission[];
  /** Of all nodes: also of those that never had this connection. */
  readonly resets: readonly SentReset[];
  readonly end: {
    readonly how: ConnectionEnd;
    /** The end of the run if it is still open. */
    readonly at: Nanoseconds;
    /** What the client's program was told: `ECONNRESET`. */
    readonly error: string | null;
    /** The RST that ended it. */
    readonly reset: SentReset | null;
  };
  /** Null if it did not break: it is open, was closed in good order, or was never established. */
  readonly broken: Breakage | null;
  /** The first retransmission of what was still unanswered when the run ended; null: nothing was. */
  readonly hangsSince: Nanoseconds | null;
  /** The events of its two ends, and of whoever else answered, in order. */
  readonly events: readonly TraceEvent[];
}

/** The connection whose breaking hurt most: the longest hang, or the first; null if none broke. */
export function worstBroken(connections: readonly ConnectionLife[]): ConnectionLife | null {
  let worst: ConnectionLife | null = null;
  for (const life of connections) {
    if (life.broken === null) continue;
    if (worst === null || (life.broken.hung ?? 0) > (worst.broken?.hung ?? 0)) worst = life;
  }
  return worst;
}
