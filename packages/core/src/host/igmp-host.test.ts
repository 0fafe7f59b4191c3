import { describe, expect, test } from 'vitest';
import { SECOND } from '../engine/index.js';
import {
  ALL_ROUTERS_GROUP,
  ALL_SYSTEMS_GROUP,
  ethernetFrame,
  IGMPV3_ROUTERS_GROUP,
  type IgmpMessage,
  type Ipv4Address,
  igmpQueryV2,
  igmpQueryV3,
  igmpReportV2,
  ipv4Packet,
  multicastMac,
  ROUTER_ALERT_OPTION,
  VRRP_GROUP,
} from '../wire/index.js';
import { eth0, ip, Lan, macOf, type Tap } from './lan.testing.js';
import type { Sysctls } from './sysctl.js';

const GROUP = ip('239.1.1.1');

const build = (sysctl: Partial<Sysctls> = {}, seed = 1) => {
  const lan = new Lan({ seed });
  const host = lan.host('c', 1, ['10.0.0.1/24'], sysctl);
  return { lan, host, tap: lan.tap(eth0(host)), igmp: eth0(host).igmp };
};

/** What was reported: instant, destination, and the message in short. */
function reports(tap: Tap): [number, Ipv4Address, string][] {
  return tap.frames.splice(0).flatMap(({ time, frame }) => {
    if (frame.payload.kind !== 'ipv4' || frame.payload.payload.kind !== 'igmp') return [];
    const packet = frame.payload;
    expect(packet).toMatchObject({
      ttl: 1,
      typeOfService: 0xc0,
      options: ROUTER_ALERT_OPTION,
      source: ip('10.0.0.1'),
    });
    expect(frame.destination).toBe(multicastMac(packet.destination));
    const message = frame.payload.payload;
    const text =
      message.message === 'report-v3' ? message.records.map(({ type }) => type).join() : message.message;
    return [[time, packet.destination, text]];
  });
}

const query = (tap: Tap, message: IgmpMessage, destination = ALL_SYSTEMS_GROUP): void =>
  tap.send(
    ethernetFrame(
      multicastMac(destination),
      macOf(0xff),
      ipv4Packet(ip('10.0.0.254'), destination, message, { ttl: 1, options: ROUTER_ALERT_OPTION }),
    ),
  );

