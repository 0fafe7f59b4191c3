import { describe, expect, test } from 'vitest';
import { MILLISECOND, type Nanoseconds, SECOND } from '../../engine/index.js';
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST } from '../../wire/index.js';
import { type Held, type HeldOptions, holdConnection, seconds } from './peer.testing.js';
import { pattern } from './talk.testing.js';

/** Writes four bytes at the second 1 to a peer that never answers again, and runs on. */
function writeIntoSilence(options: HeldOptions, until: Nanoseconds): Held {
  const held = holdConnection(options);
  held.lan.run(SECOND);
  held.client.write(held.socket, pattern(4));
  held.lan.run(until);
  return held;
}

/** When segments with bytes came, and the failure, counted from the write; the way to the peer taken off. */
const dataOf = ({ peer, lan }: Held): number[] =>
  peer.segments.filter(({ payload }) => payload.length > 0).map(({ at }) => seconds(at - SECOND - lan.delay));
const failuresOf = ({ client }: Held): (readonly [string, number])[] =>
  client.failures.map(({ error, at }) => [error, seconds(at - SECOND)] as const);

/** The timeouts after a first one at `first`: the spans double from `span` to 120 s. */
function timeouts(first: number, span: number, count: number): number[] {
  const instants = [first];
  for (let next = span; instants.length < count; next = Math.min(120, next * 2))
    instants.push(Math.round((instants[instants.length - 1] as number) * 1000 + next * 1000) / 1000);
  return instants;
}

describe('an established connection whose peer falls silent', () => {
  test('with SACK: a tail probe, 15 timeouts, and the end at 925.824 s (case 38)', () => {
    const held = writeIntoSilence({}, 2000 * SECOND);
    expect(dataOf(held)).toEqual([0, 0.201, ...timeouts(0.402, 0.402, 15)]);
    expect(dataOf(held).at(-1)).toBe(805.824);
    expect(failuresOf(held)).toEqual([['ETIMEDOUT', 925.824]]);
    expect(held.lan.trace.filter('tcp.retransmitted').map(({ kind }) => kind)).toEqual([
      'tail-probe',
      ...Array<string>(15).fill('timeout'),
    ]);
    expect(held.lan.trace.filter('tcp.retransmitted').map(({ count }) => count)).toEqual([
      1,
      ...Array.from({ length: 15 }, (_, index) => index + 1),
    ]);
    expect(held.states()).toEqual([]);
  });

  test('without SACK: no tail probe, 15 timeouts, and the end at 925.623 s', () => {
    const held = writeIntoSilence({ sysctl: { tcp_sack: 0 } }, 2000 * SECOND);
    expect(dataOf(held)).toEqual([0, ...timeouts(0.201, 0.402, 15)]);
    expect(dataOf(held).at(-1)).toBe(805.623);
    expect(failuresOf(held)).toEqual([['ETIMEDOUT', 925.623]]);
  });

  test.each([
    // tcp_retries2 3: (2^4 - 1) * 200 ms = 3 s from the first timeout at .402: the timer after that is at 6.432.
    [3, 6.432],
    [8, 102.912],
  ])('tcp_retries2 %i ends it at %f s', (retries, at) => {
    const held = writeIntoSilence({ sysctl: { tcp_retries2: retries } }, 2000 * SECOND);
    expect(failuresOf(held)).toEqual([['ETIMEDOUT', at]]);
  });

  test('TCP_USER_TIMEOUT 10 s ends it 10 s after the first timeout, exactly (case 39)', () => {
    const held = writeIntoSilence({ connect: { userTimeout: 10 * SECOND } }, 100 * SECOND);
    expect(dataOf(held)).toEqual([0, 0.201, 0.402, 0.804, 1.608, 3.216, 6.432]);
    expect(failuresOf(held)).toEqual([['ETIMEDOUT', 10.402]]);
  });

  test('an orphan with data is given up after 102.2 s, without a word', () => {
    const held = holdConnection();
    held.lan.run(SECOND);
    held.client.write(held.socket, pattern(4));
    held.client.sockets.close(held.socket);
    held.lan.run(2000 * SECOND);
    // The close sends a FIN at once, so two segments are outstanding: 2 * 1 ms + 2 ms for the probe.
    const resent = held.lan.trace.filter('tcp.retransmitted');
    expect(resent[0]?.kind).toBe('tail-probe');
    const first = resent.find(({ kind }) => kind === 'timeout')?.time ?? 0;
    const failed = held.lan.trace.filter('tcp.failed');
    expect(failed.map(({ error }) => error)).toEqual(['ETIMEDOUT']);
    // The first timer after 102.2 s since the first timeout: 402 ms * (2^8 - 1).
    expect(seconds((failed[0]?.time ?? 0) - first)).toBe(102.51);
    expect(held.client.failures).toEqual([]);
    expect(held.states()).toEqual([]);
  });
});

