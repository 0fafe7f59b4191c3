import { Engine, SeededChoices } from '../../engine/index.js';
import { Link, type LinkOptions } from '../../link/index.js';
import { RecordingStation } from '../../link/recording-station.testing.js';
import { type EventName, Trace, type TraceEvent } from '../../trace/index.js';
import { macAddress } from '../../wire/index.js';
import { Switch } from '../switch.js';
import type { SwitchOptions, SwitchPortOptions } from '../switch-options.js';
import type { SpanningTreeOptions, SpanningTreeProtocol } from './index.js';

/** What is special about the bridges of a {@link BridgedLan}. */
export interface BridgedLanOptions {
  readonly protocol?: SpanningTreeProtocol;
  /** For each bridge by its number, or for all. */
  readonly tree?: (bridge: number) => Partial<SpanningTreeOptions>;
  /** By `bridge:port`, such as `sw1:h1` or `sw1:sw2`. */
  readonly ports?: Readonly<Record<string, Partial<SwitchPortOptions>>>;
  readonly bridge?: (bridge: number) => Partial<SwitchOptions>;
  readonly link?: LinkOptions;
  readonly timeScale?: number;
}

/**
 * Bridges sw1, sw2, ... with one station h1, h2, ... each, and cables between pairs of bridges. The MAC address of a
 * bridge grows with its number, so sw1 is root unless priorities say otherwise. The port towards a bridge has its name
 * (a second cable between the same two: `sw2.2`), the port of the station that of the station.
 */
export class BridgedLan {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly bridges: Switch[] = [];
  readonly stations: RecordingStation[] = [];
  /** The cables between bridges, in the order in which they were given. */
  readonly trunks: Link[] = [];
  /** The cables of the stations. */
  readonly drops: Link[] = [];

  constructor(
    count: number,
    cables: readonly (readonly [number, number])[],
    options: BridgedLanOptions = {},
  ) {
    const { protocol = 'rstp', tree, ports = {}, link = { delay: 500 }, timeScale = 1 } = options;
    this.engine = new Engine({ choices: new SeededChoices(1), timeScale });
    this.trace = new Trace(this.engine);
    this.trace.record();
    const names: string[][] = Array.from({ length: count }, (_, index) => [`h${index + 1}`]);
    const ends = cables.map(([a, b]) => {
      const enter = (at: number, to: number): string => {
        const own = names[at - 1] as string[];
        const taken = own.filter((name) => name === `sw${to}` || name.startsWith(`sw${to}.`)).length;
        const name = taken === 0 ? `sw${to}` : `sw${to}.${taken + 1}`;
        own.push(name);
        return name;
      };
      return [enter(a, b), enter(b, a)] as const;
    });
    names.forEach((own, index) => {
      const name = `sw${index + 1}`;
      this.bridges.push(
        new Switch(this.engine, this.trace, name, {
          ports: own.map((port) => ({ name: port, ...ports[`${name}:${port}`] })),
          mac: macAddress(0x020b_0000_0000 + (index + 1) * 0x100),
          spanningTree: { protocol, ...tree?.(index + 1) },
          ...options.bridge?.(index + 1),
        }),
      );
      this.stations.push(new RecordingStation(this.engine, `h${index + 1}:eth0`, 0x0200_0000_0001 + index));
    });
    this.stations.forEach((station, index) => {
      const port = this.bridge(index + 1).port(`h${index + 1}`);
      this.drops.push(new Link(this.engine, this.trace, `d${index + 1}`, station, port, link));
    });
    cables.forEach(([a, b], index) => {
      const [here, there] = ends[index] as readonly [string, string];
      const trunk = new Link(
        this.engine,
        this.trace,
        `t${index + 1}`,
        this.bridge(a).port(here),
        this.bridge(b).port(there),
        link,
      );
      this.trunks.push(trunk);
    });
  }

  bridge(number: number): Switch {
    return this.bridges[number - 1] as Switch;
  }

  station(number: number): RecordingStation {
    return this.stations[number - 1] as RecordingStation;
  }

  trunk(number: number): Link {
    return this.trunks[number - 1] as Link;
  }

  at(instant: number): this {
    this.engine.runUntil(instant);
    return this;
  }

  /** Whether a port forwards, as `sw1:sw2`. */
  forwards(path: string): boolean {
    const [bridge = '', port = ''] = path.split(':');
    return this.bridge(Number(bridge.slice(2))).port(port).forwards;
  }

  /** The ports that are up and do not forward. */
  blocked(): string[] {
    return this.bridges.flatMap(({ ports }) =>
      ports.filter((port) => port.isUp && !port.forwards).map(({ path }) => path),
    );
  }

  /** What spanning tree made of a port, `15 designated learning` with seconds in front. */
  story(path: string): string[] {
    const [node, port] = path.split(':');
    return this.trace
      .filter('stp.port')
      .filter((event) => event.node === node && event.port === port)
      .map(({ time, role, state }) => `${time / 1e9} ${role} ${state}`);
  }

  /** How many copies of one broadcast of a station each other station gets within 100 ms. */
  copies(from: number): number[] {
    for (const { arrivals } of this.stations) arrivals.length = 0;
    const sender = this.station(from);
    const frame = sender.frame();
    sender.send(frame);
    this.engine.runUntil(this.engine.now + 100_000_000);
    return this.stations.map(
      ({ arrivals }) => arrivals.filter(({ frame: got }) => got.source === sender.mac).length,
    );
  }

  events<N extends EventName>(name: N): TraceEvent<N>[] {
    return this.trace.filter(name);
  }
}
