import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from '../../wire/index.js';
import { type Held, holdConnection, PEER_ISS, type Seen } from './peer.testing.js';
import { pattern } from './talk.testing.js';

/** The peer's next number, and the host's. */
const NEXT = PEER_ISS + 1;

/** Everything that came after `fields` were said, one round trip later. */
function answerTo(held: Held, fields: Parameters<Held['say']>[0]): Seen[] {
  held.peer.take();
  held.say(fields);
  held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
  return held.peer.take();
}

describe('TIME_WAIT', () => {
  /** The host has closed first, and waits. */
  function waiting(options: Parameters<typeof holdConnection>[0] = {}): Held {
    const held = holdConnection(options);
    held.client.sockets.close(held.socket);
    held.lan.run(200 * MILLISECOND);
    const tcpOptions = options.offers?.timestamp === undefined ? {} : { timestamp: 2000 };
    held.say({ flags: TCP_FIN | TCP_ACK, acknowledgement: (held.iss + 2) >>> 0, ...tcpOptions });
    held.lan.run(201 * MILLISECOND);
    expect(held.states()).toEqual(['TIME_WAIT']);
    return held;
  }
  const ack = (held: Held) => ({ sequence: NEXT + 1, acknowledgement: (held.iss + 2) >>> 0 });

  test('lasts 60 s', () => {
    const held = waiting();
    held.lan.run(60_200 * MILLISECOND);
    expect(held.states()).toEqual(['TIME_WAIT']);
    held.lan.run(60_201 * MILLISECOND);
    expect(held.states()).toEqual([]);
  });

  test('ends by a RST at RCV.NXT (rfc1337 0), and by no other', () => {
    const held = waiting();
    answerTo(held, { flags: TCP_RST, sequence: NEXT + 2 });
    answerTo(held, { flags: TCP_RST, sequence: NEXT });
    expect(held.states()).toEqual(['TIME_WAIT']);
    answerTo(held, { flags: TCP_RST, sequence: NEXT + 1 });
    expect(held.states()).toEqual([]);
  });

  test('answers a FIN that comes again, and begins anew', () => {
    const held = waiting();
    held.lan.run(30 * SECOND);
    const [again] = answerTo(held, { ...ack(held), flags: TCP_FIN | TCP_ACK, sequence: NEXT });
    expect(again).toMatchObject({
      flags: TCP_ACK,
      acknowledgement: NEXT + 1,
      sequence: (held.iss + 2) >>> 0,
    });
    held.lan.run(89 * SECOND);
    expect(held.states()).toEqual(['TIME_WAIT']);
    held.lan.run(91 * SECOND);
    expect(held.states()).toEqual([]);
  });

  test('a bare ACK begins it anew without an answer', () => {
    const held = waiting();
    held.lan.run(30 * SECOND);
    expect(answerTo(held, ack(held))).toEqual([]);
    held.lan.run(89 * SECOND);
    expect(held.states()).toEqual(['TIME_WAIT']);
  });

  test.each([
    ['a later number', { sequence: NEXT + 500 }, {}, true],
    ['an earlier number', { sequence: NEXT - 500 }, {}, false],
    [
      'an earlier number and a later timestamp',
      { sequence: NEXT - 500, timestamp: 3000 },
      { timestamp: 1000 },
      true,
    ],
  ])('a SYN with %s', (_, fields, offers, isNew) => {
    const held = waiting({ offers });
    held.client.sockets.listen(held.port);
    held.lan.run(10 * SECOND);
    const seen = answerTo(held, { flags: TCP_SYN, mss: 1460, ...fields });
    expect(seen.map(({ flags }) => flags)).toEqual([isNew ? TCP_SYN | TCP_ACK : TCP_ACK]);
    expect(held.states()).toEqual([isNew ? 'SYN_RECV' : 'TIME_WAIT']);
    // A SYN that may be new and happens to have a lower number does not make it longer.
    held.lan.run(60_202 * MILLISECOND);
    expect(held.states()).toEqual(isNew ? ['SYN_RECV'] : []);
  });

  test('a later SYN where nobody listens is answered with the old numbers', () => {
    const held = waiting();
    const seen = answerTo(held, { flags: TCP_SYN, sequence: NEXT + 500 });
    expect(seen.map(({ flags, acknowledgement }) => [flags, acknowledgement])).toEqual([[TCP_ACK, NEXT + 1]]);
    expect(held.states()).toEqual(['TIME_WAIT']);
  });
});