describe('keepalive', () => {
  const keepAlive = { idle: 5 * SECOND, interval: 2 * SECOND, count: 3 };
  /** The peer says something at the second 1; its last segment arrives 500 µs later. */
  function hearAndWait(options: HeldOptions): Held {
    const held = holdConnection(options);
    held.lan.run(SECOND);
    held.peer.take();
    held.say({ flags: TCP_ACK | TCP_PSH, payload: pattern(3) });
    held.lan.run(SECOND + MILLISECOND);
    held.peer.take();
    held.lan.run(9000 * SECOND);
    return held;
  }
  const since = (held: Held, at: Nanoseconds): number => seconds(at - SECOND - held.lan.delay);

  test('probes at 5, 7 and 9 s, RST and ETIMEDOUT at 11 s (case 40)', () => {
    const held = hearAndWait({ connect: { keepAlive } });
    const seen = held.peer.take().map(({ at, flags, sequence, payload }) => ({
      at: since(held, at - held.lan.delay),
      flags,
      sequence: (sequence - held.iss) | 0,
      length: payload.length,
    }));
    expect(seen).toEqual([
      { at: 5, flags: TCP_ACK, sequence: 0, length: 0 },
      { at: 7, flags: TCP_ACK, sequence: 0, length: 0 },
      { at: 9, flags: TCP_ACK, sequence: 0, length: 0 },
      { at: 11, flags: TCP_RST | TCP_ACK, sequence: 1, length: 0 },
    ]);
    expect(held.client.failures.map(({ error, at }) => [error, since(held, at)])).toEqual([
      ['ETIMEDOUT', 11],
    ]);
    expect(held.lan.trace.filter('tcp.reset-sent').map(({ reason }) => reason)).toEqual(['keepalive']);
  });

  test('with a user timeout of 8 s it dies with the first probe that is due after it: 9 s', () => {
    const held = hearAndWait({ connect: { keepAlive, userTimeout: 8 * SECOND } });
    expect(held.client.failures.map(({ error, at }) => [error, since(held, at)])).toEqual([['ETIMEDOUT', 9]]);
  });

  test('with nothing else set: 7200 + 9 * 75 s', () => {
    const held = hearAndWait({ connect: { keepAlive: {} } });
    expect(held.client.failures.map(({ error, at }) => [error, since(held, at)])).toEqual([
      ['ETIMEDOUT', 7875],
    ]);
  });

  test('with the sysctls of the machine', () => {
    const sysctl = {
      tcp_keepalive_time: 100 * SECOND,
      tcp_keepalive_intvl: 10 * SECOND,
      tcp_keepalive_probes: 2,
    };
    const held = hearAndWait({ connect: { keepAlive: {} }, sysctl });
    expect(held.client.failures.map(({ error, at }) => [error, since(held, at)])).toEqual([
      ['ETIMEDOUT', 120],
    ]);
  });

  test('without SO_KEEPALIVE a dead peer is never noticed', () => {
    const held = hearAndWait({});
    expect(held.client.failures).toEqual([]);
    expect(held.states()).toEqual(['ESTABLISHED']);
    expect(held.peer.take()).toEqual([]);
  });

  test('does not run while data is outstanding', () => {
    const held = writeIntoSilence({ connect: { keepAlive } }, 2000 * SECOND);
    expect(failuresOf(held)).toEqual([['ETIMEDOUT', 925.824]]);
  });

  test('an answered probe begins the idle time anew', () => {
    const held = holdConnection({ connect: { keepAlive } });
    const established = held.lan.delay * 2;
    held.peer.onSegment = () => held.say({});
    held.lan.run(21 * SECOND);
    const probes = held.lan.trace.filter('tcp.retransmitted').filter(({ kind }) => kind === 'keepalive');
    // Each answer comes 1 ms after its probe.
    expect(probes.map(({ time }) => seconds(time - established))).toEqual([5, 10.001, 15.002, 20.003]);
    expect(held.client.failures).toEqual([]);
  });
});

