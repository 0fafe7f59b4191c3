import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import { JoinedHosts } from '../../service/joined-sockets.testing.js';
import { Talker } from '../../service/talker.testing.js';
import { ipv4Address } from '../../wire/index.js';
import { HttpServer, type HttpServerOptions } from './http-server.js';

function build(options: Partial<HttpServerOptions> = {}, talkers = 1) {
  const net = new JoinedHosts();
  const client = net.host('c1', 1);
  const host = net.host('n1', 2);
  const server = new HttpServer(host, { name: 'http', port: 80, ...options });
  const all = Array.from(
    { length: talkers },
    (_, index) => new Talker(client, `t${index}`, ipv4Address('10.0.0.2'), 80),
  );
  host.boot();
  client.boot();
  net.seconds(0.1);
  let now = 0.1;
  const ask = (text: string, index = 0): string => {
    const talker = all[index] as Talker;
    talker.say(text);
    now += 0.1;
    net.seconds(now);
    return talker.takeHeard();
  };
  return { net, server, all, talker: all[0] as Talker, ask };
}

describe('the web server', () => {
  test('HTTP/1.0: one answer, and the connection is over', () => {
    const { ask, talker } = build();
    expect(ask('GET / HTTP/1.0\r\n\r\n')).toBe('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nn1\n');
    expect(talker.ending).toBe('eof');
  });

  test('HTTP/1.1 keeps open, HTTP/1.0 if it is asked to; close closes', () => {
    const { ask, talker } = build();
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nn1\n';
    expect(ask('GET /x?y=1 HTTP/1.1\r\nHost: n1\r\n\r\n')).toBe(answer);
    expect(ask('POST / HTTP/1.1\r\nHost: n1\r\nContent-Length: 4\r\n\r\nab')).toBe('');
    expect(ask('cd')).toBe(answer);
    expect(ask('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')).toContain('Connection: keep-alive\r\n');
    expect(talker.ending).toBe('open');
    expect(ask('GET http://h/ HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\n\r\n')).toContain(
      'Connection: close\r\n',
    );
    expect(talker.ending).toBe('eof');
  });

  test('HEAD has the fields and no body; HAProxy asks by OPTIONS without a Host', () => {
    const { ask } = build({}, 2);
    expect(ask('HEAD / HTTP/1.1\r\nHost: n1\r\n\r\n')).toBe('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n');
    expect(ask('OPTIONS / HTTP/1.0\r\n\r\n', 1)).toMatch(/^HTTP\/1\.0 200 OK/);
  });

  test('a status per path, 404 for others', () => {
    const { ask } = build({ paths: { '/health': 200, '/old': 301, '/none': 204 } });
    const get = (path: string): string => ask(`GET ${path} HTTP/1.1\r\nHost: n1\r\n\r\n`);
    expect(get('/health')).toMatch(/^HTTP\/1\.1 200 /);
    expect(get('/')).toMatch(/^HTTP\/1\.1 200 /);
    expect(get('/old?x')).toMatch(/^HTTP\/1\.1 301 Moved/);
    expect(get('/none')).toBe('HTTP/1.1 204 No Content\r\n\r\n');
    expect(get('/else')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  });

  test('requests in a row are answered in a row, up to the one that closes', () => {
    const { ask } = build();
    const request = 'GET / HTTP/1.1\r\nHost: n1\r\n\r\n';
    const heard = ask(`${request}${request}\r\n${request}GET / HTTP/1.0\r\n\r\n${request}`);
    expect(heard.match(/HTTP\/1\.[01] 200/g)).toHaveLength(4);
  });

  test('starts up for a while, and may be sick', () => {
    const { net, server, ask } = build({ warmUp: SECOND, sickStatus: 502 });
    const get = (): string => ask('GET / HTTP/1.1\r\nHost: n1\r\n\r\n').slice(9, 12);
    expect(get()).toBe('503');
    net.seconds(1.2);
    for (let index = 0; index < 12; index++) get();
    expect(get()).toBe('200');
    server.setHealth('sick');
    expect(get()).toBe('502');
    server.setHealth('healthy');
    expect(get()).toBe('200');
  });

  test.each([
    ['GET /\r\n\r\n', 400],
    ['GET / HTTP/2.0\r\n\r\n', 505],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n', 413],
    ['GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', 501],
    [`GET / HTTP/1.0\r\nX: ${'y'.repeat(9000)}`, 431],
    [`GET /${'y'.repeat(9000)}\r\n`, 431],
    ['\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400],
  ])('%j: refused', (text, status) => {
    const { ask, talker } = build();
    expect(ask(text).slice(9, 12)).toBe(String(status));
    expect(talker.ending).toBe('eof');
  });

  test('impossible options are refused', () => {
    expect(() => build({ paths: { '/': 99 } })).toThrow(RangeError);
    expect(() => build({ sickStatus: 200.5 })).toThrow(RangeError);
  });
});
