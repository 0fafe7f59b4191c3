import { describe, expect, test } from 'vitest';
import { MICROSECOND, MILLISECOND } from '../../engine/index.js';
import type { Connection } from './connection.js';
import { measureRoundTrip, smoothedRoundTrip, timeoutOf } from './round-trip-time.js';

/** What the estimator looks at; each measurement acknowledges a window of data, as the kernel sees it. */
function fresh(): Connection {
  return {
    srtt: 0,
    mdev: 0,
    mdevMax: 0,
    rttvar: 0,
    rttSequence: 0,
    rto: 0,
    sndUna: 0,
    sndNxt: 100,
  } as Connection;
}

describe('the retransmission timeout', () => {
  test.each([
    // First sample m: SRTT = m, variance term max(2 m, 200 ms).
    [1_000, 201_000],
    [50, 200_050],
    [100_000, 300_000],
    [150_000, 450_000],
    [1_000_000, 3_000_000],
    // At most 120 s.
    [60_000_000, 120_000_000],
  ])('after a first round trip of %i µs is %i µs', (sample, expected) => {
    const connection = fresh();
    measureRoundTrip(connection, sample * MICROSECOND);
    expect(connection.rto).toBe(expected * MICROSECOND);
    expect(smoothedRoundTrip(connection)).toBe(sample * MICROSECOND);
  });

  test('less than a microsecond counts as one', () => {
    const connection = fresh();
    measureRoundTrip(connection, 2);
    expect([connection.srtt, connection.rto]).toEqual([8, 200_001 * MICROSECOND]);
  });

  // tcp_rtt_estimator by hand, in µs: srtt * 8, mdev * 4; the window moves on with each sample.
  test('follows Linux step by step', () => {
    const connection = fresh();
    const steps = [
      // m = 100 000: srtt 800 000, mdev 200 000, rttvar max(200 000, 200 000)
      { sample: 100_000, srtt: 800_000, mdev: 200_000, rttvar: 200_000 },
      // m = 300 000: error 200 000; srtt 1 000 000; mdev 200 000 + 200 000 - 50 000 = 350 000; the greatest of the window
      // becomes rttvar at once
      { sample: 300_000, srtt: 1_000_000, mdev: 350_000, rttvar: 350_000 },
      // m = 125 000 = srtt / 8: error 0 - 87 500; mdev 262 500; the window's greatest is 262 500: rttvar falls by a
      // quarter of the difference, 21 875
      { sample: 125_000, srtt: 1_000_000, mdev: 262_500, rttvar: 328_125 },
      // m = 25 000: error -100 000, |e| - 65 625 = 34 375 > 0 and the trip got shorter: an eighth of it, 4 296
      { sample: 25_000, srtt: 900_000, mdev: 266_796, rttvar: 312_793 },
    ];
    for (const { sample, srtt, mdev, rttvar } of steps) {
      measureRoundTrip(connection, sample * MICROSECOND);
      expect({ sample, srtt: connection.srtt, mdev: connection.mdev, rttvar: connection.rttvar }).toEqual({
        sample,
        srtt,
        mdev,
        rttvar,
      });
      expect(connection.rto).toBe((Math.floor(srtt / 8) + rttvar) * MICROSECOND);
      expect(connection.rto).toBe(timeoutOf(connection));
      // The next one is of the next window.
      connection.sndUna = connection.sndNxt + 1;
      connection.sndNxt += 1000;
    }
  });

  test('never goes below the round trip and 200 ms, however steady it is', () => {
    const connection = fresh();
    for (let nth = 0; nth < 200; nth++) {
      measureRoundTrip(connection, MILLISECOND);
      connection.sndUna = connection.sndNxt + 1;
      connection.sndNxt += 1000;
    }
    expect(connection.rto).toBe(201 * MILLISECOND);
  });

  test('within a window the variance only grows', () => {
    const connection = fresh();
    measureRoundTrip(connection, 500 * MILLISECOND);
    const { rttvar } = connection;
    for (let nth = 0; nth < 20; nth++) measureRoundTrip(connection, 500 * MILLISECOND);
    expect(connection.rttvar).toBe(rttvar);
    expect(connection.mdev).toBeLessThan(rttvar);
  });
});
