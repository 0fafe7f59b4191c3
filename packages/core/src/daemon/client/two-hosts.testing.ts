import { Engine, type Nanoseconds, SECOND, SeededChoices } from '../../engine/index.js';
import { Host } from '../../host/index.js';
import { Link, type Port } from '../../link/index.js';
import { Trace } from '../../trace/index.js';
import { ipv4Address, ipv4Cidr, type MacAddress } from '../../wire/index.js';

export const SERVER = ipv4Address('10.0.0.2');
export const PORT = 80;

/** A client's machine and a server's, joined by a cable of 50 µs. */
export class TwoHosts {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly c1: Host;
  readonly n1: Host;
  readonly link: Link;

  constructor(seed = 1) {
    this.engine = new Engine({ choices: new SeededChoices(seed) });
    this.trace = new Trace(this.engine);
    this.trace.record();
    this.c1 = this.host('c1', 1);
    this.n1 = this.host('n1', 2);
    this.link = new Link(
      this.engine,
      this.trace,
      'cable',
      this.c1.interface('eth0') as Port,
      this.n1.interface('eth0') as Port,
      { delay: 50_000 },
    );
  }

  private host(name: string, number: number): Host {
    return new Host(this.engine, this.trace, {
      name,
      interfaces: [
        {
          name: 'eth0',
          mac: (0x0200_0000_0000 + number) as MacAddress,
          addresses: [ipv4Cidr(`10.0.0.${number}/24`)],
        },
      ],
    });
  }

  boot(): this {
    this.n1.boot();
    this.c1.boot();
    return this;
  }

  /** Goes on until so many seconds after the beginning. */
  until(seconds: number): this {
    this.engine.runUntil(Math.round(seconds * SECOND));
    return this;
  }

  /** Nothing passes any more, and nobody is told. */
  cut(on = true): this {
    for (const direction of this.link.directions) direction.setCut(on);
    return this;
  }

  /** The results since an instant as `0.2 ok n1 reply #1`, in their order. */
  results(since: Nanoseconds = 0): string[] {
    return this.trace
      .filter('client.result')
      .filter(({ time }) => time >= since)
      .map(({ sentAt, result, by, stage, connection, detail }) =>
        [
          (sentAt / SECOND).toFixed(3),
          result,
          by ?? '-',
          stage,
          connection === null ? '-' : `#${connection}`,
          ...(detail === null ? [] : [`(${detail})`]),
        ].join(' '),
      );
  }

  /** The results without their instants. */
  outcomes(since: Nanoseconds = 0): string[] {
    return this.results(since).map((line) => line.replace(/^[\d.]+ /, ''));
  }

  /** The changes of connections as `#1 opened`. */
  connections(): string[] {
    return this.trace.filter('client.connection').map(({ connection, change }) => `#${connection} ${change}`);
  }

  /** How long each attempt took, in seconds, by the number of its result. */
  tookOf(index: number): number {
    const result = this.trace.filter('client.result').at(index);
    return result === undefined ? Number.NaN : (result.time - result.sentAt) / SECOND;
  }
}
