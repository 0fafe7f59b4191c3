import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/index.js';
import { eth0, ip, Lan, macOf } from '../lan.testing.js';
import { type Held, holdConnection, PEER_ISS, type Seen, seconds } from './peer.testing.js';
import { pattern, Talker } from './talk.testing.js';

/** The peer's next number, and the host's. */
const NEXT = PEER_ISS + 1;

/** Everything that came after `fields` were said, one round trip later. */
function answerTo(held: Held, fields: Parameters<Held['say']>[0]): Seen[] {
  held.peer.take();
  held.say(fields);
  held.lan.run(held.lan.engine.now + 2 * MILLISECOND);
  return held.peer.take();
}
const expectChallenge = (held: Held, seen: readonly Seen[]): void => {
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({
    flags: TCP_ACK,
    sequence: (held.iss + 1) >>> 0,
    acknowledgement: NEXT,
    payload: new Uint8Array(0),
  });
};
const errors = ({ client }: Held): string[] => client.failures.map(({ error }) => error);

describe('a reset (RFC 5961 §3)', () => {
  test.each([
    ['at RCV.NXT', NEXT, 'ECONNRESET', 0],
    ['10 beyond it, in the window', NEXT + 10, null, 1],
    ['at the right edge of the window', NEXT + 64_256, null, 1],
    ['beyond the window', NEXT + 64_257, null, 0],
    ['5 before it', NEXT - 5, null, 0],
    ['half the numbers away', (NEXT + 0x8000_0000) >>> 0, null, 0],
  ])('%s (case 41)', (_, sequence, error, challenges) => {
    const held = holdConnection();
    const seen = answerTo(held, { flags: TCP_RST, sequence });
    expect(errors(held)).toEqual(error === null ? [] : [error]);
    expect(held.states()).toEqual(error === null ? ['ESTABLISHED'] : []);
    expect(seen).toHaveLength(challenges);
    if (challenges > 0) expectChallenge(held, seen);
    expect(held.lan.trace.filter('tcp.challenged').map(({ by }) => by)).toEqual(
      Array(challenges).fill('rst'),
    );
    expect(held.lan.trace.filter('tcp.reset')).toHaveLength(error === null ? 0 : 1);
  });

  test('at the right edge of what was selectively acknowledged', () => {
    const held = holdConnection();
    answerTo(held, { sequence: NEXT + 10, payload: pattern(10) });
    expect(answerTo(held, { flags: TCP_RST, sequence: NEXT + 15 })).toHaveLength(1);
    expect(errors(held)).toEqual([]);
    held.lan.run(2 * SECOND);
    expect(answerTo(held, { flags: TCP_RST, sequence: NEXT + 20 })).toEqual([]);
    expect(errors(held)).toEqual(['ECONNRESET']);
  });

  test('at the right edge counts only where SACK was agreed', () => {
    const held = holdConnection({ sysctl: { tcp_sack: 0 } });
    answerTo(held, { sequence: NEXT + 10, payload: pattern(10) });
    held.lan.run(2 * SECOND);
    expect(answerTo(held, { flags: TCP_RST, sequence: NEXT + 20 })).toHaveLength(1);
    expect(errors(held)).toEqual([]);
  });

  test('needs no timestamp and no ACK flag', () => {
    const held = holdConnection({ offers: { timestamp: 700 } });
    held.say({ flags: TCP_RST, sequence: NEXT });
    held.lan.run(SECOND);
    expect(errors(held)).toEqual(['ECONNRESET']);
  });

  test('in CLOSE_WAIT is EPIPE, also with the number that the FIN had', () => {
    for (const offset of [0, -1]) {
      const held = holdConnection();
      answerTo(held, { flags: TCP_FIN | TCP_ACK });
      expect(held.states()).toEqual(['CLOSE_WAIT']);
      held.say({ flags: TCP_RST, sequence: NEXT + 1 + offset });
      held.lan.run(SECOND);
      expect(errors(held)).toEqual(['EPIPE']);
    }
  });

  test('with the number of the FIN does nothing before there is one', () => {
    const held = holdConnection();
    answerTo(held, { payload: pattern(1) });
    answerTo(held, { flags: TCP_RST, sequence: NEXT });
    expect(held.states()).toEqual(['ESTABLISHED']);
  });

  test('drops what was not sent, and lets what had come be read', () => {
    const held = holdConnection({ reads: false });
    answerTo(held, { payload: pattern(5) });
    held.client.write(held.socket, pattern(400_000));
    held.say({ flags: TCP_RST, sequence: NEXT + 5 });
    held.lan.run(SECOND);
    expect(errors(held)).toEqual(['ECONNRESET']);
    expect(held.states()).toEqual([]);
    expect(held.client.sockets.isOpen(held.socket)).toBe(false);
    expect(held.client.sockets.receive(held.socket)).toBe(null);
  });
});

