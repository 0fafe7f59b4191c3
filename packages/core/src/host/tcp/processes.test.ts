import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { TCP_FIN, TCP_RST } from '../../wire/index.js';
import { eth0, ip, Lan, macOf, Tap } from '../lan.testing.js';
import { seconds } from './peer.testing.js';
import { firstDifference, Owner, pattern, Talker } from './talk.testing.js';

/** A client and a server whose program is a process, on one hub with a listener; the round trip takes 400 µs. */
function stage(options: { reads?: boolean; accepts?: boolean; window?: number } = {}) {
  const lan = new Lan({ delay: 100_000 });
  const c = lan.host('c', 1, ['10.0.0.1/24']);
  const s = lan.host('s', 2, ['10.0.0.2/24']);
  const spy = new Tap(lan.engine, 'spy');
  for (const port of [eth0(c), eth0(s), spy]) lan.plugIn(port);
  eth0(c).neighbours.setPermanent(ip('10.0.0.2'), macOf(0x200));
  eth0(s).neighbours.setPermanent(ip('10.0.0.1'), macOf(0x100));
  const process = new Owner(s, 'server');
  const server = new Talker(s, { ...options, process });
  const client = new Talker(c);
  process.start();
  lan.run(1);
  server.sockets.listen(80);
  const flags = () =>
    spy.frames
      .splice(0)
      .flatMap(({ frame }) =>
        frame.payload.kind === 'ipv4' && frame.payload.payload.kind === 'tcp'
          ? [{ isFromServer: frame.source === macOf(0x200), flags: frame.payload.payload.flags }]
          : [],
      );
  return { lan, c, s, spy, process, server, client, flags };
}
const to = ip('10.0.0.2');

describe('a process that ends', () => {
  test.each(['kill', 'crash', 'stop'] as const)('by %s: its sockets say FIN', (how) => {
    const { lan, client, process, flags, s } = stage();
    const socket = client.connect(to, 80);
    lan.run(SECOND);
    flags();
    process[how]();
    lan.run(2 * SECOND);
    expect(
      flags()
        .filter(({ isFromServer }) => isFromServer)
        .map(({ flags }) => flags & (TCP_FIN | TCP_RST)),
    ).toEqual([TCP_FIN]);
    expect(client.ended).toEqual([socket]);
    expect(s.tcp.connections().map(({ state }) => state)).toEqual(['FIN_WAIT2']);
    expect(s.isListening(80)).toBe(false);
    client.connect(to, 80);
    lan.run(3 * SECOND);
    expect(client.failures.map(({ error }) => error)).toEqual(['ECONNREFUSED']);
  });

  test('with bytes unread: RST', () => {
    const { lan, client, process, flags, s } = stage({ reads: false });
    const socket = client.connect(to, 80);
    client.write(socket, pattern(10));
    lan.run(SECOND);
    flags();
    process.kill();
    lan.run(2 * SECOND);
    expect(flags().map(({ isFromServer, flags }) => [isFromServer, flags & (TCP_FIN | TCP_RST)])).toEqual([
      [true, TCP_RST],
    ]);
    expect(client.failures.map(({ error }) => error)).toEqual(['ECONNRESET']);
    expect(s.tcp.connections()).toEqual([]);
  });

  test('with connections that wait to be accepted: RST for each', () => {
    const { lan, client, process, s } = stage({ accepts: false });
    for (let nth = 0; nth < 3; nth++) client.connect(to, 80);
    lan.run(SECOND);
    process.kill();
    lan.run(2 * SECOND);
    expect(client.failures.map(({ error }) => error)).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
    expect(s.tcp.connections()).toEqual([]);
  });

  test('and comes back on its port', () => {
    const { lan, client, process, server } = stage();
    client.connect(to, 80);
    lan.run(SECOND);
    process.kill();
    process.start();
    lan.run(2 * SECOND);
    expect(server.sockets.listen(80)).toBe('listening');
    const socket = client.connect(to, 80);
    lan.run(3 * SECOND);
    expect(client.connected).toContain(socket);
    expect(server.accepted).toHaveLength(2);
  });
});

