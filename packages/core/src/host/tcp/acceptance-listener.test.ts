import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/index.js';
import { eth0, ip, Lan } from '../lan.testing.js';
import { Peer, type Seen, seconds } from './peer.testing.js';
import { pattern, Talker } from './talk.testing.js';

const C = ip('10.0.0.1');
const P = ip('10.0.0.2');

/** The only segment that came since the last look. */
function only(peer: Peer): Seen {
  const seen = peer.take();
  expect(seen).toHaveLength(1);
  return seen[0] as Seen;
}

describe('a listener', () => {
  /** The host listens on 80; the peer sends a SYN from port 40 000 with number 100. */
  function listening(backlog?: number, options: { accepts?: boolean } = {}) {
    const lan = new Lan();
    const host = lan.host('c', 1, ['10.0.0.1/24']);
    const server = new Talker(host, options);
    server.sockets.listen(80, backlog === undefined ? {} : { backlog });
    const peer = new Peer(lan, eth0(host), { addresses: ['10.0.0.2'] });
    eth0(host).neighbours.setPermanent(P, peer.mac);
    const say = (from: number, flags: number, sequence: number, acknowledgement?: number, length = 0) =>
      peer.send(P, C, {
        sourcePort: from,
        destinationPort: 80,
        sequence,
        flags,
        window: 512,
        ...(acknowledgement === undefined ? {} : { acknowledgement }),
        ...(flags & TCP_SYN ? { mss: 1460, sackPermitted: true, windowScale: 7 } : {}),
        payload: pattern(length),
      });
    return { lan, host, server, peer, say };
  }

  test('sends its SYN-ACK at 0 1 3 7 15 31 s and forgets at 63 s in silence (case 37)', () => {
    const { lan, host, peer, say } = listening();
    say(40_000, TCP_SYN, 100);
    lan.run(62_999 * MILLISECOND);
    expect(
      peer.take().map(({ at, flags, acknowledgement }) => [seconds(at), flags, acknowledgement]),
    ).toEqual([0, 1, 3, 7, 15, 31].map((at) => [at, TCP_SYN | TCP_ACK, 101]));
    expect(host.tcp.connections().map(({ state }) => state)).toEqual(['SYN_RECV']);
    lan.run(64 * SECOND);
    expect(peer.take()).toEqual([]);
    expect(host.tcp.connections()).toEqual([]);
    expect(lan.trace.filter('tcp.retransmitted').map(({ kind }) => kind)).toEqual(Array(5).fill('syn-ack'));
  });

  test('answers a SYN that comes again, at most twice a second', () => {
    const { lan, peer, say } = listening();
    say(40_000, TCP_SYN, 100);
    lan.run(10);
    expect(only(peer).flags).toBe(TCP_SYN | TCP_ACK);
    say(40_000, TCP_SYN, 100);
    say(40_000, TCP_SYN, 100);
    lan.run(20);
    expect(only(peer).flags).toBe(TCP_SYN | TCP_ACK);
    lan.run(600 * MILLISECOND);
    say(40_000, TCP_SYN, 100);
    lan.run(700 * MILLISECOND);
    expect(only(peer).flags).toBe(TCP_SYN | TCP_ACK);
  });

  test('gives a half-open connection up at a RST, in silence', () => {
    const { lan, host, server, peer, say } = listening();
    say(40_000, TCP_SYN, 100);
    lan.run(10);
    say(40_000, TCP_RST, 101);
    lan.run(20);
    expect(host.tcp.connections()).toEqual([]);
    expect(peer.take()).toHaveLength(1);
    expect(server.failures).toEqual([]);
  });

  test('answers an ACK with a wrong number by RST and goes on waiting', () => {
    const { lan, host, peer, say } = listening();
    say(40_000, TCP_SYN, 100);
    lan.run(10);
    only(peer);
    say(40_000, TCP_ACK, 101, 4242);
    lan.run(20);
    expect(only(peer)).toMatchObject({ flags: TCP_RST, sequence: 4242 });
    expect(host.tcp.connections().map(({ state }) => state)).toEqual(['SYN_RECV']);
  });

  test('gives a half-open connection up when its client cannot be reached (tcp_req_err)', () => {
    const { lan, host, peer, say } = listening();
    eth0(host).neighbours.forget(P);
    peer.answersArp = false;
    say(40_000, TCP_SYN, 100);
    lan.run(3 * SECOND + 10);
    expect(host.tcp.connections()).toEqual([]);
  });

  test('takes bytes that come with the last ACK of the handshake, and a FIN too', () => {
    const { lan, server, peer, say } = listening();
    say(40_000, TCP_SYN, 100);
    lan.run(10);
    const answer = only(peer);
    say(40_000, TCP_ACK | TCP_FIN, 101, (answer.sequence + 1) >>> 0, 7);
    lan.run(SECOND);
    const [socket] = server.accepted as [number];
    expect(server.heardFrom(socket)).toEqual(pattern(7));
    expect(server.ended).toEqual([socket]);
    expect(only(peer).acknowledgement).toBe(109);
  });

  test('with a full queue drops SYNs and last ACKs, and the SYN-ACK comes again', () => {
    const { lan, server, peer, say } = listening(1, { accepts: false });
    const open = (from: number): number => {
      say(from, TCP_SYN, 100);
      lan.run(lan.engine.now + 10);
      return (only(peer).sequence + 1) >>> 0;
    };
    // A backlog of 1 holds two; the third's handshake is under way when it fills.
    const numbers = [40_001, 40_002, 40_003].map(open);
    for (const [index, from] of [40_001, 40_002, 40_003].entries())
      say(from, TCP_ACK, 101, numbers[index] as number);
    lan.run(lan.engine.now + 10);
    expect(peer.take()).toEqual([]);
    const remotes = () => lan.trace.filter('tcp.queue-full').map(({ remote }) => remote);
    expect(remotes()).toEqual(['10.0.0.2:40003']);
    say(40_004, TCP_SYN, 100);
    lan.run(900 * MILLISECOND);
    expect(peer.take()).toEqual([]);
    expect(remotes()).toEqual(['10.0.0.2:40003', '10.0.0.2:40004']);
    lan.run(1500 * MILLISECOND);
    expect(only(peer)).toMatchObject({ flags: TCP_SYN | TCP_ACK, destinationPort: 40_003 });
    server.accept(80);
    expect(server.accepted).toHaveLength(2);
    say(40_003, TCP_ACK, 101, numbers[2] as number);
    lan.run(2 * SECOND);
    server.accept(80);
    expect(server.accepted).toHaveLength(3);
  });

  test('that closes resets what waits to be accepted and forgets what is half open', () => {
    const { lan, host, server, peer, say } = listening(8, { accepts: false });
    say(40_001, TCP_SYN, 100);
    say(40_002, TCP_SYN, 100);
    lan.run(10);
    const [first] = peer.take();
    say(40_001, TCP_ACK, 101, ((first?.sequence ?? 0) + 1) >>> 0);
    lan.run(20);
    server.sockets.stopListening(80);
    lan.run(30);
    expect(only(peer)).toMatchObject({ flags: TCP_RST | TCP_ACK, destinationPort: 40_001 });
    expect(host.tcp.connections()).toEqual([]);
    say(40_003, TCP_SYN, 100);
    lan.run(40);
    expect(only(peer).flags).toBe(TCP_RST | TCP_ACK);
  });

  test('at one address wins over one at all, and either port is taken once', () => {
    const lan = new Lan();
    const host = lan.host('c', 1, [['10.0.0.1/24', '10.0.0.5/24']]);
    const [all, one] = [new Talker(host), new Talker(host)];
    expect(all.sockets.listen(80)).toBe('listening');
    expect(one.sockets.listen(80)).toBe('EADDRINUSE');
    expect(one.sockets.listen(80, { address: ip('10.0.0.9') })).toBe('EADDRNOTAVAIL');
    expect(one.sockets.listen(80, { address: ip('10.0.0.5') })).toBe('listening');
    const client = new Talker(host);
    client.connect(ip('10.0.0.5'), 80);
    client.connect(ip('10.0.0.1'), 80);
    lan.run(SECOND);
    expect([all.accepted.length, one.accepted.length, client.connected.length]).toEqual([1, 1, 2]);
  });
});
