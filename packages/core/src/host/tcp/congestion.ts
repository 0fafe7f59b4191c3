import { MILLISECOND, type Nanoseconds } from '../../engine/index.js';
import type { Connection } from './connection.js';
import type { Tcp } from './tcp.js';
import { INITIAL_CWND } from './tcp-parameters.js';

// CUBIC as Linux has it (net/ipv4/tcp_cubic.c), in its integers; without HyStart.

/** The clock of CUBIC ticks 1024 times a second (BICTCP_HZ). */
const CUBIC_SHIFT = 10;
/** 717/1024: what is left of the window after a loss (beta). */
const BETA = 717;
const BETA_SCALE = 1024;
/** 41 * 10: C = 0.4 in the units of the formula (bic_scale, cube_rtt_scale). */
const CUBE_RTT_SCALE = 410;
const CUBE_FACTOR = 2 ** (10 + 3 * CUBIC_SHIFT) / CUBE_RTT_SCALE;
/** 8 * (1024 + 717) / 3 / (1024 - 717): how fast Reno would grow (beta_scale). */
const FRIENDLINESS = Math.floor((8 * (BETA_SCALE + BETA)) / 3 / (BETA_SCALE - BETA));

/** The window to fall back to after a loss: half with Reno (RFC 5681 §3.1), 0.7 with CUBIC; at least 2 segments. */
export function thresholdAfterLoss(tcp: Tcp, connection: Connection): number {
  const { cwnd } = connection;
  if (tcp.isReno) return Math.max(2, Math.floor(cwnd / 2));
  connection.hasEpoch = false;
  // Fast convergence: who loses again below the last maximum gives room to others.
  const isShrinking = cwnd < connection.lastMaxCwnd;
  connection.lastMaxCwnd = isShrinking ? Math.floor((cwnd * (BETA_SCALE + BETA)) / (2 * BETA_SCALE)) : cwnd;
  return Math.max(2, Math.floor((cwnd * BETA) / BETA_SCALE));
}

/** The window grows with what was acknowledged: slow start up to the threshold, then as the algorithm says. */
export function growWindow(tcp: Tcp, connection: Connection, acknowledged: number): void {
  let left = acknowledged;
  if (connection.cwnd < connection.ssthresh) {
    const grown = Math.min(connection.cwnd + left, connection.ssthresh);
    left -= grown - connection.cwnd;
    connection.cwnd = grown;
    if (left <= 0) return;
  }
  const every = tcp.isReno ? connection.cwnd : cubicCount(tcp, connection, left);
  // tcp_cong_avoid_ai: one more segment for `every` that were acknowledged.
  if (connection.cwndCount >= every) {
    connection.cwndCount = 0;
    connection.cwnd++;
  }
  connection.cwndCount += left;
  if (connection.cwndCount >= every) {
    const more = Math.floor(connection.cwndCount / every);
    connection.cwndCount -= more * every;
    connection.cwnd += more;
  }
}

/** After a pause the window is halved for each timeout of it, down to the initial one (Linux `tcp_cwnd_restart`; RFC 2861). */
export function restartAfterIdle(connection: Connection, idle: Nanoseconds): void {
  const { rto } = connection;
  if (idle <= rto || connection.recovery !== 'open') return;
  let { cwnd } = connection;
  connection.ssthresh = Math.max(connection.ssthresh, Math.floor(cwnd / 2) + Math.floor(cwnd / 4));
  const least = Math.min(INITIAL_CWND, cwnd);
  for (let left = idle - rto; left > 0 && cwnd > least; left -= rto) cwnd = Math.floor(cwnd / 2);
  connection.cwnd = Math.max(cwnd, least);
}

/** How many segments must be acknowledged for the window to grow by one (Linux `bictcp_update`). */
function cubicCount(tcp: Tcp, connection: Connection, acknowledged: number): number {
  const { cwnd, lastMaxCwnd } = connection;
  connection.cubicAcks += acknowledged;
  if (!connection.hasEpoch) {
    connection.hasEpoch = true;
    tcp.rows.windows.epoch.start(connection.row);
    connection.cubicAcks = acknowledged;
    connection.cubicTcpCwnd = cwnd;
    if (lastMaxCwnd <= cwnd) {
      connection.cubicK = 0;
      connection.cubicOrigin = cwnd;
    } else {
      connection.cubicK = cubeRoot(CUBE_FACTOR * (lastMaxCwnd - cwnd));
      connection.cubicOrigin = lastMaxCwnd;
    }
  }
  const since = tcp.rows.windows.epoch.elapsed(connection.row) + Math.floor(connection.srtt / 8) * 1000;
  const time = Math.floor((since * 2 ** CUBIC_SHIFT) / (1000 * MILLISECOND));
  const offset = Math.abs(time - connection.cubicK);
  const delta = Math.floor((CUBE_RTT_SCALE * offset * offset * offset) / 2 ** (10 + 3 * CUBIC_SHIFT));
  const target = connection.cubicOrigin + (time < connection.cubicK ? -delta : delta);
  let count = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
  if (lastMaxCwnd === 0 && count > 20) count = 20;
  const perSegment = Math.max(1, Math.floor((cwnd * FRIENDLINESS) / 8));
  while (connection.cubicAcks > perSegment) {
    connection.cubicAcks -= perSegment;
    connection.cubicTcpCwnd++;
  }
  if (connection.cubicTcpCwnd > cwnd) {
    count = Math.min(count, Math.floor(cwnd / (connection.cubicTcpCwnd - cwnd)));
  }
  return Math.max(2, count);
}

/** The whole part of a cube root, by halving: the same on every machine. */
function cubeRoot(of: number): number {
  let low = 0;
  let high = 2 ** 17;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (middle * middle * middle <= of) low = middle;
    else high = middle - 1;
  }
  return low;
}