describe('a frozen process', () => {
  test('its kernel goes on: connections queue up, bytes pile up, the window closes; all goes on at the thaw', () => {
    const { lan, client, process, server, s } = stage();
    const early = client.connect(to, 80);
    lan.run(SECOND);
    process.freeze();
    const late = client.connect(to, 80);
    const bytes = pattern(200_000);
    client.write(early, bytes);
    client.write(late, pattern(10));
    lan.run(30 * SECOND);
    expect(client.connected).toEqual([early, late]);
    expect(server.accepted).toHaveLength(1);
    expect(server.heard.size).toBe(0);
    const [first] = s.tcp.connections();
    expect(first?.unread).toBeGreaterThan(60_000);
    // Each acknowledgement rounds what is left up to the scale of the window.
    expect(first?.unread).toBeLessThan(65_160 + 45 * 128);
    const probes = lan.trace.filter('tcp.retransmitted');
    expect(new Set(probes.map(({ kind }) => kind))).toEqual(new Set(['window-probe']));
    expect(client.failures).toEqual([]);
    process.thaw();
    lan.run(40 * SECOND);
    expect(server.accepted).toHaveLength(2);
    expect(firstDifference(server.heardFrom(server.accepted[0] as number), bytes)).toBe(-1);
    expect(server.heardFrom(server.accepted[1] as number)).toEqual(pattern(10));
  });

  test('hears of an end at the thaw, after the bytes', () => {
    const { lan, client, process, server } = stage();
    const [closing, aborting] = [client.connect(to, 80), client.connect(to, 80)];
    lan.run(SECOND);
    const [closed, aborted] = server.accepted as [number, number];
    process.freeze();
    client.write(closing, pattern(5));
    client.sockets.close(closing);
    client.sockets.abort(aborting);
    lan.run(2 * SECOND);
    expect([server.ended, server.failures]).toEqual([[], []]);
    process.thaw();
    expect(server.heardFrom(closed)).toEqual(pattern(5));
    expect(server.ended).toEqual([closed]);
    expect(server.failures).toMatchObject([{ socket: aborted, error: 'ECONNRESET' }]);
    expect(server.sockets.isOpen(aborted)).toBe(false);
  });

  test('that is killed before it hears leaves nothing', () => {
    const { lan, client, process, server, s } = stage();
    const [one, other] = [client.connect(to, 80), client.connect(to, 80)];
    lan.run(SECOND);
    process.freeze();
    client.sockets.abort(one);
    client.sockets.close(other);
    client.connect(to, 80);
    lan.run(2 * SECOND);
    process.kill();
    lan.run(200 * SECOND);
    expect(s.tcp.connections()).toEqual([]);
    expect(server.failures).toEqual([]);
  });

  test('a full accept queue of a frozen process drops what comes, and it comes again', () => {
    const lan = new Lan({ delay: 100_000 });
    const c = lan.host('c', 1, ['10.0.0.1/24']);
    const s = lan.host('s', 2, ['10.0.0.2/24']);
    lan.cable(eth0(c), eth0(s));
    const process = new Owner(s, 'server');
    const server = new Talker(s, { process });
    const client = new Talker(c);
    process.start();
    lan.run(1);
    server.sockets.listen(80, { backlog: 0 });
    process.freeze();
    const sockets = [client.connect(to, 80), client.connect(to, 80), client.connect(to, 80)];
    lan.run(10 * SECOND);
    // A backlog of 0 holds one.
    expect(s.tcp.connections().filter(({ state }) => state === 'ESTABLISHED')).toHaveLength(1);
    expect(lan.trace.filter('tcp.queue-full').length).toBeGreaterThan(2);
    process.thaw();
    lan.run(60 * SECOND);
    expect(server.accepted).toHaveLength(3);
    expect(client.connected.length).toBe(sockets.length);
    expect(client.failures).toEqual([]);
  });
});

