import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { ipv4Address } from '../../wire/index.js';
import { EchoServer } from '../echo/echo-server.js';
import { HttpServer } from '../http/http-server.js';
import { PostgresServer } from '../postgres/postgres-server.js';
import { ShortClient } from './short-client.js';
import type { TcpClientOptions } from './tcp-client-options.js';
import { PORT, SERVER, TwoHosts } from './two-hosts.testing.js';

function build(options: Partial<TcpClientOptions> = {}, protocol: 'line' | 'http' | 'postgres' = 'line') {
  const net = new TwoHosts();
  const client = new ShortClient(net.c1, {
    name: 'c1',
    target: SERVER,
    port: PORT,
    every: 200 * MILLISECOND,
    speak: { protocol },
    ...options,
  });
  const server =
    protocol === 'line'
      ? new EchoServer(net.n1, { name: 'server', port: PORT })
      : protocol === 'http'
        ? new HttpServer(net.n1, { name: 'server', port: PORT })
        : new PostgresServer(net.n1, { name: 'server', port: PORT });
  return { net: net.boot(), client, server };
}

describe.each(['line', 'http', 'postgres'] as const)(
  'a client of short connections that speaks %s',
  (protocol) => {
    test('each request has its own connection and is answered', () => {
      const { net } = build({}, protocol);
      net.until(0.5);
      expect(net.results()).toEqual(['0.000 ok n1 reply #1', '0.200 ok n1 reply #2', '0.400 ok n1 reply #3']);
      expect(net.connections()).toEqual(
        [1, 2, 3].flatMap((number) => [`#${number} opened`, `#${number} closed`]),
      );
      // The connections are really over: a server that was left open would say so.
      expect(net.trace.filter('tcp.failed')).toEqual([]);
      expect(net.trace.filter('tcp.reset-sent')).toEqual([]);
    });

    test('sick, hung and slow servers', () => {
      const { net, server } = build({}, protocol);
      net.until(0.1);
      server.setHealth('sick');
      net.until(0.3);
      const error = { line: '', http: ' (HTTP 500)', postgres: ' (FATAL 57P03)' }[protocol];
      const by = protocol === 'postgres' ? '-' : 'n1';
      expect(net.results(0.1 * SECOND)).toEqual([`0.200 error ${by} reply #2${error}`]);
      server.setHealth('slow', 400 * MILLISECOND);
      net.until(0.85);
      if (protocol !== 'postgres') expect(net.results(0.3 * SECOND)).toEqual(['0.400 ok n1 reply #3']);
      server.setHealth('hung');
      net.until(2.5);
      expect(net.results(1.3 * SECOND)).toContain('1.000 timeout - reply #6');
      server.setHealth('healthy');
      net.until(3);
      expect(net.results(2.7 * SECOND).at(-1)).toMatch(/^2\.800 ok n1/);
    });
  },
);

describe('what becomes of short connections', () => {
  test('the port is closed: refused; nobody there: unreachable after 3 s; no route: at once', () => {
    const { net, server } = build();
    server.stop();
    net.until(0.3);
    expect(net.results()).toEqual(['0.000 refused - connect -', '0.200 refused - connect -']);
    const nobody = build({ target: ipv4Address('10.0.0.9'), timeout: 9 * SECOND, every: 5 * SECOND });
    nobody.net.until(4);
    expect(nobody.net.results()).toEqual(['0.000 unreachable - connect -']);
    expect(nobody.net.tookOf(0)).toBe(3);
    const far = build({ target: ipv4Address('99.0.0.9') });
    far.net.until(0.1);
    expect(far.net.results()).toEqual(['0.000 unreachable - connect - (ENETUNREACH)']);
  });

  test('a silent cut: each attempt gives up for itself', () => {
    const { net } = build();
    net.until(0.1).cut().until(1.7);
    expect(net.results().slice(1)).toEqual([
      '0.200 timeout - connect -',
      '0.400 timeout - connect -',
      '0.600 timeout - connect -',
    ]);
    net.cut(false).until(1.9);
    expect(net.results().at(-1)).toBe('1.800 ok n1 reply #2');
    expect(net.connections().at(-1)).toBe('#2 closed');
  });

  test('power-off in the midst: silence, and its own limit', () => {
    const { net, server } = build({ timeout: 2 * SECOND, every: 10 * SECOND });
    server.setHealth('hung');
    net.until(0.1);
    expect(net.connections()).toEqual(['#1 opened']);
    net.n1.powerOff();
    net.until(3);
    expect(net.results()).toEqual(['0.000 timeout - reply #1']);
    expect(net.connections()).toEqual(['#1 opened', '#1 closed']);
    net.n1.powerOn();
    net.until(11);
    expect(net.results()[1]).toBe('10.000 ok n1 reply #2');
  });

  test('kill -9 of the server in the midst: reset, since the request was not read', () => {
    const { net, server } = build();
    server.setHealth('hung');
    net.until(0.3);
    server.kill();
    net.until(0.35);
    expect(net.results()[0]).toBe('0.000 reset - reply #1');
    expect(net.connections()).toContain('#1 reset');
  });

  test('a frozen client finds out at the thaw', () => {
    const { net, client } = build();
    net.until(0.25);
    client.freeze();
    net.until(3);
    expect(net.results()).toHaveLength(2);
    client.thaw();
    net.until(3.1);
    expect(net.results()).toHaveLength(3);
  });

  test('stopped it asks no more, and its connections are closed', () => {
    const { net, client, server } = build();
    server.setHealth('hung');
    net.until(0.3);
    client.stop();
    net.until(2);
    expect(net.results()).toEqual([]);
    client.start();
    server.setHealth('healthy');
    net.until(2.1);
    expect(net.results()).toEqual(['2.000 ok n1 reply #1']);
  });

  test('numbers on the wire go round, attempts count on', () => {
    const { net } = build({ every: 10 * MILLISECOND });
    net.until(2.5);
    const attempts = net.trace.filter('client.result').map(({ attempt }) => attempt);
    expect(attempts).toEqual(Array.from({ length: attempts.length }, (_, index) => index + 1));
    expect(attempts.length).toBeGreaterThanOrEqual(250);
  });

  test('impossible options are refused', () => {
    expect(() => build({ every: 0 })).toThrow(RangeError);
    expect(() => build({ timeout: 0 })).toThrow(RangeError);
  });
});