describe('a SYN on an established connection (RFC 5961 §4)', () => {
  test.each([
    ['at RCV.NXT', NEXT],
    ['in the window', NEXT + 100],
    ['before it', NEXT - 100],
    ['anywhere', (NEXT + 0x7000_0000) >>> 0],
  ])('%s is answered by a challenge ACK', (_, sequence) => {
    const held = holdConnection();
    expectChallenge(held, answerTo(held, { flags: TCP_SYN, sequence }));
    expect(held.states()).toEqual(['ESTABLISHED']);
    expect(held.lan.trace.filter('tcp.challenged').map(({ by }) => by)).toEqual(['syn']);
  });

  test('at most twice a second, of all kinds of challenge together', () => {
    const held = holdConnection();
    const start = held.lan.engine.now;
    for (let nth = 0; nth < 20; nth++) {
      held.say({ flags: nth % 2 === 0 ? TCP_SYN : TCP_RST, sequence: NEXT + 100 });
      held.lan.run(start + (nth + 1) * 100 * MILLISECOND);
    }
    expect(
      held.lan.trace.filter('tcp.challenged').map(({ time }) => seconds(time - start - 500_000)),
    ).toEqual([0, 0.5, 1, 1.5]);
  });
});

describe('a segment that does not fit is answered with the current numbers', () => {
  test.each([
    ['old data', { sequence: NEXT - 20, payload: pattern(10) }],
    ['data beyond the window', { sequence: NEXT + 70_000, payload: pattern(10) }],
    ['an ACK of what was never sent', { acknowledgement: 77 }],
    ['a keepalive probe', { sequence: NEXT - 1 }],
    ['a keepalive probe with a byte', { sequence: NEXT - 1, payload: pattern(1) }],
  ])('%s', (_, fields) => {
    const held = holdConnection();
    const given = 'acknowledgement' in fields ? { acknowledgement: (held.iss + 77) >>> 0 } : fields;
    expectChallenge(held, answerTo(held, given));
    expect(held.states()).toEqual(['ESTABLISHED']);
    expect(held.client.heardFrom(held.socket)).toEqual(new Uint8Array(0));
  });

  test('bare ones at most twice a second, those with bytes each time', () => {
    const held = holdConnection();
    expect(answerTo(held, { sequence: NEXT - 1 })).toHaveLength(1);
    expect(answerTo(held, { sequence: NEXT - 1 })).toHaveLength(0);
    expect(answerTo(held, { sequence: NEXT - 9, payload: pattern(3) })).toHaveLength(1);
    expect(answerTo(held, { sequence: NEXT - 9, payload: pattern(3) })).toHaveLength(1);
    held.lan.run(SECOND);
    expect(answerTo(held, { sequence: NEXT - 1 })).toHaveLength(1);
  });

  test('a segment without ACK is dropped', () => {
    const held = holdConnection();
    expect(answerTo(held, { flags: 0, payload: pattern(4) })).toEqual([]);
    expect(held.client.heardFrom(held.socket)).toEqual(new Uint8Array(0));
  });

  test('PAWS: data with an older timestamp is an old duplicate (RFC 7323 §5.3)', () => {
    const held = holdConnection({ offers: { timestamp: 1000 } });
    const echo = held.host.tcp.connections()[0]?.timestampOffset ?? 0;
    const fields = { payload: pattern(4), timestampEcho: echo };
    expect(answerTo(held, { ...fields, timestamp: 999 })).toHaveLength(1);
    expect(held.client.heardFrom(held.socket)).toHaveLength(0);
    answerTo(held, { ...fields, timestamp: 1001 });
    expect(held.client.heardFrom(held.socket)).toHaveLength(4);
  });

  test('a byte into a closed window is not taken', () => {
    const held = holdConnection({ reads: false });
    let sent = 0;
    let edge = 64_256;
    while (sent < edge) {
      const length = Math.min(1460, edge - sent);
      held.say({ sequence: NEXT + sent, payload: pattern(length) });
      held.lan.run(held.lan.engine.now + 300 * MILLISECOND);
      sent += length;
      const last = held.peer.take().at(-1);
      if (last !== undefined) edge = last.acknowledgement - NEXT + last.window * 128;
    }
    expect(sent).toBeGreaterThanOrEqual(64_240);
    for (const fields of [{ payload: pattern(1) }, { flags: TCP_FIN | TCP_ACK, payload: pattern(1) }]) {
      const seen = answerTo(held, { sequence: NEXT + sent, ...fields });
      expect(seen.map(({ acknowledgement, window }) => [acknowledgement, window])).toEqual([
        [NEXT + sent, 0],
      ]);
    }
    held.client.read(held.socket);
    expect(held.client.heardFrom(held.socket)).toHaveLength(sent);
    // A window that has opened wide is told at once.
    held.lan.run(held.lan.engine.now + MILLISECOND);
    expect(held.peer.take().at(-1)?.window).toBeGreaterThan(250);
  });
});

