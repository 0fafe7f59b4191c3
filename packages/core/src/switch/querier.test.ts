import { describe, expect, test } from 'vitest';
import { digestOf, Engine, restoreState, SECOND, SeededChoices, saveState } from '../engine/index.js';
import { Link } from '../link/index.js';
import { RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import {
  emitFrame,
  ethernetFrame,
  type IgmpMessage,
  type Ipv4Address,
  igmpLeave,
  igmpQueryV2,
  igmpReportV2,
  ipv4Address,
  ipv4Packet,
  macAddress,
  multicastMac,
  NO_BYTES,
  parseFrame,
  udpDatagram,
} from '../wire/index.js';
import { Switch } from './switch.js';
import type { IgmpSnoopingOptions, SwitchOptions } from './switch-options.js';

const GROUP = ipv4Address('239.1.1.1');
const ALL = ipv4Address('224.0.0.1');
const ROUTERS = ipv4Address('224.0.0.2');
const OWN = ipv4Address('10.0.0.100');

/** A switch that queries, with stations at p1, p2, p3. */
class Lan {
  readonly engine = new Engine({ choices: new SeededChoices(1) });
  readonly trace = new Trace(this.engine);
  readonly sw: Switch;
  readonly stations: RecordingStation[];
  readonly links: Link[] = [];

  constructor(snooping: IgmpSnoopingOptions = { querier: OWN }, options: Partial<SwitchOptions> = {}) {
    this.sw = new Switch(this.engine, this.trace, 'sw', { ports: ['p1', 'p2', 'p3'], snooping, ...options });
    this.stations = this.sw.ports.map((port, index) => {
      const station = new RecordingStation(this.engine, `h${index + 1}:eth0`, index + 1);
      this.links.push(new Link(this.engine, this.trace, `l${index + 1}`, station, port, { delay: 1 }));
      return station;
    });
  }

  at(seconds: number): this {
    this.engine.runUntil(seconds * SECOND);
    return this;
  }

  say(
    port: number,
    group: Ipv4Address,
    message: IgmpMessage | null,
    source = ipv4Address('10.0.0.1'),
  ): string {
    const station = this.stations[port - 1] as RecordingStation;
    const heard = this.stations.map(({ arrivals }) => arrivals.length);
    const payload = message ?? udpDatagram(5000, 5000, NO_BYTES);
    station.send(ethernetFrame(multicastMac(group), station.mac, ipv4Packet(source, group, payload)));
    this.engine.runUntil(this.engine.now + 2);
    return this.stations
      .map(({ arrivals }, index) => (arrivals.length > (heard[index] ?? 0) ? index + 1 : ''))
      .join('');
  }

  /** When a port heard queries, s, and for which group. */
  queries(port: number): string[] {
    return (this.stations[port - 1] as RecordingStation).arrivals.flatMap(({ time, frame: { payload } }) => {
      if (payload.kind !== 'ipv4' || payload.payload.kind !== 'igmp') return [];
      const { payload: message } = payload;
      if (message.message !== 'query-v2') return [];
      return [`${Math.floor(time / 1e7) / 100}${message.group === 0 ? '' : ' specific'}`];
    });
  }
}

describe('a switch that queries', () => {
  test('asks at once, after 31.25 s, and then every 125 s, at every port', () => {
    const lan = new Lan().at(300);
    for (const port of [1, 2, 3]) expect(lan.queries(port)).toEqual(['0', '31.25', '156.25', '281.25']);
    const [first] = lan.stations[0]?.arrivals ?? [];
    const frame = first?.frame;
    if (frame === undefined) throw new Error('no query');
    expect(frame.source).toBe(lan.sw.mac);
    expect(frame.payload).toMatchObject({
      source: OWN,
      destination: ALL,
      ttl: 1,
      payload: { maxResponse: 100 },
    });
    expect(parseFrame(emitFrame(frame))).toEqual(frame);
  });

  test('filters 10 s after its first query: groups go where they were reported, and nowhere else', () => {
    const lan = new Lan().at(1);
    lan.say(3, GROUP, igmpReportV2(GROUP));
    expect(lan.say(1, GROUP, null)).toBe('23');
    lan.at(10);
    expect(lan.say(1, GROUP, null)).toBe('3');
    expect(lan.say(1, ipv4Address('239.2.2.2'), null)).toBe('');
    // Nobody but the switch is a router, so that reports go to no port.
    expect(lan.say(2, GROUP, igmpReportV2(GROUP))).toBe('');
  });

  test('holds its tongue for 255 s after one with a lower address, and begins anew then', () => {
    const lan = new Lan().at(50);
    lan.say(2, ALL, igmpQueryV2(100), ipv4Address('10.0.0.99'));
    lan.at(304.9);
    expect(lan.queries(1)).toEqual(['0', '31.25', '50']);
    lan.at(340);
    expect(lan.queries(1)).toEqual(['0', '31.25', '50', '305', '336.25']);
  });

  test('does not listen to one with a higher address', () => {
    const lan = new Lan().at(50);
    lan.say(2, ALL, igmpQueryV2(100), ipv4Address('10.0.0.200'));
    lan.at(200);
    expect(lan.queries(3)).toEqual(['0', '31.25', '50', '156.25']);
    // Nor is the port of that one a way to the querier.
    expect(lan.say(1, GROUP, igmpReportV2(GROUP))).toBe('');
  });

  test('two of them: the lower address asks, the other one sees a querier and filters too', () => {
    const engine = new Engine({ choices: new SeededChoices(1) });
    const trace = new Trace(engine);
    const make = (name: string, querier: string): Switch =>
      new Switch(engine, trace, name, {
        ports: ['trunk', 'edge'],
        snooping: { querier: ipv4Address(querier) },
      });
    const [high, low] = [make('sw1', '10.0.0.9'), make('sw2', '10.0.0.3')] as const;
    new Link(engine, trace, 'trunk', high.port('trunk'), low.port('trunk'), { delay: 1000 });
    const station = new RecordingStation(engine, 'h:eth0', 1);
    new Link(engine, trace, 'edge', station, high.port('edge'), { delay: 1000 });
    engine.runUntil(160 * SECOND);
    const sources = station.arrivals.flatMap(({ frame: { payload } }) =>
      payload.kind === 'ipv4' ? [payload.source] : [],
    );
    // sw1 asks once, before it has heard sw2.
    expect(sources).toEqual(['10.0.0.9', '10.0.0.3', '10.0.0.3', '10.0.0.3'].map(ipv4Address));
  });

  test('a leaving member: two questions a second apart, and silence after two seconds', () => {
    const lan = new Lan().at(20);
    lan.say(3, GROUP, igmpReportV2(GROUP));
    lan.say(3, ROUTERS, igmpLeave(GROUP));
    lan.at(21.9);
    expect(lan.say(1, GROUP, null)).toBe('3');
    lan.at(22.1);
    expect(lan.say(1, GROUP, null)).toBe('');
    expect(lan.queries(2)).toEqual(['0', '20 specific', '21 specific']);
  });

  test('… unless another member at the port answers', () => {
    const lan = new Lan().at(20);
    lan.say(3, GROUP, igmpReportV2(GROUP));
    lan.say(3, ROUTERS, igmpLeave(GROUP));
    lan.at(20.5).say(3, GROUP, igmpReportV2(GROUP));
    expect(lan.at(30).say(1, GROUP, null)).toBe('3');
  });

  test('a port that comes back is asked at once, so that a member is starved no longer than its answer takes', () => {
    const lan = new Lan().at(20);
    lan.say(3, GROUP, igmpReportV2(GROUP));
    lan.links[2]?.unplug();
    lan.at(25).links[2]?.plug();
    lan.at(26);
    expect(lan.queries(3)).toEqual(['0', '25']);
    expect(lan.queries(2)).toEqual(['0']);
    expect(lan.say(1, GROUP, null)).toBe('');
    lan.say(3, GROUP, igmpReportV2(GROUP));
    expect(lan.say(1, GROUP, null)).toBe('3');
  });

  test('after a power cut it begins anew', () => {
    const lan = new Lan().at(40);
    lan.sw.powerOff();
    lan.at(50).sw.powerOn();
    expect(lan.at(100).queries(1)).toEqual(['0', '31.25', '50', '81.25']);
  });

  test('it asks in each VLAN of its own ports, with the tag that belongs there', () => {
    const lan = new Lan(
      { querier: OWN },
      { ports: ['p1', { name: 'p2', vlan: 7 }, { name: 'p3', tagged: [7] }] },
    );
    lan.at(1);
    const tags = lan.stations.map(({ arrivals }) => arrivals.map(({ frame }) => frame.tag?.vlan ?? 0));
    expect(tags).toEqual([[0], [0], [0, 7]]);
  });

  test('saved between the question and the silence: the same future, also in a switch of another past', () => {
    const lan = new Lan().at(20);
    lan.say(3, GROUP, igmpReportV2(GROUP));
    lan.say(3, ROUTERS, igmpLeave(GROUP));
    lan.at(20.5);
    const saved = saveState(lan.engine);
    const finish = (one: Lan): unknown => {
      for (const { arrivals } of one.stations) arrivals.length = 0;
      one.at(400);
      return [one.queries(1), digestOf(saveState(one.engine))];
    };
    const expected = finish(lan);
    const dirty = new Lan().at(50);
    dirty.say(2, ALL, igmpQueryV2(100), ipv4Address('10.0.0.99'));
    restoreState(dirty.engine, saved);
    expect(finish(dirty)).toEqual(expected);
    expect(macAddress(dirty.sw.mac)).toBe(lan.sw.mac);
  });
});
