import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MILLISECOND } from '../../engine/index.js';
import type { SackBlock } from '../../wire/index.js';
import { enterLoss, enterSackBlocks, forgetAcknowledged, nextLost, pipeOf } from './loss-recovery.js';
import { type Held, holdConnection } from './peer.testing.js';
import { pattern } from './talk.testing.js';

const MSS = 1460;

/** A connection with ten full segments on their way. */
function ten(sack = true) {
  const held: Held = holdConnection({ offers: { sackPermitted: sack } });
  const [connection] = held.host.tcp.connections();
  if (connection === undefined) throw new Error('no connection');
  held.client.write(held.socket, pattern(10 * MSS));
  const { tcp } = held.host;
  const una = connection.sndUna;
  /** A block of whole segments by their numbers from 0. */
  const block = (from: number, to: number): SackBlock => ({
    left: (una + from * MSS) >>> 0,
    right: (una + to * MSS) >>> 0,
  });
  const ranges = () =>
    tcp.sacked
      .of(connection.id)
      .map(({ left, right }) => [((left - una) | 0) / MSS, ((right - una) | 0) / MSS]);
  const next = () => {
    const run = nextLost(tcp, connection);
    return run === null ? null : ((run.sequence - una) | 0) / MSS;
  };
  const pipe = () => pipeOf(tcp, connection) / MSS;
  return { held, tcp, connection, una, block, ranges, next, pipe };
}

describe('the scoreboard (RFC 6675 §4, Update)', () => {
  test('joins blocks that touch, and counts each byte once', () => {
    const { tcp, connection, block, ranges } = ten();
    expect(enterSackBlocks(tcp, connection, [block(2, 3)])).toBe(MSS);
    expect(enterSackBlocks(tcp, connection, [block(5, 6), block(2, 3)])).toBe(MSS);
    expect(ranges()).toEqual([
      [2, 3],
      [5, 6],
    ]);
    expect(enterSackBlocks(tcp, connection, [block(3, 5)])).toBe(2 * MSS);
    expect(ranges()).toEqual([[2, 6]]);
    expect(enterSackBlocks(tcp, connection, [block(1, 8)])).toBe(3 * MSS);
    expect(ranges()).toEqual([[1, 8]]);
  });

  test('takes nothing that is acknowledged already, was never sent, or is upside down', () => {
    const { tcp, connection, block, ranges, una } = ten();
    for (const bad of [
      block(-1, 1),
      block(9, 11),
      block(5, 4),
      block(3, 3),
      { left: (una + 0x8000_0000) >>> 0, right: una },
    ])
      expect(enterSackBlocks(tcp, connection, [bad])).toBe(0);
    expect(ranges()).toEqual([]);
  });

  test('forgets what is acknowledged in full', () => {
    const { tcp, connection, block, ranges, una } = ten();
    enterSackBlocks(tcp, connection, [block(1, 3), block(5, 7)]);
    connection.sndUna = (una + 6 * MSS) >>> 0;
    expect(forgetAcknowledged(tcp, connection)).toBe(3 * MSS);
    expect(ranges()).toEqual([[6, 7]]);
  });

  test('is a set of bytes, whatever order the blocks come in', () => {
    const blocks = fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 30 })), {
      maxLength: 20,
    });
    const { tcp, connection, una } = ten();
    fc.assert(
      fc.property(blocks, (given) => {
        tcp.sacked.replace(connection.id, []);
        const bytes = new Set<number>();
        for (const [from, length] of given) {
          const before = bytes.size;
          for (let at = from + 1; at < from + 1 + length; at++) bytes.add(at);
          const added = enterSackBlocks(tcp, connection, [
            { left: (una + from + 1) >>> 0, right: (una + from + 1 + length) >>> 0 },
          ]);
          expect(added).toBe(bytes.size - before);
        }
        const held = tcp.sacked
          .of(connection.id)
          .flatMap(({ left, right }) =>
            Array.from({ length: (right - left) >>> 0 }, (_, index) => ((left - una) >>> 0) + index),
          );
        expect(held).toEqual([...bytes].sort((one, other) => one - other));
      }),
    );
  });
});

