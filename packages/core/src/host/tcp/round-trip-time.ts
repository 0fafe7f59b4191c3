import { MICROSECOND, type Nanoseconds } from '../../engine/index.js';
import type { Connection } from './connection.js';
import { isAfter } from './sequence.js';
import { RTO_MAX, RTO_MIN } from './tcp-parameters.js';

const VARIANCE_MIN = RTO_MIN / MICROSECOND;

/**
 * A round trip was measured (Linux `tcp_rtt_estimator`, `tcp_set_rto`; RFC 6298 §2). Linux puts the least of 200 ms
 * under the variance term and not under the sum, so that the timeout is always more than 200 ms.
 *
 * @param measured - ns; less than a microsecond counts as one
 */
export function measureRoundTrip(connection: Connection, measured: Nanoseconds): void {
  const sample = Math.max(1, Math.floor(measured / MICROSECOND));
  let { srtt, mdev, mdevMax, rttvar } = connection;
  if (srtt === 0) {
    srtt = sample * 8;
    mdev = sample * 2;
    rttvar = Math.max(mdev, VARIANCE_MIN);
    mdevMax = rttvar;
    connection.rttSequence = connection.sndNxt;
  } else {
    let error = sample - Math.floor(srtt / 8);
    srtt += error;
    if (error < 0) {
      error = -error - Math.floor(mdev / 4);
      // The variance falls slowly when round trips get shorter.
      if (error > 0) error = Math.floor(error / 8);
    } else error -= Math.floor(mdev / 4);
    mdev += error;
    if (mdev > mdevMax) {
      mdevMax = mdev;
      if (mdevMax > rttvar) rttvar = mdevMax;
    }
    if (isAfter(connection.sndUna, connection.rttSequence)) {
      if (mdevMax < rttvar) rttvar -= Math.floor((rttvar - mdevMax) / 4);
      connection.rttSequence = connection.sndNxt;
      mdevMax = VARIANCE_MIN;
    }
  }
  connection.srtt = Math.max(1, srtt);
  connection.mdev = mdev;
  connection.mdevMax = mdevMax;
  connection.rttvar = rttvar;
  connection.rto = timeoutOf(connection);
}

/** The retransmission timeout that follows from what was measured; ns. */
export function timeoutOf(connection: Connection): Nanoseconds {
  return Math.min(RTO_MAX, (Math.floor(connection.srtt / 8) + connection.rttvar) * MICROSECOND);
}

/** The smoothed round-trip time; ns. */
export const smoothedRoundTrip = (connection: Connection): Nanoseconds =>
  Math.floor(connection.srtt / 8) * MICROSECOND;
