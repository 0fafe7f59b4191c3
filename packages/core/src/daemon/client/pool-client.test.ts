import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import { PostgresServer } from '../postgres/postgres-server.js';
import { PoolClient, type PoolClientOptions } from './pool-client.js';
import { tcpClient } from './tcp-client.js';
import { PORT, SERVER, TwoHosts } from './two-hosts.testing.js';

function build(options: Partial<PoolClientOptions> = {}) {
  const net = new TwoHosts();
  const client = new PoolClient(net.c1, {
    name: 'c1',
    target: SERVER,
    port: PORT,
    every: 100 * MILLISECOND,
    from: 50 * MILLISECOND,
    size: 3,
    speak: { protocol: 'postgres' },
    ...options,
  });
  const server = new PostgresServer(net.n1, { name: 'server', port: PORT });
  return { net: net.boot(), client, server };
}

describe('a pool of connections', () => {
  test('opens all, and each request takes the first that is free', () => {
    const { net } = build();
    net.until(0.4);
    expect(net.connections()).toEqual(['#1 opened', '#2 opened', '#3 opened']);
    expect(net.results()).toEqual([
      '0.050 ok n1 reply #1',
      '0.150 ok n1 reply #1',
      '0.250 ok n1 reply #1',
      '0.350 ok n1 reply #1',
    ]);
  });

  test('a slow server: as many at a time as there are connections, the others wait their turn', () => {
    const { net, server } = build({ timeout: 3 * SECOND });
    net.until(0.01);
    server.setHealth('slow', 400 * MILLISECOND);
    net.until(1.3);
    const results = net.outcomes();
    expect(results.slice(0, 6)).toEqual([
      'ok n1 reply #1',
      'ok n1 reply #2',
      'ok n1 reply #3',
      'ok n1 reply #1',
      'ok n1 reply #2',
      'ok n1 reply #3',
    ]);
    // The fourth, of 0.35, waited for the first connection, which was free at 0.45.
    expect(net.tookOf(3)).toBeCloseTo(0.5, 2);
  });

  test('a hung server: those that have a connection, then those that have none', () => {
    const { net, server } = build({ timeout: 250 * MILLISECOND });
    net.until(0.01);
    server.setHealth('hung');
    net.until(0.9);
    const results = net.outcomes();
    expect(results.slice(0, 3)).toEqual(['timeout - reply #1', 'timeout - reply #2', 'timeout - reply #3']);
    expect(results.slice(3)).toContain('timeout - connect - (no free connection)');
    server.setHealth('healthy');
    net.until(3);
    expect(net.results().at(-1)).toMatch(/ ok n1 reply #\d+$/);
  });

  test('a server that is gone: connections are tried later and later, and come back', () => {
    const { net, server } = build({ size: 1, retry: { after: 100 * MILLISECOND, most: SECOND, factor: 2 } });
    net.until(0.3);
    server.kill();
    net.until(10);
    const tries = net.trace
      .filter('tcp.opened')
      .filter(({ node, time }) => node === 'c1' && time > 0.3 * SECOND)
      .map(({ time }) => Math.round((time - 0.3 * SECOND) / (100 * MILLISECOND)));
    expect(tries.slice(0, 8)).toEqual([1, 3, 7, 15, 25, 35, 45, 55]);
    server.start();
    net.until(12);
    expect(net.outcomes().at(-1)).toBe('ok n1 reply #2');
    // A success makes it quick again.
    server.kill();
    server.start();
    net.until(12.15);
    expect(net.connections().at(-1)).toBe('#3 opened');
  });

  test('refused at the door it comes again later', () => {
    const { net, server } = build({ size: 1 });
    server.setHealth('sick');
    net.until(1);
    expect(net.connections().slice(0, 2)).toEqual(['#1 opened', '#1 closed']);
    expect(net.results()).toEqual([]);
    net.until(2);
    expect(net.results()[0]).toBe('0.050 timeout - connect - (no free connection)');
    server.setHealth('healthy');
    net.until(6);
    expect(net.results().at(-1)).toMatch(/ ok n1 /);
  });

  test('power-off with requests in the midst', () => {
    const { net } = build();
    net.until(0.3);
    net.n1.powerOff();
    net.until(2);
    net.n1.powerOn();
    net.until(9);
    const results = net.results();
    expect(results.some((line) => line.includes('timeout - reply'))).toBe(true);
    expect(results.at(-1)).toMatch(/ ok n1 /);
  });

  test('impossible options are refused', () => {
    expect(() => build({ size: 0 })).toThrow(RangeError);
    expect(() => build({ size: 1.5 })).toThrow(RangeError);
    expect(() => build({ retry: { factor: 0.5 } })).toThrow(RangeError);
    expect(() => build({ retry: { after: 2 * SECOND, most: SECOND } })).toThrow(RangeError);
  });

  test('each kind of client is made by its name', () => {
    const { c1 } = new TwoHosts();
    const common = { target: SERVER, port: PORT, every: SECOND };
    const names = (['short', 'held'] as const).map(
      (kind) => tcpClient(c1, { ...common, kind, name: kind }).constructor.name,
    );
    names.push(tcpClient(c1, { ...common, kind: 'pool', name: 'pool', size: 2 }).constructor.name);
    expect(names).toEqual(['ShortClient', 'HeldClient', 'PoolClient']);
  });
});