describe('IGMP on a host', () => {
  test('a join is reported at once and again within a second, a leave likewise', () => {
    const { lan, tap, igmp } = build();
    igmp.join(GROUP);
    igmp.join(GROUP);
    lan.run(5 * SECOND);
    const joined = reports(tap);
    expect(joined.map(([, to, text]) => [to, text])).toEqual([
      [IGMPV3_ROUTERS_GROUP, 'change-to-exclude'],
      [IGMPV3_ROUTERS_GROUP, 'change-to-exclude'],
    ]);
    expect(joined[0]?.[0]).toBe(1);
    expect(joined[1]?.[0]).toBeGreaterThan(1);
    expect(joined[1]?.[0]).toBeLessThanOrEqual(SECOND + 1);
    igmp.leave(GROUP);
    expect(igmp.isMember(GROUP)).toBe(true);
    igmp.leave(GROUP);
    expect(igmp.isMember(GROUP)).toBe(false);
    lan.run(10 * SECOND);
    expect(reports(tap).map(([, , text]) => text)).toEqual(['change-to-include', 'change-to-include']);
    expect(igmp.memberships()).toEqual([]);
  });

  test('the second report comes at random', () => {
    const gaps = new Set<number | undefined>();
    for (let seed = 1; seed < 20; seed++) {
      const { lan, tap, igmp } = build({}, seed);
      igmp.join(GROUP);
      lan.run(2 * SECOND);
      gaps.add(reports(tap)[1]?.[0]);
    }
    expect(gaps.size).toBeGreaterThan(15);
  });

  test('224.0.0.18 is reported like Linux does, unless the sysctl says no; 224.0.0.1 never', () => {
    const count = (igmp_link_local_mcast_reports: number): number => {
      const { lan, tap, igmp } = build({ igmp_link_local_mcast_reports });
      igmp.join(VRRP_GROUP);
      igmp.join(ALL_SYSTEMS_GROUP);
      lan.run(5 * SECOND);
      return reports(tap).length;
    };
    expect(count(1)).toBe(2);
    expect(count(0)).toBe(0);
    expect(build().igmp.isMember(ALL_SYSTEMS_GROUP)).toBe(true);
  });

  test('a general query of version 3 is answered once for all groups, within its time', () => {
    const { lan, tap, igmp } = build();
    igmp.join(GROUP);
    igmp.join(ip('239.1.1.2'));
    lan.run(20 * SECOND);
    reports(tap);
    query(tap, igmpQueryV3());
    lan.run(40 * SECOND);
    const answers = reports(tap);
    expect(answers.map(([, , text]) => text)).toEqual(['is-exclude,is-exclude']);
    expect(answers[0]?.[0]).toBeLessThanOrEqual(30 * SECOND + 2);
  });

  test('a version 2 querier is answered in version 2 for 260 s, and others are not repeated', () => {
    const { lan, tap, igmp } = build();
    igmp.join(GROUP);
    igmp.join(ip('239.1.1.2'));
    lan.run(20 * SECOND);
    reports(tap);
    query(tap, igmpQueryV2(100));
    lan.run(20 * SECOND + 10);
    query(tap, igmpReportV2(ip('239.1.1.2')), ip('239.1.1.2'));
    lan.run(40 * SECOND);
    expect(reports(tap).map(([, to, text]) => [to, text])).toEqual([[GROUP, 'report-v2']]);
    igmp.leave(GROUP);
    igmp.leave(ip('239.1.1.2'));
    lan.run(50 * SECOND);
    // The one that was reported by somebody else is left without a word.
    expect(reports(tap).map(([, to, text]) => [to, text])).toEqual([[ALL_ROUTERS_GROUP, 'leave']]);
    lan.run(281 * SECOND);
    igmp.join(GROUP);
    lan.run(282 * SECOND);
    expect(reports(tap)[0]?.[2]).toBe('change-to-exclude');
  });

  test('the last reporter leaves with a message, anybody else in silence (RFC 2236 §3)', () => {
    for (const isHeard of [false, true]) {
      const { lan, tap, igmp } = build({ force_igmp_version: 2 });
      igmp.join(GROUP);
      lan.run(20 * SECOND);
      expect(reports(tap).map(([, , text]) => text)).toEqual(['report-v2', 'report-v2']);
      query(tap, igmpQueryV2(100));
      lan.run(20 * SECOND + 10);
      if (isHeard) query(tap, igmpReportV2(GROUP), GROUP);
      lan.run(40 * SECOND);
      expect(reports(tap).length).toBe(isHeard ? 0 : 1);
      igmp.leave(GROUP);
      lan.run(41 * SECOND);
      expect(reports(tap).map(([, , text]) => text)).toEqual(isHeard ? [] : ['leave']);
    }
  });

  test('a group-specific query concerns that group only', () => {
    const { lan, tap, igmp } = build();
    igmp.join(GROUP);
    igmp.join(ip('239.1.1.2'));
    lan.run(20 * SECOND);
    reports(tap);
    query(tap, igmpQueryV3({ group: GROUP, maxResponseCode: 10 }), GROUP);
    lan.run(30 * SECOND);
    expect(reports(tap).map(([, , text]) => text)).toEqual(['is-exclude']);
  });

  test('admin down and up reports anew; a raw socket joins and leaves', () => {
    const { lan, host, tap } = build();
    const socket = host.rawSocket(null, { protocol: 112, groups: [VRRP_GROUP] }, () => {});
    socket.open();
    lan.run(5 * SECOND);
    reports(tap);
    eth0(host).setUp(false);
    lan.run(6 * SECOND);
    eth0(host).setUp(true);
    lan.run(10 * SECOND);
    expect(reports(tap).map(([, , text]) => text)).toEqual(['change-to-exclude', 'change-to-exclude']);
    socket.close();
    lan.run(15 * SECOND);
    expect(reports(tap).map(([, , text]) => text)).toEqual(['change-to-include', 'change-to-include']);
  });
});