describe('a closed window', () => {
  /** The peer closes its window with the acknowledgement of the first bytes; `answers`: it answers probes so. */
  function closeWindow(options: HeldOptions & { answers: boolean }, until: Nanoseconds): Held {
    const held = holdConnection(options);
    held.lan.run(SECOND);
    held.client.write(held.socket, pattern(4));
    let isClosed = false;
    held.peer.onSegment = (segment) => {
      const next = (segment.sequence + segment.payload.length) >>> 0;
      if (!isClosed || options.answers)
        held.say({ acknowledgement: isClosed ? (held.iss + 5) >>> 0 : next, window: 0 });
      isClosed = true;
    };
    held.lan.run(2 * SECOND);
    held.peer.take();
    held.client.write(held.socket, pattern(10));
    held.lan.run(until);
    return held;
  }
  const probesOf = (held: Held): number[] =>
    held.lan.trace
      .filter('tcp.retransmitted')
      .filter(({ kind }) => kind === 'window-probe')
      .map(({ time }) => seconds(time - 2 * SECOND));

  test('is probed with one number too old, ever more rarely, up to 120 s; unanswered 15 times: ETIMEDOUT', () => {
    const held = closeWindow({ answers: false }, 3000 * SECOND);
    expect(probesOf(held)).toEqual(timeouts(0.201, 0.402, 15));
    for (const probe of held.peer.take()) {
      expect((probe.sequence - held.iss) | 0).toBe(4);
      expect(probe.payload.length).toBe(0);
    }
    expect(held.client.failures.map(({ error, at }) => [error, seconds(at - 2 * SECOND)])).toEqual([
      ['ETIMEDOUT', 925.623],
    ]);
  });

  test('is kept as long as probes are answered', () => {
    const held = closeWindow({ answers: true }, 20_000 * SECOND);
    expect(held.client.failures).toEqual([]);
    expect(held.states()).toEqual(['ESTABLISHED']);
    const probes = probesOf(held);
    expect(probes.length).toBeGreaterThan(160);
    // From the answer of one to the next.
    expect(probes.at(-1) as number).toBeCloseTo((probes.at(-2) as number) + 120.001, 6);
  });

  test('with a user timeout it ends even where probes are answered', () => {
    const held = closeWindow({ answers: true, connect: { userTimeout: 10 * SECOND } }, 100 * SECOND);
    // 10 s after the first probe, met exactly.
    expect(held.client.failures.map(({ error, at }) => [error, seconds(at - 2 * SECOND)])).toEqual([
      ['ETIMEDOUT', 10.201],
    ]);
  });

  test('goes on where it opens', () => {
    const held = closeWindow({ answers: true }, 10 * SECOND);
    held.peer.take();
    held.peer.onSegment = () => {};
    held.say({ acknowledgement: (held.iss + 5) >>> 0, window: 100 });
    held.lan.run(10 * SECOND + 2 * MILLISECOND);
    expect(held.peer.take().map(({ payload }) => payload.length)).toEqual([10]);
  });

  test('that opens by less than a segment is used by the next probe', () => {
    const held = closeWindow({ answers: true }, 3 * SECOND);
    held.client.write(held.socket, pattern(5000));
    held.peer.take();
    const una = (held.iss + 5) >>> 0;
    held.peer.onSegment = () => {};
    // 100 bytes of 65 160: not worth a segment by itself (RFC 9293 §3.8.6.2.1).
    held.say({ acknowledgement: una, window: 0 });
    held.lan.run(3 * SECOND + 2 * MILLISECOND);
    held.peer.take();
    const scaled = Math.ceil(100 / 128);
    held.say({ acknowledgement: una, window: scaled });
    held.lan.run(4 * SECOND);
    expect(held.peer.take()[0]?.payload.length).toBe(scaled * 128);
  });

  test('holds a FIN back as well', () => {
    const held = closeWindow({ answers: true }, 2 * SECOND + 100 * MILLISECOND);
    held.client.sockets.shutdown(held.socket);
    held.lan.run(20 * SECOND);
    expect(held.peer.take().every(({ flags }) => (flags & TCP_FIN) === 0)).toBe(true);
    held.peer.onSegment = () => {};
    // Room for the ten bytes and not for the FIN cannot be said with a window scale of 7.
    held.say({ acknowledgement: (held.iss + 5) >>> 0, window: 1 });
    held.lan.run(20 * SECOND + 2 * MILLISECOND);
    const [last] = held.peer.take();
    expect(last?.payload.length).toBe(10);
    expect((last?.flags ?? 0) & TCP_FIN).toBe(TCP_FIN);
  });

  test('an orphan is given up once its probes are two minutes apart', () => {
    const held = closeWindow({ answers: true }, 2 * SECOND + 100 * MILLISECOND);
    held.client.sockets.close(held.socket);
    held.lan.run(5000 * SECOND);
    expect(held.states()).toEqual([]);
    expect(held.lan.trace.filter('tcp.failed').map(({ error }) => error)).toEqual(['ETIMEDOUT']);
  });
});
