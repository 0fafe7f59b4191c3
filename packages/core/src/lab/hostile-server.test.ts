import { describe, expect, test } from 'vitest';
import { defineLab, defineProgram, type ProgramDesign, type TcpClientDesign } from './index.js';

/** A server that does something wrong with whoever comes. */
const HOSTILE: Readonly<Record<string, ProgramDesign>> = {
  'says something else': defineProgram({
    name: 'server',
    ports: [],
    state: {},
    on: { start: () => {} },
    tcp: {
      listen: [80],
      heard: (p, { connection }) => p.tcp.send(connection, '\x00\xff!\r\n\r\n'.repeat(400)),
    },
  }),
  'hangs up at once': defineProgram({
    name: 'server',
    ports: [],
    state: {},
    on: { start: () => {} },
    tcp: { listen: [80], opened: (p, { connection }) => p.tcp.close(connection) },
  }),
  'hangs up when it is asked': defineProgram({
    name: 'server',
    ports: [],
    state: {},
    on: { start: () => {} },
    tcp: { listen: [80], heard: (p, { connection }) => p.tcp.close(connection) },
  }),
  'talks before it is asked, and without an end': defineProgram({
    name: 'server',
    ports: [],
    state: {},
    on: { start: () => {} },
    tcp: { listen: [80], opened: (p, { connection }) => p.tcp.send(connection, 'x'.repeat(300_000)) },
  }),
  'says one byte at a time, never the last': defineProgram({
    name: 'server',
    ports: [],
    state: { connection: 0 },
    on: {
      start: () => {},
      tick: (p) => {
        p.tcp.send(p.state.connection, 'n');
        p.timer('tick').arm('20ms');
      },
    },
    tcp: {
      listen: [80],
      opened: (p, { connection }) => {
        p.state.connection = connection;
        p.timer('tick').arm('20ms');
      },
    },
  }),
};

const KINDS: readonly Partial<TcpClientDesign>[] = [
  {},
  { hold: true, timeout: '500ms' },
  { pool: { size: 2 } },
];
const SPEECHES = ['line', 'http', 'postgres'] as const;

describe.each(Object.keys(HOSTILE))('a server that %s', (what) => {
  test('makes no client stop, spin or believe it', () => {
    const { trace } = defineLab({
      name: 'hostile',
      nodes: {
        n1: { address: '10.0.0.1/24', programs: [HOSTILE[what] as ProgramDesign] },
        c1: {
          address: '10.0.0.2/24',
          client: KINDS.flatMap((kind) =>
            SPEECHES.map((speak): TcpClientDesign => ({ connect: '10.0.0.1:80', speak, ...kind })),
          ),
        },
      },
      duration: '5s',
    }).run();
    for (let index = 1; index <= KINDS.length * SPEECHES.length; index++) {
      const name = index === 1 ? 'c1' : `c1/${index}`;
      const results = trace.filter('client.result').filter(({ client }) => client === name);
      expect(results.length, name).toBeGreaterThan(3);
      // Two attempts in 200 ms at the most.
      expect(results.length, name).toBeLessThan(60);
      expect(results.at(-1)?.time, name).toBeGreaterThan(3.8e9);
      // A line of garbage is a line: it has a first word.
      if ((index - 1) % SPEECHES.length !== 0)
        expect(new Set(results.map(({ result }) => result)), name).not.toContain('ok');
    }
  });
});
