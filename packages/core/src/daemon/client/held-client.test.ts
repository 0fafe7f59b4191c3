import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { EchoServer } from '../echo/echo-server.js';
import { HttpServer } from '../http/http-server.js';
import { PostgresServer } from '../postgres/postgres-server.js';
import { HeldClient } from './held-client.js';
import type { TcpClientOptions } from './tcp-client-options.js';
import { PORT, SERVER, TwoHosts } from './two-hosts.testing.js';

function build(options: Partial<TcpClientOptions> = {}, protocol: 'line' | 'http' | 'postgres' = 'line') {
  const net = new TwoHosts();
  const client = new HeldClient(net.c1, {
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
  'a client that holds a connection and speaks %s',
  (protocol) => {
    test('one connection, one request after the other', () => {
      const { net } = build({}, protocol);
      net.until(1);
      expect(net.outcomes()).toEqual(Array(5).fill('ok n1 reply #1'));
      expect(net.connections()).toEqual(['#1 opened']);
    });

    test('an error that the server survives keeps the connection; one that it does not costs it', () => {
      const { net, server } = build({}, protocol);
      net.until(0.1);
      server.setHealth('sick');
      net.until(1.05);
      server.setHealth('healthy');
      net.until(1.5);
      const results = net.outcomes();
      const error = {
        line: 'n1 reply #1',
        http: 'n1 reply #1 (HTTP 500)',
        postgres: '- reply #1 (ERROR 58030)',
      }[protocol];
      expect(results[1]).toBe(`error ${error}`);
      expect(results.at(-1)).toBe('ok n1 reply #1');
      expect(net.connections()).toEqual(['#1 opened']);
    });

    test('a hung server is waited for, and answers late', () => {
      const { net, server } = build({}, protocol);
      net.until(0.1);
      server.setHealth('hung');
      net.until(60);
      expect(net.results()).toHaveLength(1);
      server.setHealth('healthy');
      net.until(61);
      expect(net.tookOf(1)).toBeGreaterThan(59);
      expect(net.outcomes().slice(1, 3)).toEqual(['ok n1 reply #1', 'ok n1 reply #1']);
    });
  },
);

describe('a held connection', () => {
  test('with a limit it gives a hung server up, and the next as well', () => {
    const { net, server } = build({ timeout: 500 * MILLISECOND });
    net.until(0.1);
    server.setHealth('hung');
    net.until(1.9);
    expect(net.outcomes().slice(1)).toEqual([
      'timeout - reply #1',
      'timeout - reply #2',
      'timeout - reply #3',
    ]);
    expect(net.connections()).toEqual([
      '#1 opened',
      '#1 closed',
      '#2 opened',
      '#2 closed',
      '#3 opened',
      '#3 closed',
      '#4 opened',
    ]);
  });

  test('kill -9 at rest: told by the next request, then refused at each tick until it is back', () => {
    const { net, server } = build();
    net.until(0.3);
    server.kill();
    net.until(0.35);
    expect(net.connections()).toEqual(['#1 opened', '#1 eof']);
    expect(net.results()).toHaveLength(2);
    net.until(0.9);
    expect(net.outcomes().slice(2)).toEqual([
      'eof - reply #1',
      'refused - connect -',
      'refused - connect -',
      'refused - connect -',
    ]);
    server.start();
    net.until(1.2);
    expect(net.outcomes().at(-1)).toBe('ok n1 reply #2');
  });

  test('kill -9 in the midst of a request: reset, since it was not read', () => {
    const { net, server } = build();
    net.until(0.1);
    server.setHealth('hung');
    net.until(0.3);
    server.kill();
    net.until(0.35);
    expect(net.outcomes().slice(1)).toEqual(['reset - reply #1', 'refused - connect -']);
  });

  test('power-off and on again in the midst: silence, then the reset of a kernel that knows nothing', () => {
    const { net } = build();
    net.until(0.3);
    net.n1.powerOff();
    net.until(3);
    expect(net.results()).toHaveLength(2);
    net.n1.powerOn();
    net.until(10);
    expect(net.outcomes()[2]).toBe('reset - reply #1');
    expect(net.outcomes()[3]).toBe('ok n1 reply #2');
  });

  test('a silent cut: it waits as long as its kernel does, or as long as it was told', () => {
    const { net } = build();
    net.until(0.3).cut().until(30);
    expect(net.results().slice(2)).toEqual([]);
    const impatient = build({ userTimeout: 5 * SECOND });
    impatient.net.until(0.3).cut().until(8);
    expect(impatient.net.outcomes()[2]).toMatch(/^timeout - reply #1 \(ETIMEDOUT\)|^unreachable/);
    const alive = build({ every: 100 * SECOND, keepAlive: { idle: SECOND, interval: SECOND, count: 3 } });
    alive.net.until(0.5).cut().until(10);
    expect(alive.net.connections()).toEqual(['#1 opened', '#1 timeout']);
    // What became of it is found out by the next request.
    alive.net.cut(false).until(101);
    expect(alive.net.outcomes().slice(1)).toEqual(['timeout - reply #1 (ETIMEDOUT)', 'ok n1 reply #2']);
  });

  test('connecting is given up after a second, and begun again', () => {
    const { net } = build({ from: 100 * MILLISECOND });
    net.cut().until(3.15);
    expect(net.results()).toEqual([
      '0.100 timeout - connect -',
      '1.100 timeout - connect -',
      '2.100 timeout - connect -',
      '3.100 unreachable - connect -',
    ]);
  });

  test('a server that lets in and throws out is not asked without end', () => {
    const { net, server } = build({}, 'postgres');
    net.until(0.1);
    server.setHealth('dead');
    server.setHealth('sick');
    net.until(1.15);
    const failures = net.outcomes().slice(1);
    expect(failures[0]).toBe('eof - reply #1');
    expect(failures.slice(1).map((line) => line.replace(/#\d+/, '#'))).toEqual(
      Array(failures.length - 1).fill('error - reply # (FATAL 57P03)'),
    );
    expect(failures.length).toBeLessThan(14);
    expect(failures.length).toBeGreaterThan(5);
  });

  test('an answer that comes in parts, and one with a goodbye', () => {
    const { net, server } = build({}, 'postgres');
    net.until(0.1);
    server.stop();
    server.start();
    net.until(0.5);
    expect(net.outcomes().slice(0, 3)).toEqual([
      'ok n1 reply #1',
      'error - reply #1 (FATAL 57P01)',
      'ok n1 reply #2',
    ]);
  });

  test('a frozen server is waited for; a frozen client goes on where it was', () => {
    const { net, client, server } = build();
    net.until(0.3);
    server.freeze();
    net.until(5);
    expect(net.results()).toHaveLength(2);
    server.thaw();
    net.until(5.1);
    expect(net.outcomes()[2]).toBe('ok n1 reply #1');
    client.freeze();
    net.until(9);
    client.thaw();
    net.until(9.3);
    expect(net.outcomes().at(-1)).toBe('ok n1 reply #1');
    expect(net.connections()).toEqual(['#1 opened']);
  });
});
