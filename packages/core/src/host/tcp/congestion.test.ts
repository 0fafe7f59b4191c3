import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { growWindow, restartAfterIdle, thresholdAfterLoss } from './congestion.js';
import type { Connection } from './connection.js';
import type { Tcp } from './tcp.js';

/** What congestion control looks at; `clock` is the stopwatch of the epoch. */
function stage(isReno: boolean, cwnd: number, ssthresh: number) {
  const clock = { now: 0, begun: 0 };
  const tcp = {
    isReno,
    rows: {
      windows: {
        epoch: {
          start: () => {
            clock.begun = clock.now;
          },
          elapsed: () => clock.now - clock.begun,
        },
      },
    },
  } as unknown as Tcp;
  const connection = {
    row: 0,
    cwnd,
    ssthresh,
    cwndCount: 0,
    lastMaxCwnd: 0,
    hasEpoch: false,
    cubicOrigin: 0,
    cubicK: 0,
    cubicAcks: 0,
    cubicTcpCwnd: 0,
    srtt: 100_000 * 8,
    recovery: 'open',
    rto: 300 * MILLISECOND,
  } as unknown as Connection;
  /** A round trip of 100 ms in which a whole window is acknowledged, segment by segment. */
  const round = (): void => {
    for (let left = connection.cwnd; left > 0; left--) growWindow(tcp, connection, 1);
    clock.now += 100 * MILLISECOND;
  };
  return { tcp, connection, clock, round };
}

describe('slow start', () => {
  test('adds what was acknowledged, up to the threshold', () => {
    const { tcp, connection } = stage(true, 10, 25);
    growWindow(tcp, connection, 10);
    expect(connection.cwnd).toBe(20);
    growWindow(tcp, connection, 10);
    // Five of slow start, the other five count towards one more segment in 25.
    expect([connection.cwnd, connection.cwndCount]).toEqual([25, 5]);
  });
});

describe('Reno', () => {
  test('grows by a segment with each window (RFC 5681 §3.1)', () => {
    const { connection, round } = stage(true, 20, 10);
    for (let nth = 1; nth <= 10; nth++) {
      round();
      expect(connection.cwnd).toBe(20 + nth);
    }
  });

  test.each([
    [20, 10],
    [21, 10],
    [4, 2],
    [3, 2],
    [1, 2],
  ])('after a loss at %i segments falls back to %i', (cwnd, expected) => {
    const { tcp, connection } = stage(true, cwnd, 100);
    expect(thresholdAfterLoss(tcp, connection)).toBe(expected);
  });
});

describe('CUBIC', () => {
  test.each([
    [100, 70],
    [10, 7],
    [3, 2],
    [1, 2],
    [1000, 700],
  ])('after a loss at %i segments falls back to %i: 717/1024, at least 2', (cwnd, expected) => {
    const { tcp, connection } = stage(false, cwnd, 100);
    expect(thresholdAfterLoss(tcp, connection)).toBe(expected);
    expect(connection.lastMaxCwnd).toBe(cwnd);
  });

  test('who loses again below the last maximum makes room: fast convergence', () => {
    const { tcp, connection } = stage(false, 80, 100);
    connection.lastMaxCwnd = 100;
    thresholdAfterLoss(tcp, connection);
    // 80 * (1024 + 717) / 2048
    expect(connection.lastMaxCwnd).toBe(68);
  });

  // W(t) = 0.4 (t - K)^3 + 100 with K = cube root of 30 / 0.4 = 4.217 s (RFC 9438 §4.2). The kernel takes its target a
  // round trip ahead, and a window moves towards it by what is acknowledged.
  test('comes back along its curve: steep, flat at the old maximum, steep again', () => {
    const { tcp, connection, clock, round } = stage(false, 100, 100);
    connection.ssthresh = thresholdAfterLoss(tcp, connection);
    connection.cwnd = connection.ssthresh;
    const curve = (seconds: number): number => 0.4 * (seconds - 4.217) ** 3 + 100;
    const at = new Map<number, number>();
    for (let nth = 0; nth <= 84; nth++) {
      at.set(clock.now / SECOND, connection.cwnd);
      round();
    }
    for (const seconds of [1, 2, 3, 4.2, 5, 6, 7, 8, 8.4]) {
      const cwnd = at.get(seconds) ?? 0;
      expect(Math.abs(cwnd - curve(seconds)), `${seconds} s: ${cwnd} for ${curve(seconds)}`).toBeLessThan(4);
    }
    // The cube root of 30 * 2^40 / 410, in ticks of 1/1024 s.
    expect(connection.cubicK).toBe(4316);
    expect(connection.cubicOrigin).toBe(100);
  });

  test('is no slower than Reno would be (RFC 9438 §4.3)', () => {
    const { tcp, connection, round } = stage(false, 1000, 1000);
    connection.srtt = 8;
    connection.ssthresh = thresholdAfterLoss(tcp, connection);
    connection.cwnd = 10;
    connection.ssthresh = 10;
    connection.lastMaxCwnd = 10;
    for (let nth = 0; nth < 100; nth++) round();
    // 3 (1 - 0.7) / (1 + 0.7) = 0.53 segments in a round trip.
    expect(connection.cwnd).toBeGreaterThanOrEqual(10 + 50);
  });

  test('without a known maximum probes at a twentieth of what is acknowledged, at least', () => {
    const { connection, round } = stage(false, 100, 50);
    round();
    expect(connection.cwnd).toBe(105);
  });
});

describe('after a pause', () => {
  test.each([
    // In timeouts of 300 ms.
    [300, 80, 80],
    [301, 80, 40],
    [601, 80, 20],
    [10_000, 80, 10],
    [10_000, 6, 6],
  ])('of %i ms a window of %i is %i', (pause, cwnd, expected) => {
    const { connection } = stage(false, cwnd, 20);
    restartAfterIdle(connection, pause * MILLISECOND);
    expect(connection.cwnd).toBe(expected);
    // Three quarters of it are remembered as safe.
    expect(connection.ssthresh).toBe(
      pause > 300 ? Math.max(20, Math.floor(cwnd / 2) + Math.floor(cwnd / 4)) : 20,
    );
  });

  test('in recovery nothing changes', () => {
    const { connection } = stage(false, 80, 20);
    connection.recovery = 'loss';
    restartAfterIdle(connection, 10 * SECOND);
    expect(connection.cwnd).toBe(80);
  });
});