describe('what is lost, and what is on its way (RFC 6675 §4)', () => {
  test('a segment with three full ones above it is lost; nothing else is', () => {
    const { tcp, connection, block, next, pipe } = ten();
    expect(pipe()).toBe(10);
    enterSackBlocks(tcp, connection, [block(1, 3)]);
    expect(pipe()).toBe(8);
    connection.recovery = 'recovery';
    connection.highRetransmitted = connection.sndUna;
    expect(next()).toBe(null);
    enterSackBlocks(tcp, connection, [block(1, 4)]);
    // 1..3 have arrived, 0 is lost, 4..9 are on their way.
    expect([next(), pipe()]).toEqual([0, 6]);
    connection.highRetransmitted = (connection.sndUna + MSS) >>> 0;
    expect([next(), pipe()]).toEqual([null, 7]);
  });

  test('three blocks above count as three segments, however short', () => {
    const { tcp, connection, una, next } = ten();
    const short = (at: number): SackBlock => ({ left: (una + at) >>> 0, right: (una + at + 1) >>> 0 });
    connection.recovery = 'recovery';
    enterSackBlocks(tcp, connection, [short(1500), short(3000)]);
    connection.highRetransmitted = una;
    expect(next()).toBe(null);
    enterSackBlocks(tcp, connection, [short(4500)]);
    expect(next()).toBe(0);
  });

  test('holes are sent again in order, each once, none of what has arrived', () => {
    const { tcp, connection, block, next, una } = ten();
    enterSackBlocks(tcp, connection, [block(1, 2), block(3, 4), block(5, 6), block(7, 9)]);
    connection.recovery = 'recovery';
    connection.highRetransmitted = una;
    const sent: (number | null)[] = [];
    for (let at = next(); at !== null; at = next()) {
      sent.push(at);
      connection.highRetransmitted = (una + (at + 1) * MSS) >>> 0;
    }
    // Above 4 there are three segments, above 6 two: 6 and 9 may still be on their way.
    expect(sent).toEqual([0, 2, 4]);
  });

  test('after a timeout everything that has not arrived is lost', () => {
    const { tcp, connection, block, next, pipe, una } = ten();
    enterSackBlocks(tcp, connection, [block(1, 3), block(6, 7)]);
    enterLoss(tcp, connection);
    expect([connection.cwnd, pipe()]).toEqual([1, 0]);
    const sent: (number | null)[] = [];
    for (let at = next(); at !== null; at = next()) {
      sent.push(at);
      connection.highRetransmitted = (una + (at + 1) * MSS) >>> 0;
    }
    expect(sent).toEqual([0, 3, 4, 5, 7, 8, 9]);
    expect(pipe()).toBe(7);
  });

  test('the threshold is lowered once for a window of data', () => {
    const { tcp, connection } = ten();
    connection.cwnd = 100;
    enterLoss(tcp, connection);
    expect(connection.ssthresh).toBe(70);
    connection.retransmits = 1;
    enterLoss(tcp, connection);
    connection.retransmits = 2;
    enterLoss(tcp, connection);
    expect(connection.ssthresh).toBe(70);
  });

  test('without SACK each duplicate takes a segment out of the network, but never all (RFC 6582)', () => {
    const { connection, next, pipe, una } = ten(false);
    connection.recovery = 'recovery';
    connection.highRetransmitted = una;
    const pipes = (): number[] =>
      [0, 3, 9, 50].map((duplicates) => {
        connection.duplicates = duplicates;
        return pipe();
      });
    // The first is lost, until it was sent again.
    expect(pipes()).toEqual([9, 6, 1, 1]);
    expect(next()).toBe(0);
    connection.highRetransmitted = (una + MSS) >>> 0;
    expect(pipes()).toEqual([10, 7, 1, 1]);
    expect(next()).toBe(null);
  });

  test('without SACK duplicates let new segments out, seven for ten (RFC 6937)', () => {
    const { held, connection, una } = ten(false);
    const { lan, peer } = held;
    held.client.write(held.socket, pattern(20 * MSS));
    held.say({});
    lan.run(lan.engine.now + MILLISECOND);
    peer.take();
    const sent: number[][] = [];
    for (let nth = 0; nth < 9; nth++) {
      held.say({ acknowledgement: una });
      lan.run(lan.engine.now + MILLISECOND);
      sent.push(peer.take().map(({ sequence }) => ((sequence - una) | 0) / MSS));
    }
    // The first two let one out each (RFC 3042); the third says that there is a loss.
    expect(sent.slice(0, 3)).toEqual([[10], [11], [0]]);
    const fresh = sent.slice(3).flat();
    expect(fresh).toEqual(Array.from({ length: fresh.length }, (_, index) => 12 + index));
    // Seven duplicates of the recovery allow ceil(7 * 0.7) segments, of which the first was the one that was lost.
    expect(fresh.length).toBe(4);
    expect(connection.cwnd).toBeLessThanOrEqual(8);
  });

  test('a partial acknowledgement sends the next hole at once (RFC 6582 §3.2)', () => {
    const { held, connection, una } = ten(false);
    const { lan, peer } = held;
    held.say({});
    lan.run(lan.engine.now + MILLISECOND);
    peer.take();
    const resent: number[] = [];
    const say = (segments: number): void => {
      held.say({ acknowledgement: (una + segments * MSS) >>> 0 });
      lan.run(lan.engine.now + MILLISECOND);
      resent.push(...peer.take().map(({ sequence }) => ((sequence - una) | 0) / MSS));
    };
    // 0 and 4 are lost.
    for (let nth = 0; nth < 8; nth++) say(0);
    expect(resent).toEqual([0]);
    say(4);
    expect(resent).toEqual([0, 4]);
    expect(connection.recovery).toBe('recovery');
    say(10);
    expect(connection.recovery).toBe('open');
    expect(connection.cwnd).toBe(connection.ssthresh);
  });
});
