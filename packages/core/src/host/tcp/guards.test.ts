import { describe, expect, test } from 'vitest';
import { type Build, type Built, guardAll } from '../../engine/guards.testing.js';
import { MILLISECOND, type RecordOf, record, SECOND, SeededChoices, timer } from '../../engine/index.js';
import { Host } from '../host.js';
import { eth0, ip, Lan } from '../lan.testing.js';
import { Process } from '../process.js';
import type { TcpSockets } from './socket-api.js';
import { pattern } from './talk.testing.js';

const CallerState = record('caller', { next: timer });

/** Connects again and again, sends and says goodbye; answers what it is asked; remembers nothing. */
class Caller extends Process {
  private readonly sockets: TcpSockets;
  private readonly calls: RecordOf<typeof CallerState.fields>;

  constructor(
    host: Process['host'],
    private readonly to: string,
  ) {
    super(host, 'caller');
    this.calls = host.engine.record(`${host.name}/caller`, CallerState, this.domain, {
      next: () => this.call(),
    });
    this.sockets = host.tcpSockets(this, {
      acceptable: (port) => {
        while (this.sockets.accept(port, { keepAlive: { idle: SECOND } }) !== null);
      },
      connected: (socket) => {
        this.sockets.send(socket, pattern(40_000));
        this.sockets.shutdown(socket);
      },
      readable: (socket) => {
        for (let bytes = this.sockets.receive(socket, 999); bytes !== null; ) {
          if (bytes.length === 0) {
            this.sockets.close(socket);
            return;
          }
          this.sockets.send(socket, bytes);
          bytes = this.sockets.receive(socket, 999);
        }
      },
    });
  }

  private call(): void {
    this.calls.next.arm(400 * MILLISECOND);
    this.sockets.connect(ip(this.to), 80, { userTimeout: 60 * SECOND });
  }

  protected onStart(): void {
    this.sockets.listen(80);
    this.call();
  }
  protected onStop(): void {}
  protected onReset(): void {
    this.calls.reset();
  }
}

/** Two hosts that call each other over a cable that loses, doubles and delays. */
const build =
  (sysctl: Record<string, number>): Build =>
  ({ choices, timeScale }) => {
    const lan = new Lan({ choices, ...(timeScale === undefined ? {} : { timeScale }) });
    const a = lan.host('a', 1, ['10.0.0.1/24'], sysctl);
    const b = lan.host('b', 2, ['10.0.0.2/24']);
    lan.cable(eth0(a), eth0(b), {
      delay: { lo: 2 * MILLISECOND, hi: 3 * MILLISECOND },
      bandwidth: 8_000_000,
      loss: 60_000,
      duplicate: 20_000,
      reorder: { ppm: 40_000, delay: 4 * MILLISECOND },
    });
    const callers = [new Caller(a, '10.0.0.2'), new Caller(b, '10.0.0.1')];
    return {
      engine: lan.engine,
      trace: lan.trace,
      roots: [a, b, ...callers, ...lan.links],
      start: () => {
        for (const caller of callers) caller.start();
      },
    };
  };

const isDerived = (path: string): boolean =>
  /\.routing\.(locals|broadcasts|paths|main)\b/.test(path) ||
  /\.(isStraight|isOpen|timedLength|occupancy|serialisation)$/.test(path) ||
  /\.tcp\.index\.(byId|byEnds|lowestFree)\b/.test(path) ||
  /\.queues\.\d+\.(lines|count)\b/.test(path) ||
  /\.positions\./.test(path);

describe('in the midst of a lossy transfer', () => {
  test.each([
    ['as Linux does it', {}, 475],
    ['with NewReno', { tcp_sack: 0, tcp_timestamps: 0 }, 440],
  ])(
    '%s, all state is declared, and nobody asks for the time',
    { timeout: 120_000 },
    (_, sysctl, instant) => {
      const until = instant * MILLISECOND;
      // What the guards see has to be worth seeing.
      const seen: Built = build(sysctl)({ choices: new SeededChoices(1) });
      seen.start();
      seen.engine.runUntil(until);
      const hosts = seen.roots.filter((root) => root instanceof Host);
      const connections = hosts.flatMap((host) => host.tcp.connections());
      expect(connections.filter(({ outstanding }) => outstanding > 0).length).toBeGreaterThan(1);
      expect(connections.some(({ recovery }) => recovery !== 'open')).toBe(true);
      expect(hosts.some(({ tcp }) => tcp.outOfOrder.length > 0)).toBe(true);
      expect(guardAll(build(sysctl), { until, further: 2 * SECOND, steps: 400 }, isDerived)).toEqual([]);
    },
  );
});
