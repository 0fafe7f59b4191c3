import { describe, expect, test } from 'vitest';
import { defineLab, defineProgram, type LabDesign, type ProgramDesign } from './index.js';

const shout = defineProgram({
  name: 'shout',
  ports: [],
  state: { heard: 0 },
  on: { start: () => {} },
  tcp: {
    listen: [7],
    opened: (p, { remote, isOwn }) => p.log(`opened ${remote} ${isOwn}`),
    heard: (p, { connection, text }) => {
      p.state.heard++;
      p.tcp.send(connection, text.toUpperCase());
      if (text.includes('bye')) p.tcp.close(connection);
    },
    closed: (p, { error }) => p.log(`closed ${error}`),
  },
});

/** Says something every second by one connection, and opens another when it is over. */
const talker = (to: string, says: string): ProgramDesign =>
  defineProgram({
    name: 'talker',
    ports: [],
    state: { connection: 0, heard: '' },
    on: {
      start: (p) => p.timer('tick').arm('1s'),
      tick: (p) => {
        if (p.state.connection === 0) {
          const connection = p.tcp.connect(to);
          if (typeof connection === 'number') p.state.connection = connection;
          else p.log(connection);
        } else p.tcp.send(p.state.connection, says);
        p.timer('tick').arm('1s');
      },
    },
    tcp: {
      opened: (p, { connection }) => p.tcp.send(connection, says),
      heard: (p, { text }) => {
        p.state.heard = text;
        p.log(text);
      },
      closed: (p, { error }) => {
        p.state.connection = 0;
        p.log(`closed ${error}`);
      },
    },
  });

const lab = (says: string, to = '10.0.0.1:7', more: Partial<LabDesign> = {}) =>
  defineLab({
    name: 'own',
    nodes: {
      a: { address: '10.0.0.1/24', programs: [shout] },
      b: { address: '10.0.0.2/24', programs: [talker(to, says)] },
    },
    duration: '4500ms',
    ...more,
  });
const linesOf = (design: ReturnType<typeof lab>, node: string): string[] =>
  design
    .run()
    .trace.filter('daemon.log')
    .filter((event) => event.node === node)
    .map(({ line }) => line);

describe('programs of your own over TCP', () => {
  test('listen, connect, send', () => {
    expect(linesOf(lab('hello'), 'b')).toEqual(['HELLO', 'HELLO', 'HELLO', 'HELLO']);
    expect(linesOf(lab('hello'), 'a')[0]).toMatch(/^opened 10\.0\.0\.2:\d+ false$/);
  });

  test('a hang-up is told without an error, and what was sent before it has come', () => {
    expect(linesOf(lab('bye'), 'b')).toEqual([
      'BYE',
      'closed null',
      'BYE',
      'closed null',
      'BYE',
      'closed null',
      'BYE',
      'closed null',
    ]);
  });

  test('refused, unreachable, no route', () => {
    expect(linesOf(lab('x', '10.0.0.1:8'), 'b')[0]).toBe('closed ECONNREFUSED');
    expect(linesOf(lab('x', '10.0.0.9:7'), 'b')[0]).toBe('closed EHOSTUNREACH');
    expect(linesOf(lab('x', '99.0.0.9:7'), 'b')[0]).toBe('ENETUNREACH');
    expect(() => lab('x', 'nowhere').run()).toThrow("'nowhere' is not address:port");
  });

  test('stopped and started it takes connections again; the other end sees the hang-up', () => {
    const design = lab('hello', '10.0.0.1:7', {
      schedule: [
        { at: '1500ms', do: 'kill-9', node: 'a', daemon: 'shout' },
        { at: '2500ms', do: 'start', node: 'a', daemon: 'shout' },
      ],
    });
    expect(linesOf(design, 'b')).toEqual(['HELLO', 'closed null', 'closed ECONNREFUSED', 'HELLO', 'HELLO']);
  });

  test('in the midst of a conversation it can be forked', () => {
    const simulation = lab('hello')
      .start()
      .runUntil('2.0001s' as never);
    const other = simulation.fork();
    expect(other.runUntil('4500ms').traceDigest()).toBe(simulation.runUntil('4500ms').traceDigest());
    expect(other.stateDigest).toBe(simulation.stateDigest);
  });

  test('without the key tcp there are no connections', () => {
    const mute = defineProgram({
      name: 'mute',
      ports: [],
      state: {},
      on: { start: (p) => void p.tcp.connect('10.0.0.1:7') },
    });
    const design = defineLab({ name: 'mute', nodes: { a: { address: '10.0.0.1/24', programs: [mute] } } });
    expect(() => design.run()).toThrow("needs the key 'tcp'");
  });
});
