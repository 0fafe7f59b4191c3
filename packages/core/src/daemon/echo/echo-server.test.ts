import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import { JoinedHosts } from '../../service/joined-sockets.testing.js';
import { Talker } from '../../service/talker.testing.js';
import { ipv4Address } from '../../wire/index.js';
import { EchoServer, LONGEST_LINE } from './echo-server.js';

const SERVER = ipv4Address('10.0.0.2');

function build(talkers = 1) {
  const net = new JoinedHosts();
  const client = net.host('c1', 1);
  const host = net.host('n1', 2);
  const server = new EchoServer(host, { name: 'echo', port: 80 });
  const all = Array.from({ length: talkers }, (_, index) => new Talker(client, `t${index}`, SERVER, 80));
  host.boot();
  client.boot();
  net.seconds(0.1);
  return { net, host, server, talkers: all, talker: all[0] as Talker };
}

describe('the line server', () => {
  test('each line is answered with the name, a space and the line', () => {
    const { net, talker } = build();
    talker.say('s0\n');
    net.seconds(0.2);
    expect(talker.takeHeard()).toBe('n1 s0\n');
    talker.say('p1.2\r\n\nlast', '\n');
    net.seconds(0.3);
    expect(talker.takeHeard()).toBe('n1 p1.2\r\nn1 \nn1 last\n');
    expect(talker.ending).toBe('open');
  });

  test('half a line waits for its other half; the last may lack its end', () => {
    const { net, talker } = build();
    talker.say('ab');
    net.seconds(0.2);
    expect(talker.takeHeard()).toBe('');
    talker.say('c\nde');
    net.seconds(0.3);
    expect(talker.takeHeard()).toBe('n1 abc\n');
    talker.finish();
    net.seconds(0.4);
    expect(talker.takeHeard()).toBe('n1 de');
    expect(talker.ending).toBe('eof');
  });

  test('a line without an end is not waited for without an end', () => {
    const { net, talker } = build();
    talker.say('x'.repeat(LONGEST_LINE - 1));
    net.seconds(0.2);
    expect(talker.ending).toBe('open');
    talker.say('y');
    net.seconds(0.3);
    expect(talker.takeHeard()).toBe('');
    expect(talker.ending).toBe('eof');
  });

  test('an answer for which there is no room goes on when there is', () => {
    const { net, talker } = build();
    net.room = 2;
    // What the talker says is said in parts too.
    for (const letter of ['a', 'b', 'c', '\n']) talker.say(letter);
    net.seconds(0.2);
    expect(talker.takeHeard()).toBe('n1');
    talker.finish();
    net.seconds(0.3);
    expect(talker.ending).toBe('open');
    net.makeRoom(100);
    net.seconds(0.4);
    expect(talker.takeHeard()).toBe(' abc\n');
    expect(talker.ending).toBe('eof');
  });

  test('sick, slow, hung and cured', () => {
    const { net, server, talker } = build();
    server.setHealth('sick');
    talker.say('a\n');
    net.seconds(0.2);
    expect(talker.takeHeard()).toBe('!n1 a\n');
    server.setHealth('slow', 3 * SECOND);
    talker.say('b\n');
    net.seconds(0.3);
    talker.say('c\n');
    net.seconds(3.1);
    expect(talker.takeHeard()).toBe('');
    net.seconds(3.3);
    expect(talker.takeHeard()).toBe('n1 b\nn1 c\n');
    server.setHealth('hung');
    talker.say('d\n');
    net.seconds(60);
    expect(talker.takeHeard()).toBe('');
    server.setHealth('healthy');
    net.seconds(61);
    expect(talker.takeHeard()).toBe('n1 d\n');
    expect(net.trace.filter('service.health').map(({ daemon, health }) => [daemon, health])).toEqual([
      ['echo', 'sick'],
      ['echo', 'slow'],
      ['echo', 'hung'],
      ['echo', 'healthy'],
    ]);
  });

  test('dead, its connections are closed; any other health starts it, and a new process is healthy', () => {
    const { net, server, talker } = build();
    server.setHealth('sick');
    server.setHealth('dead');
    net.seconds(0.2);
    expect(talker.ending).toBe('eof');
    expect(server.health).toBe('dead');
    server.start();
    net.seconds(0.3);
    expect(server.health).toBe('healthy');
    server.setHealth('dead');
    server.setHealth('hung');
    net.seconds(0.4);
    expect(server.isRunning).toBe(true);
    expect(server.health).toBe('hung');
  });

  test('frozen it answers at the thaw, cured or not; a machine without power has no health to give', () => {
    const { net, host, server, talker } = build();
    server.setHealth('hung');
    talker.say('a\n');
    net.seconds(1);
    server.freeze();
    server.setHealth('healthy');
    net.seconds(2);
    expect(talker.takeHeard()).toBe('');
    server.thaw();
    net.seconds(3);
    expect(talker.takeHeard()).toBe('n1 a\n');
    host.powerOff();
    server.setHealth('healthy');
    expect(server.health).toBe('dead');
    expect(net.trace.filter('service.health')).toHaveLength(2);
  });

  test('many connections at once, each its own', () => {
    const { net, talkers } = build(20);
    talkers.forEach((talker, index) => {
      talker.say(`${index}`);
    });
    net.seconds(0.2);
    for (const talker of talkers) talker.say('\n');
    net.seconds(0.3);
    expect(talkers.map((talker) => talker.takeHeard())).toEqual(talkers.map((_, index) => `n1 ${index}\n`));
  });

  test('a port that is taken ends the second, with a line in the log', () => {
    const { net, host } = build();
    const sockets = net.all.find((other) => other.listening.has(80));
    const second = new EchoServer(host, { name: 'second', port: 80 });
    const own = net.all.at(-1);
    if (sockets === undefined || own === undefined) throw new Error('no sockets');
    own.listen = (() => 'EADDRINUSE') as never;
    second.start();
    net.seconds(0.2);
    expect(second.isRunning).toBe(false);
    expect(net.trace.filter('daemon.log').map(({ line }) => line)).toEqual([
      'cannot listen on port 80: EADDRINUSE',
    ]);
  });
});
