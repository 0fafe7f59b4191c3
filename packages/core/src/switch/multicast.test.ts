import { describe, expect, test } from 'vitest';
import { Engine, SECOND, SeededChoices } from '../engine/index.js';
import { Link } from '../link/index.js';
import { RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import {
  ethernetFrame,
  type IgmpMessage,
  type Ipv4Address,
  igmpGroupRecord,
  igmpLeave,
  igmpQueryV1,
  igmpQueryV2,
  igmpQueryV3,
  igmpReportV2,
  igmpReportV3,
  ipv4Address,
  ipv4Packet,
  macAddress,
  multicastMac,
  NO_BYTES,
  udpDatagram,
  VRRP_GROUP,
} from '../wire/index.js';
import { Switch } from './switch.js';
import type { IgmpSnoopingOptions, SwitchOptions } from './switch-options.js';

const GROUP = ipv4Address('239.1.1.1');
const UNREPORTED = ipv4Address('239.2.2.2');
const QUERIER = ipv4Address('10.0.0.9');

/** A talker at p1, a querier at p2, a member at p3, somebody else at p4. */
class Lan {
  readonly engine = new Engine({ choices: new SeededChoices(1) });
  readonly trace = new Trace(this.engine);
  readonly sw: Switch;
  readonly stations: RecordingStation[];
  readonly links: Link[] = [];

  constructor(snooping: IgmpSnoopingOptions | boolean, options: Partial<SwitchOptions> = {}) {
    this.sw = new Switch(this.engine, this.trace, 'sw', {
      ports: ['p1', 'p2', 'p3', 'p4'],
      snooping,
      ...options,
    });
    this.stations = this.sw.ports.map((port, index) => {
      const station = new RecordingStation(this.engine, `h${index + 1}:eth0`, index + 1);
      this.links.push(new Link(this.engine, this.trace, `l${index + 1}`, station, port, { delay: 1 }));
      return station;
    });
  }

  at(instant: number): this {
    this.engine.runUntil(instant);
    return this;
  }

  /** Which ports hear what somebody at a port says, a moment later. */
  say(
    port: number,
    group: Ipv4Address,
    message: IgmpMessage | null,
    source = ipv4Address('10.0.0.1'),
  ): string {
    const station = this.stations[port - 1] as RecordingStation;
    const payload = message ?? udpDatagram(5000, 5000, NO_BYTES);
    for (const { arrivals } of this.stations) arrivals.length = 0;
    station.send(ethernetFrame(multicastMac(group), station.mac, ipv4Packet(source, group, payload)));
    this.engine.runUntil(this.engine.now + 2);
    return this.stations.map(({ arrivals }, index) => (arrivals.length > 0 ? index + 1 : '')).join('');
  }

  query(port = 2, source = QUERIER): string {
    return this.say(port, ipv4Address('224.0.0.1'), igmpQueryV2(100), source);
  }

  talk(group = GROUP): string {
    return this.say(1, group, null);
  }
}

describe('IGMP snooping', () => {
  test('no snooping: everything floods', () => {
    const lan = new Lan(false);
    lan.query();
    expect(lan.at(20 * SECOND).talk()).toBe('234');
  });

  test('no querier: everything floods, reports too', () => {
    const lan = new Lan(true);
    expect(lan.say(3, GROUP, igmpReportV2(GROUP))).toBe('124');
    expect(lan.at(100 * SECOND).talk()).toBe('234');
    expect(lan.talk(UNREPORTED)).toBe('234');
  });

  test('a querier: queries flood, reports go to it, groups to members and to it', () => {
    const lan = new Lan(true);
    expect(lan.query()).toBe('134');
    // Members have the first query's response time to report before anything is filtered.
    expect(lan.at(9 * SECOND).talk()).toBe('234');
    expect(lan.say(3, GROUP, igmpReportV2(GROUP))).toBe('124');
    lan.at(10 * SECOND + 1);
    expect(lan.talk()).toBe('23');
    expect(lan.talk(UNREPORTED)).toBe('2');
    expect(lan.say(4, GROUP, igmpReportV2(GROUP))).toBe('2');
    expect(lan.talk()).toBe('234');
  });

  test('224.0.0.0/24 floods with a querier elsewhere and no report', () => {
    const lan = new Lan(true);
    lan.query();
    lan.at(20 * SECOND);
    expect(lan.talk(VRRP_GROUP)).toBe('234');
    lan.say(3, VRRP_GROUP, igmpReportV2(VRRP_GROUP));
    expect(lan.talk(VRRP_GROUP)).toBe('234');
  });

  test('a membership ends 260 s after the last report, the querier 255 s after its last query', () => {
    const lan = new Lan(true);
    lan.query();
    lan.say(3, GROUP, igmpReportV2(GROUP));
    const reported = lan.engine.now - 1;
    lan.at(200 * SECOND).query();
    const queried = lan.engine.now - 1;
    lan.at(reported + 260 * SECOND - 2);
    expect(lan.talk()).toBe('23');
    lan.at(reported + 260 * SECOND);
    expect(lan.talk()).toBe('2');
    lan.at(queried + 255 * SECOND - 2);
    expect(lan.talk()).toBe('2');
    lan.at(queried + 255 * SECOND);
    expect(lan.talk()).toBe('234');
  });

  test('the lowest address is the querier; higher ones change nothing; none at all is a proxy', () => {
    const lan = new Lan(true);
    lan.query(4, ipv4Address('0.0.0.0'));
    expect(lan.at(20 * SECOND).talk()).toBe('234');
    lan.query();
    lan.at(40 * SECOND).query(4, ipv4Address('10.0.0.200'));
    expect(lan.at(60 * SECOND).talk()).toBe('2');
    lan.query(4, ipv4Address('10.0.0.3'));
    expect(lan.talk()).toBe('24');
  });

  test('a port leads to a router for 255 s after its last query', () => {
    const lan = new Lan(true);
    lan.query();
    const queried = lan.engine.now - 1;
    lan.at(200 * SECOND).query(4, ipv4Address('10.0.0.3'));
    lan.at(queried + 255 * SECOND - 2);
    expect(lan.talk()).toBe('24');
    expect(lan.at(queried + 255 * SECOND).talk()).toBe('4');
  });

  test('a leave: the querier decides with a specific query; without one it is 2 s', () => {
    const lan = new Lan(true);
    lan.query();
    lan.say(3, GROUP, igmpReportV2(GROUP));
    lan.at(20 * SECOND).say(3, ipv4Address('224.0.0.2'), igmpLeave(GROUP));
    expect(lan.at(30 * SECOND).talk()).toBe('23');
    lan.say(2, GROUP, igmpQueryV2(10, GROUP), QUERIER);
    const asked = lan.engine.now - 1;
    lan.at(asked + 2 * SECOND - 2);
    expect(lan.talk()).toBe('23');
    expect(lan.at(asked + 2 * SECOND).talk()).toBe('2');
    const alone = new Lan({ filterWithoutQuerier: true });
    alone.say(3, GROUP, igmpReportV2(GROUP));
    expect(alone.talk()).toBe('3');
    alone.say(3, ipv4Address('224.0.0.2'), igmpLeave(GROUP));
    expect(alone.at(SECOND).talk()).toBe('3');
    expect(alone.at(2 * SECOND + 10).talk()).toBe('');
  });

  test('a leave does not prolong a membership that is about to end', () => {
    const lan = new Lan({ filterWithoutQuerier: true });
    lan.say(3, GROUP, igmpReportV2(GROUP));
    const reported = lan.engine.now - 1;
    lan.at(reported + 259 * SECOND).say(3, ipv4Address('224.0.0.2'), igmpLeave(GROUP));
    expect(lan.talk()).toBe('3');
    expect(lan.at(reported + 260 * SECOND).talk()).toBe('');
  });

  test('version 3: records join and leave, queries count', () => {
    const lan = new Lan(true);
    const report = (...records: Parameters<typeof igmpGroupRecord>[]) =>
      lan.say(
        3,
        ipv4Address('224.0.0.22'),
        igmpReportV3(records.map((record) => igmpGroupRecord(...record))),
      );
    lan.say(2, ipv4Address('224.0.0.1'), igmpQueryV3({ maxResponseCode: 100 }), QUERIER);
    expect(report(['change-to-exclude', GROUP])).toBe('124');
    lan.at(20 * SECOND);
    expect(lan.talk()).toBe('23');
    report(['block-old-sources', UNREPORTED, [QUERIER]]);
    expect(lan.talk(UNREPORTED)).toBe('2');
    report(['change-to-include', UNREPORTED, [QUERIER]]);
    expect(lan.talk(UNREPORTED)).toBe('23');
    lan.sw.powerOff();
    lan.sw.powerOn();
    expect(lan.talk()).toBe('234');
    report(['change-to-exclude', GROUP]);
    report(['change-to-include', GROUP]);
    lan.at(30 * SECOND).say(2, ipv4Address('224.0.0.1'), igmpQueryV1(), QUERIER);
    expect(lan.at(39 * SECOND).talk()).toBe('234');
    expect(lan.at(41 * SECOND).talk()).toBe('2');
  });

  test('a link flap starves the member until it reports again, which it does after the next query', () => {
    const lan = new Lan(true);
    lan.query();
    lan.say(3, GROUP, igmpReportV2(GROUP));
    expect(lan.at(10 * SECOND + 1).talk()).toBe('23');
    lan.links[2]?.unplug();
    lan.links[2]?.plug();
    expect(lan.at(11 * SECOND).talk()).toBe('2');
    lan.at(125 * SECOND).query();
    expect(lan.talk()).toBe('2');
    lan.at(130 * SECOND).say(3, GROUP, igmpReportV2(GROUP));
    expect(lan.talk()).toBe('23');
  });

  test('the same flap on a Linux bridge that never saw a querier: no outage', () => {
    const lan = new Lan(true);
    lan.say(3, GROUP, igmpReportV2(GROUP));
    lan.links[2]?.unplug();
    lan.links[2]?.plug();
    expect(lan.at(11 * SECOND).talk()).toBe('234');
  });

  test('the fault of snooping link-local groups: VRRP dies exactly 260 s after the last report', () => {
    const lan = new Lan({ snoopLinkLocal: true, filterWithoutQuerier: true });
    lan.say(3, VRRP_GROUP, igmpReportV2(VRRP_GROUP));
    const reported = lan.engine.now - 1;
    lan.at(reported + 260 * SECOND - 2);
    expect(lan.talk(VRRP_GROUP)).toBe('3');
    lan.at(reported + 260 * SECOND);
    expect(lan.talk(VRRP_GROUP)).toBe('');
  });

  test('a port configured towards a router hears every group', () => {
    const ports = ['p1', 'p2', 'p3', { name: 'p4', isMulticastRouter: true }];
    const lan = new Lan({ filterWithoutQuerier: true }, { ports });
    expect(lan.talk()).toBe('4');
  });

  test('each VLAN has its own querier and members', () => {
    const ports = ['p1', 'p2', { name: 'p3', vlan: 2 }, { name: 'p4', vlan: 2 }];
    const lan = new Lan(true, { ports });
    lan.query();
    lan.at(20 * SECOND);
    expect(lan.say(3, GROUP, null)).toBe('4');
    expect(lan.talk()).toBe('2');
  });
});

describe('multicast that gets lost', () => {
  test('between two ports, from one, to one, everywhere, and back', () => {
    const lan = new Lan(false);
    const vrrp = (): string => lan.talk(VRRP_GROUP);
    lan.sw.dropMulticast(VRRP_GROUP, true, 'p1', 'p3');
    expect(vrrp()).toBe('24');
    expect(lan.say(2, VRRP_GROUP, null)).toBe('134');
    expect(lan.talk()).toBe('234');
    lan.sw.dropMulticast(VRRP_GROUP, true, undefined, 'p4');
    expect(vrrp()).toBe('2');
    expect(lan.say(2, VRRP_GROUP, null)).toBe('13');
    lan.sw.dropMulticast(VRRP_GROUP, true, 'p1');
    expect(vrrp()).toBe('');
    lan.sw.dropMulticast(VRRP_GROUP, false, 'p1');
    lan.sw.dropMulticast(VRRP_GROUP, false, 'p1', 'p3');
    lan.sw.dropMulticast(VRRP_GROUP, false, undefined, 'p4');
    expect(vrrp()).toBe('234');
    lan.sw.dropMulticast(VRRP_GROUP, true);
    expect(vrrp()).toBe('');
    expect(lan.talk()).toBe('234');
    lan.sw.dropMulticast(null, true);
    lan.sw.dropMulticast(VRRP_GROUP, false);
    expect([vrrp(), lan.talk()]).toEqual(['', '']);
    expect(() => lan.sw.dropMulticast(null, true, 'nowhere')).toThrow(/no port 'nowhere'/);
  });

  test('from the start, told as filtered at the port it does not leave by', () => {
    const lan = new Lan(false, { drop: [{ group: VRRP_GROUP, toPort: 'p2' }] });
    const filtered: string[] = [];
    lan.trace.frames = { onFrame: (_time, port, fate) => fate === 'filtered' && filtered.push(port) };
    expect(lan.talk(VRRP_GROUP)).toBe('34');
    expect(filtered).toEqual(['sw:p2']);
  });

  test('one kind of frame, or all, from a port to another only', () => {
    const lan = new Lan(false);
    lan.query();
    lan.say(3, VRRP_GROUP, null);
    lan.sw.dropBetween('igmp', true, 'p1', 'p3');
    expect(lan.talk(VRRP_GROUP)).toBe('234');
    expect(lan.say(1, GROUP, igmpReportV2(GROUP))).toBe('24');
    expect(lan.say(3, GROUP, igmpReportV2(GROUP))).toBe('124');
    lan.sw.dropBetween('igmp', false, 'p1', 'p3');
    lan.sw.dropBetween('all', true, 'p1', 'p3');
    const unicast = (from: number, to: number): number => {
      const [sender, receiver] = [lan.stations[from - 1], lan.stations[to - 1]] as [
        RecordingStation,
        RecordingStation,
      ];
      receiver.arrivals.length = 0;
      sender.send(sender.frame(receiver.mac));
      lan.engine.runUntil(lan.engine.now + 2);
      return receiver.arrivals.length;
    };
    expect([unicast(3, 1), unicast(1, 3), unicast(1, 2)]).toEqual([1, 0, 1]);
    expect(lan.talk()).toBe('24');
    lan.sw.dropMulticast(GROUP, true);
    lan.sw.clearDrops();
    expect([unicast(1, 3), lan.talk()]).toEqual([1, '234']);
    expect(lan.sw.portOf(macAddress(3))?.name).toBe('p3');
    expect(lan.sw.portOf(macAddress(99))).toBe(null);
  });

  test('a group that is dropped stays dropped where snooping lets it through', () => {
    const lan = new Lan({ filterWithoutQuerier: true });
    lan.say(3, GROUP, igmpReportV2(GROUP));
    expect(lan.talk()).toBe('3');
    lan.sw.dropMulticast(GROUP, true, 'p1', 'p3');
    expect(lan.talk()).toBe('');
  });
});
