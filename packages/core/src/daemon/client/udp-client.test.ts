import { describe, expect, test } from 'vitest';
import { Engine, MILLISECOND, SECOND, SeededChoices } from '../../engine/index.js';
import { Host } from '../../host/index.js';
import { Link, type Port } from '../../link/index.js';
import { Trace } from '../../trace/index.js';
import { ipv4Address, ipv4Cidr, type MacAddress } from '../../wire/index.js';
import { EchoServer } from '../echo/echo-server.js';
import { UdpClient, type UdpClientOptions } from './udp-client.js';

const SERVER = ipv4Address('10.0.0.2');

function build(options: Partial<UdpClientOptions> = {}) {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  trace.record();
  const host = (name: string, number: number): Host =>
    new Host(engine, trace, {
      name,
      interfaces: [
        {
          name: 'eth0',
          mac: (0x0200_0000_0000 + number) as MacAddress,
          addresses: [ipv4Cidr(`10.0.0.${number}/24`)],
        },
      ],
    });
  const c = host('c1', 1);
  const s = host('n1', 2);
  const client = new UdpClient(c, {
    name: 'web',
    target: SERVER,
    port: 80,
    every: 200 * MILLISECOND,
    ...options,
  });
  const server = new EchoServer(s, { name: 'echo', port: 80 });
  const link = new Link(engine, trace, 'cable', c.interface('eth0') as Port, s.interface('eth0') as Port, {
    delay: 100,
  });
  const results = (): unknown[] =>
    trace
      .filter('client.result')
      .map(({ time, attempt, result, by, sentAt }) => [time, attempt, result, by, sentAt]);
  return { engine, trace, c, s, client, server, link, results };
}

describe('the UDP client and the echo server', () => {
  test('each request is answered with the name of the server', () => {
    const { engine, c, s, results, trace } = build();
    c.boot();
    s.boot();
    engine.runUntil(450 * MILLISECOND);
    expect(results()).toEqual([
      [400, 1, 'ok', 'n1', 0],
      [200 * MILLISECOND + 200, 2, 'ok', 'n1', 200 * MILLISECOND],
      [400 * MILLISECOND + 200, 3, 'ok', 'n1', 400 * MILLISECOND],
    ]);
    expect(trace.filter('client.result')[0]).toMatchObject({
      node: 'c1',
      client: 'web',
      server: '10.0.0.2:80',
    });
  });

  test('nobody listens: refused; powered off behind a silent cut: timeout, each attempt on its own', () => {
    const { engine, c, s, link, results } = build();
    c.boot();
    engine.runUntil(100 * MILLISECOND);
    expect(results()).toEqual([[400, 1, 'refused', null, 0]]);
    s.boot();
    engine.runUntil(300 * MILLISECOND);
    link.cutOneWay(link.aToB);
    engine.runUntil(1650 * MILLISECOND);
    expect(results().slice(2)).toEqual([
      [1400 * MILLISECOND, 3, 'timeout', null, 400 * MILLISECOND],
      [1600 * MILLISECOND, 4, 'timeout', null, 600 * MILLISECOND],
    ]);
  });

  test('a neighbour that never answers: unreachable after 3 s if the client waits so long', () => {
    const { engine, c, results } = build({
      target: ipv4Address('10.0.0.9'),
      timeout: 10 * SECOND,
      every: 2 * SECOND,
    });
    c.boot();
    engine.runUntil(3500 * MILLISECOND);
    expect(results()).toEqual([
      [3 * SECOND, 1, 'unreachable', null, 0],
      [3 * SECOND, 2, 'unreachable', null, 2 * SECOND],
    ]);
  });

  test('no route: unreachable at once', () => {
    const { engine, c, results } = build({ target: ipv4Address('99.0.0.9'), from: 10 * MILLISECOND });
    c.boot();
    engine.runUntil(11 * MILLISECOND);
    expect(results()).toEqual([[10 * MILLISECOND, 1, 'unreachable', null, 10 * MILLISECOND]]);
  });

  test('answers confirm the neighbour: no probe ever; without that it is probed', () => {
    const probes = (confirm: boolean): number => {
      const { engine, trace, c, s } = build({ confirm });
      c.boot();
      s.boot();
      engine.runUntil(200 * SECOND);
      return trace.filter('arp.requested').filter((event) => event.node === 'c1').length;
    };
    expect(probes(true)).toBe(1);
    expect(probes(false)).toBeGreaterThan(3);
  });

  test('the numbers on the wire go round and the attempts count on', () => {
    const { engine, trace, c, s } = build({ every: 50 * MILLISECOND });
    c.boot();
    s.boot();
    engine.runUntil(60 * SECOND);
    const results = trace.filter('client.result');
    expect(results.map((event) => event.attempt)).toEqual(
      Array.from({ length: 1201 }, (_, index) => index + 1).slice(0, results.length),
    );
    expect(results.length).toBeGreaterThanOrEqual(1200);
    expect(results.every((event) => event.result === 'ok')).toBe(true);
  });

  test('a stopped client asks no more, and begins again from its start', () => {
    const { engine, c, s, client, results } = build();
    c.boot();
    s.boot();
    engine.runUntil(100 * MILLISECOND);
    client.stop();
    engine.runUntil(SECOND);
    expect(results().length).toBe(1);
    client.start();
    engine.runUntil(1100 * MILLISECOND);
    expect(results().length).toBe(2);
  });

  test('impossible options are refused', () => {
    expect(() => build({ every: 0 })).toThrow(RangeError);
    expect(() => build({ localPort: 70_000 })).toThrow(RangeError);
  });
});