describe('a frozen machine', () => {
  test('is silent; its client sends again and again; all goes on at the thaw', () => {
    const { lan, client, server, s, flags } = stage();
    const socket = client.connect(to, 80);
    lan.run(SECOND);
    s.freeze();
    flags();
    client.write(socket, pattern(50_000));
    lan.run(60 * SECOND);
    expect(flags().some(({ isFromServer }) => isFromServer)).toBe(false);
    expect(lan.trace.filter('tcp.retransmitted').length).toBeGreaterThan(5);
    s.thaw();
    lan.run(130 * SECOND);
    expect(firstDifference(server.heardFrom(server.accepted[0] as number), pattern(50_000))).toBe(-1);
    expect(client.failures).toEqual([]);
  });

  test('its own timers wait: a timeout that was 100 ms away is 100 ms away at the thaw, or due at once', () => {
    const { lan, client, c, s } = stage();
    const socket = client.connect(to, 80);
    lan.run(SECOND);
    s.freeze();
    client.write(socket, pattern(10));
    lan.run(SECOND + 100 * MILLISECOND);
    c.freeze();
    lan.run(30 * SECOND);
    expect(lan.trace.filter('tcp.retransmitted')).toEqual([]);
    c.thaw();
    lan.run(30 * SECOND + 1);
    expect(lan.trace.filter('tcp.retransmitted').map(({ kind, time }) => [kind, seconds(time)])).toEqual([
      ['tail-probe', 30],
    ]);
  });
});

describe('a machine without power', () => {
  test('says nothing when it goes, and answers with RST when it is back', () => {
    const { lan, client, s, flags, process, server } = stage();
    const socket = client.connect(to, 80);
    client.write(socket, pattern(10));
    server.write(1, pattern(3));
    lan.run(SECOND);
    flags();
    s.powerOff();
    lan.run(2 * SECOND);
    expect(flags()).toEqual([]);
    expect(s.tcp.connections()).toEqual([]);
    client.write(socket, pattern(10));
    lan.run(3 * SECOND);
    s.powerOn();
    eth0(s).neighbours.setPermanent(ip('10.0.0.1'), macOf(0x100));
    process.start();
    lan.run(4 * SECOND);
    server.sockets.listen(80);
    lan.run(60 * SECOND);
    expect(client.failures.map(({ error }) => error)).toEqual(['ECONNRESET']);
    const again = client.connect(to, 80);
    lan.run(61 * SECOND);
    expect(client.connected).toContain(again);
  });

  test('keeps nothing of what it had to send, though the next socket has the same number', () => {
    const { lan, client, s, process, server } = stage();
    client.connect(to, 80);
    lan.run(SECOND);
    const [first] = server.accepted as [number];
    client.host.freeze();
    server.write(first, pattern(50_000));
    lan.run(2 * SECOND);
    s.powerOff();
    client.host.thaw();
    s.powerOn();
    eth0(s).neighbours.setPermanent(ip('10.0.0.1'), macOf(0x100));
    process.start();
    lan.run(3 * SECOND);
    server.sockets.listen(80);
    client.heard.clear();
    const again = client.connect(to, 80);
    lan.run(4 * SECOND);
    expect(server.accepted).toEqual([first, first]);
    const others = pattern(207).subarray(200);
    server.sockets.send(first, others);
    lan.run(10 * SECOND);
    expect(client.heardFrom(again)).toEqual(others);
  });
});

describe('a host that talks to itself', () => {
  test('opens, carries and closes over its loopback, also by 127.0.0.1', () => {
    for (const address of ['10.0.0.1', '127.0.0.1']) {
      const lan = new Lan();
      const host = lan.host('c', 1, ['10.0.0.1/24']);
      const tap = lan.tap(eth0(host));
      const [client, server] = [new Talker(host), new Talker(host, { echoes: true })];
      server.sockets.listen(80);
      const socket = client.connect(ip(address), 80);
      client.write(socket, pattern(300_000));
      lan.run(5 * SECOND);
      expect(firstDifference(client.heardFrom(socket), pattern(300_000))).toBe(-1);
      client.sockets.close(socket);
      lan.run(6 * SECOND);
      server.sockets.close(server.accepted[0] as number);
      lan.run(100 * SECOND);
      expect(host.tcp.connections()).toEqual([]);
      expect(tap.frames).toEqual([]);
    }
  });
});
