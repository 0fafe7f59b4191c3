import type { Nanoseconds } from '../engine/index.js';
import type { BreakKind, ConnectionLife } from './connection-life.js';

/** How many connections clients had, and what became of them. */
export interface ConnectionCounts {
  /** How often one was asked for. */
  readonly asked: number;
  /** How many were established. */
  readonly opened: number;
  /** How many of these broke. */
  readonly broken: number;
  readonly brokenBy: Readonly<Record<BreakKind, number>>;
  /** Who sent the RSTs, by how many connections; `?` for a RST from outside the lab. */
  readonly resetBy: Readonly<Record<string, number>>;
  /** How many were still there when the run ended. */
  readonly open: number;
  /** How many segments were sent again, by either end. */
  readonly retransmissions: number;
  /** The longest that a request waited on a connection that then broke; null: none was under way on any. */
  readonly longestHang: Nanoseconds | null;
  /** Since when a request hangs that still did at the end; null: none. */
  readonly hangsSince: Nanoseconds | null;
}

/** Counts connections. */
export function countConnections(connections: readonly ConnectionLife[]): ConnectionCounts {
  const brokenBy: Record<BreakKind, number> = { reset: 0, silence: 0, goodbye: 0, unreachable: 0 };
  const resetBy: Record<string, number> = {};
  let [opened, broken, open, retransmissions] = [0, 0, 0, 0];
  let longestHang: Nanoseconds | null = null;
  let hangsSince: Nanoseconds | null = null;
  for (const life of connections) {
    retransmissions += life.retransmissions.length;
    if (life.establishedAt !== null) opened++;
    if (life.establishedAt !== null && life.end.how === 'open') open++;
    if (life.hangsSince !== null) hangsSince = Math.min(hangsSince ?? life.hangsSince, life.hangsSince);
    if (life.broken === null) continue;
    broken++;
    brokenBy[life.broken.by]++;
    if (life.broken.by === 'reset') {
      const node = life.broken.node ?? '?';
      resetBy[node] = (resetBy[node] ?? 0) + 1;
    }
    if (life.broken.hung !== null) longestHang = Math.max(longestHang ?? 0, life.broken.hung);
  }
  return {
    asked: connections.length,
    opened,
    broken,
    brokenBy,
    resetBy,
    open,
    retransmissions,
    longestHang,
    hangsSince,
  };
}
