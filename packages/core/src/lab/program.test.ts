import { describe, expect, test } from 'vitest';
import { defineLab, defineProgram } from './index.js';

const beacon = defineProgram({
  name: 'beacon',
  ports: [9999],
  state: { sent: 0, heard: '', quiet: false },
  on: {
    start: (p) => p.timer('tick').arm('1s'),
    tick: (p) => {
      p.state.sent++;
      p.udp(9999).send('192.168.1.255:9999', 'hello');
      p.timer('tick').arm('1s');
    },
    receive: (p, datagram) => {
      p.state.heard = datagram.source;
      p.log(`${datagram.text} from ${datagram.source}, ${datagram.bytes.length} bytes`);
    },
  },
});
const listener = defineProgram({
  name: 'listener',
  ports: [9999],
  state: { heard: 0 },
  on: {
    start: () => {},
    receive: (p) => {
      p.state.heard++;
    },
  },
});
const lab = defineLab({
  name: 'beacons',
  nodes: {
    a: { address: '192.168.1.11/24', programs: [beacon] },
    b: {
      address: '192.168.1.12/24',
      programs: [listener],
    },
  },
  duration: '10s',
});

const sentBy = (simulation: ReturnType<typeof lab.start>): unknown =>
  simulation.state().find(({ path }) => path.includes('a/beacon state') && path.endsWith('sent'))?.value;

describe("a program of one's own", () => {
  test('counts, sends and logs', () => {
    const pair = lab.with({
      nodes: {
        a: { address: '192.168.1.11/24', programs: [beacon] },
        b: { address: '192.168.1.12/24', programs: [beacon] },
      },
    });
    const run = pair.run({ until: '5500ms' });
    expect(run.log('b').filter((line) => line.includes('hello'))).toHaveLength(5);
    expect(run.log('b')[0]).toMatch(/beacon: hello from 192\.168\.1\.11:9999, 5 bytes$/);
  });

  test('its state is in the digest, is forked and rewound', () => {
    const simulation = lab.start().runUntil('3500ms');
    expect(sentBy(simulation)).toBe(3);
    const fork = simulation.fork().runUntil('7500ms');
    expect([sentBy(simulation), sentBy(fork)]).toEqual([3, 7]);
    const snapshot = simulation.save();
    const digest = simulation.stateDigest;
    simulation.runUntil('9500ms');
    expect(sentBy(simulation)).toBe(9);
    simulation.restore(snapshot);
    expect([sentBy(simulation), simulation.stateDigest]).toEqual([3, digest]);
    expect(simulation.runUntil('7500ms').stateDigest).toBe(fork.stateDigest);
    expect(fork.stateDigest).not.toBe(digest);
  });

  test('two labs do not share what it counts', () => {
    const [one, other] = [lab.start().runUntil('5500ms'), lab.start().runUntil('2500ms')];
    expect([sentBy(one), sentBy(other)]).toEqual([5, 2]);
    expect(beacon.state.sent).toBe(0);
  });

  test('is stopped, started and killed like any daemon', () => {
    const simulation = lab.start().runUntil('3500ms');
    simulation.node('a').stop('beacon').start('beacon');
    simulation.runUntil('5600ms');
    // Its memory went with the process: it counts from 0 again.
    expect(sentBy(simulation)).toBe(2);
    simulation.node('a').kill9('beacon');
    expect(simulation.runUntil('9s').network.programs.get('a')?.get('beacon')?.isRunning).toBe(false);
    expect(sentBy(simulation)).toBe(0);
  });

  test('a name that it does not have throws', () => {
    const wrong = (on: object) => ({
      name: 'wrong',
      nodes: {
        a: { address: '192.168.1.11/24', programs: [{ name: 'w', ports: [], state: {}, on } as never] },
      },
    });
    const timer = {
      start: (p: { timer(name: string): { arm(span: string): void } }) => p.timer('tock').arm('1s'),
    };
    const socket = {
      start: (p: { udp(port: number): { send(to: string, text: string): void } }) =>
        p.udp(1).send('10.0.0.1:1', ''),
    };
    expect(() => defineLab(wrong(timer)).run({ until: '1s' })).toThrow("no handler is called 'tock'");
    expect(() => defineLab(wrong(socket)).run({ until: '1s' })).toThrow("port 1 is not in its 'ports'");
  });
});