describe('the other end', () => {
  test('reboots and comes back with the same ports: challenge, RST, SYN again, established (case 46)', () => {
    const lan = new Lan({ delay: 250_000 });
    const server = lan.host('s', 1, ['10.0.0.1/24']);
    const machine = lan.host('c', 2, ['10.0.0.2/24']);
    lan.cable(eth0(server), eth0(machine));
    for (const [host, other, mac] of [
      [server, '10.0.0.2', 0x200],
      [machine, '10.0.0.1', 0x100],
    ] as const)
      eth0(host).neighbours.setPermanent(ip(other), macOf(mac));
    const service = new Talker(server);
    service.sockets.listen(80);
    const client = new Talker(machine);
    client.connect(ip('10.0.0.1'), 80, { sourcePort: 40_000 });
    lan.run(SECOND);
    machine.powerOff();
    machine.powerOn();
    eth0(machine).neighbours.setPermanent(ip('10.0.0.1'), macOf(0x100));
    const begun = lan.engine.now;
    client.connect(ip('10.0.0.1'), 80, { sourcePort: 40_000 });
    lan.run(begun + SECOND);
    expect(service.accepted).toHaveLength(2);
    expect(service.failures.map(({ error }) => error)).toEqual(['ECONNRESET']);
    expect(client.connected).toHaveLength(2);
    const { trace } = lan;
    expect(trace.filter('tcp.challenged').map(({ node, by, time }) => [node, by, time - begun])).toEqual([
      ['s', 'syn', 250_000],
    ]);
    expect(trace.filter('tcp.reset-sent').map(({ node, reason }) => [node, reason])).toEqual([
      ['c', 'bad-acknowledgement'],
    ]);
    // The SYN goes out again two ticks after the strange answer, and that takes a round trip.
    const established = trace.filter('tcp.established').filter(({ node }) => node === 'c');
    expect((established[1]?.time ?? 0) - begun).toBe(500_000 + 8 * MILLISECOND + 500_000);
  });

  test('is gone without a word: its machine answers with RST', () => {
    const lan = new Lan({ delay: 1000 });
    const server = lan.host('s', 1, ['10.0.0.1/24']);
    const machine = lan.host('c', 2, ['10.0.0.2/24']);
    lan.cable(eth0(server), eth0(machine));
    const service = new Talker(server);
    service.sockets.listen(80);
    const client = new Talker(machine);
    client.connect(ip('10.0.0.1'), 80);
    lan.run(SECOND);
    const before = lan.trace.events.length;
    machine.powerOff();
    lan.run(2 * SECOND);
    // Nothing leaves a machine whose plug is pulled.
    expect(lan.trace.events.slice(before).filter(({ name }) => name.startsWith('tcp.'))).toEqual([]);
    expect(client.failures).toEqual([]);
    machine.powerOn();
    lan.run(3 * SECOND);
    service.write(service.accepted[0] as number, pattern(10));
    lan.run(20 * SECOND);
    expect(service.failures.map(({ error }) => error)).toEqual(['ECONNRESET']);
    expect(lan.trace.filter('tcp.reset-sent').map(({ node, reason }) => [node, reason])).toEqual([
      ['c', 'no-connection'],
    ]);
  });
});