describe('goodbyes', () => {
  test('half a connection goes on: what comes after our FIN is taken (RFC 9293 §3.6)', () => {
    const held = holdConnection();
    held.client.sockets.shutdown(held.socket);
    held.lan.run(SECOND);
    expect(held.states()).toEqual(['FIN_WAIT1']);
    const acknowledgement = (held.iss + 2) >>> 0;
    answerTo(held, { acknowledgement });
    expect(held.states()).toEqual(['FIN_WAIT2']);
    held.lan.run(500 * SECOND);
    answerTo(held, { acknowledgement, payload: pattern(9), flags: TCP_ACK | TCP_PSH });
    expect(held.client.heardFrom(held.socket)).toEqual(pattern(9));
    expect(held.client.sockets.send(held.socket, pattern(1))).toBe(0);
    answerTo(held, { acknowledgement, sequence: NEXT + 9, flags: TCP_FIN | TCP_ACK });
    expect(held.states()).toEqual(['TIME_WAIT']);
    expect(held.client.ended).toEqual([held.socket]);
    expect(held.client.failures).toEqual([]);
  });

  test('half a connection goes on: after the other FIN we may still send', () => {
    const held = holdConnection();
    answerTo(held, { flags: TCP_FIN | TCP_ACK });
    expect(held.states()).toEqual(['CLOSE_WAIT']);
    held.client.write(held.socket, pattern(9));
    held.client.sockets.shutdown(held.socket);
    held.lan.run(110 * MILLISECOND);
    const seen = held.peer.take();
    expect(seen.map(({ payload }) => payload.length).filter((length) => length > 0)).toEqual([9]);
    expect(held.states()).toEqual(['LAST_ACK']);
    answerTo(held, { sequence: NEXT + 1, acknowledgement: (held.iss + 11) >>> 0 });
    expect(held.states()).toEqual(['CLOSED']);
    held.client.sockets.close(held.socket);
    expect(held.states()).toEqual([]);
    expect(held.lan.trace.filter('tcp.closed')).toHaveLength(1);
  });

  test('both at once: CLOSING, then TIME_WAIT', () => {
    const held = holdConnection();
    held.client.sockets.close(held.socket);
    held.lan.run(150 * MILLISECOND);
    answerTo(held, { flags: TCP_FIN | TCP_ACK });
    expect(held.states()).toEqual(['CLOSING']);
    answerTo(held, { sequence: NEXT + 1, acknowledgement: (held.iss + 2) >>> 0 });
    expect(held.states()).toEqual(['TIME_WAIT']);
  });

  test('with bytes unread: RST in place of FIN (RFC 2525 §2.17)', () => {
    const held = holdConnection({ reads: false });
    answerTo(held, { payload: pattern(5) });
    held.client.sockets.close(held.socket);
    held.lan.run(SECOND);
    expect(held.peer.take().map(({ flags, sequence }) => [flags, sequence])).toEqual([
      [TCP_RST | TCP_ACK, (held.iss + 1) >>> 0],
    ]);
    expect(held.states()).toEqual([]);
    expect(held.lan.trace.filter('tcp.reset-sent').map(({ reason }) => reason)).toEqual(['unread-data']);
  });

  test('bytes for a closed socket draw a RST; old ones do not', () => {
    const held = holdConnection();
    answerTo(held, { payload: pattern(5) });
    held.client.sockets.close(held.socket);
    held.lan.run(150 * MILLISECOND);
    const acknowledgement = (held.iss + 2) >>> 0;
    // The peer has not heard our acknowledgement of its bytes.
    expect(answerTo(held, { acknowledgement, payload: pattern(5) }).map(({ flags }) => flags)).toEqual([
      TCP_ACK,
    ]);
    expect(held.states()).toEqual(['FIN_WAIT2']);
    expect(
      answerTo(held, { acknowledgement, sequence: NEXT + 5, payload: pattern(5) }).map(
        ({ flags, sequence }) => [flags, sequence],
      ),
    ).toEqual([[TCP_RST, acknowledgement]]);
    expect(held.states()).toEqual([]);
  });

  test('FIN_WAIT2 of a closed socket ends after tcp_fin_timeout, of an open one never', () => {
    for (const closes of [true, false]) {
      const held = holdConnection({ sysctl: { tcp_fin_timeout: 20 * SECOND } });
      if (closes) held.client.sockets.close(held.socket);
      else held.client.sockets.shutdown(held.socket);
      held.lan.run(SECOND);
      answerTo(held, { acknowledgement: (held.iss + 2) >>> 0 });
      expect(held.states()).toEqual(['FIN_WAIT2']);
      held.lan.run(22 * SECOND);
      expect(held.states()).toEqual(closes ? [] : ['FIN_WAIT2']);
    }
  });

  test('a socket that is shut down and then closed waits for its FIN_WAIT2 no longer than tcp_fin_timeout', () => {
    const held = holdConnection();
    held.client.sockets.shutdown(held.socket);
    held.lan.run(SECOND);
    answerTo(held, { acknowledgement: (held.iss + 2) >>> 0 });
    held.lan.run(100 * SECOND);
    held.client.sockets.close(held.socket);
    held.lan.run(159 * SECOND);
    expect(held.states()).toEqual(['FIN_WAIT2']);
    held.lan.run(161 * SECOND);
    expect(held.states()).toEqual([]);
  });

  test('an abort is a RST', () => {
    const held = holdConnection();
    held.client.write(held.socket, pattern(10));
    held.client.sockets.abort(held.socket);
    held.lan.run(SECOND);
    expect(held.peer.take().map(({ flags }) => flags & TCP_RST)).toEqual([0, TCP_RST]);
    expect(held.states()).toEqual([]);
    expect(held.client.failures).toEqual([]);
  });

  test('a FIN that comes before the bytes waits for them', () => {
    const held = holdConnection();
    answerTo(held, { sequence: NEXT + 5, flags: TCP_FIN | TCP_ACK, payload: pattern(3) });
    expect(held.states()).toEqual(['ESTABLISHED']);
    const [last] = answerTo(held, { payload: pattern(5) });
    expect(last?.acknowledgement).toBe(NEXT + 9);
    expect(held.states()).toEqual(['CLOSE_WAIT']);
    expect(held.client.heardFrom(held.socket)).toEqual(Uint8Array.from([...pattern(5), ...pattern(3)]));
    expect(held.client.ended).toEqual([held.socket]);
  });

  test('a bare FIN that comes before the bytes waits for them, and bytes beyond it are no part of the stream', () => {
    const held = holdConnection();
    answerTo(held, { sequence: NEXT + 5, flags: TCP_FIN | TCP_ACK });
    answerTo(held, { sequence: NEXT + 6, payload: pattern(4) });
    const [last] = answerTo(held, { payload: pattern(5) });
    expect(held.states()).toEqual(['CLOSE_WAIT']);
    expect(last?.acknowledgement).toBe(NEXT + 6);
    expect(held.client.heardFrom(held.socket)).toEqual(pattern(5));
    held.client.sockets.close(held.socket);
    held.lan.run(SECOND);
    expect(held.states()).toEqual(['LAST_ACK']);
  });
});
