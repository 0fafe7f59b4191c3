/**
 * The acceptance table of VRRP and keepalived on real hosts around a switch, with 1 ms from host to host: the rows
 * that are about sockets, kernel, cables and scripts, and some others to show that nothing is lost in between.
 */
import { describe, expect, test } from 'vitest';
import { ipv4Address } from '../../wire/index.js';
import { Cluster } from './testing/cluster.js';
import {
  configuration,
  type InstanceSample,
  instance,
  PLACE,
  script,
  syncGroup,
  tracked,
  vip,
} from './testing/sample-config.js';

const VIP = '192.168.1.100';
const VIPS = [vip(`${VIP}/24`)];
const one = (sample: InstanceSample, more: Parameters<typeof configuration>[1] = {}) =>
  configuration([instance({ virtualAddresses: VIPS, ...sample })], more);
const two = (a: InstanceSample, b: InstanceSample, startB = 0): Cluster =>
  new Cluster([{ config: one(a) }, { config: one(b), start: startB }]);

describe('the table on hosts', () => {
  test('row 1: alone', () => {
    const cluster = new Cluster([{ config: one({ priority: 100 }) }]).run(20);
    expect(cluster.states('n1')).toEqual([
      [0, 'BACKUP'],
      [3.609375, 'MASTER'],
    ]);
    expect(cluster.garps('n1')).toEqual([
      [3.609375, 5],
      [8.609375, 5],
    ]);
    expect(cluster.owners(VIP)).toEqual(['n1']);
  });

  test('row 5: 150 and 100', () => {
    const cluster = two({ priority: 150 }, { priority: 100 }).run(30);
    expect(cluster.masters('n1')).toEqual([3.414062]);
    expect(cluster.states('n2')).toEqual([[0, 'BACKUP']]);
    expect(cluster.owners(VIP)).toEqual(['n1']);
  });

  test('row 6: equal priorities, together', () => {
    const cluster = two({ priority: 100 }, { priority: 100 }).run(20);
    expect(cluster.states('n1').slice(1)).toEqual([
      [3.609375, 'MASTER'],
      [3.610375, 'BACKUP'],
    ]);
    expect(cluster.garps('n2')).toEqual([
      [3.609375, 5],
      [3.610375, 5],
      [8.609375, 5],
      [8.610375, 5],
    ]);
    expect(cluster.garps('n1')).toEqual([[3.609375, 5]]);
    expect(cluster.owners(VIP)).toEqual(['n2']);
  });

  test('row 8: half a millisecond apart', () => {
    const cluster = two({ priority: 100 }, { priority: 100 }, 0.0005).run(20);
    expect(cluster.states('n1').slice(1)).toEqual([
      [3.609375, 'MASTER'],
      [3.610875, 'BACKUP'],
    ]);
    expect(cluster.masters('n2')).toEqual([3.609875]);
  });

  test('row 13: intervals of 1 s and 2 s', () => {
    const cluster = two({ priority: 150 }, { priority: 100, advertIntervalUs: 2_000_000 }).run(30);
    expect(
      cluster
        .adverts('n1')
        .slice(0, 6)
        .map(([time]) => time),
    ).toEqual([3.414062, 4.414062, 5.414062, 6.414062, 7.610375, 8.610375]);
    expect(cluster.adverts('n2')).toEqual([[6.609375, 100]]);
    expect(cluster.trace.filter('vrrp.rejected')[0]).toMatchObject({
      node: 'n2',
      reason: 'interval',
      from: '192.168.1.11',
    });
    expect(cluster.log('n2')).toContain("(VI_1) advertisement interval mismatch mine=2 sec rcv'd=1 sec");
  });

  test('row 15: SIGTERM', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).keepalived.stop());
    cluster.run(20);
    expect(cluster.adverts('n1').at(-1)).toEqual([10, 0]);
    expect(cluster.masters('n2')).toEqual([10.610375]);
    expect(cluster.states('n1').at(-1)).toEqual([10, 'STOPPED']);
    expect(cluster.owners(VIP)).toEqual(['n2']);
  });

  test('rows 16 and 17: power off at 10, on at 20', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).host.powerOff());
    cluster.at(20, () => cluster.member(0).host.powerOn());
    cluster.run(40);
    expect(cluster.masters('n2')).toEqual([13.024437]);
    expect(cluster.masters('n1')).toEqual([3.414062, 23.414062]);
    expect(cluster.states('n2').at(-1)).toEqual([23.415062, 'BACKUP']);
    expect(cluster.owners(VIP)).toEqual(['n1']);
  });

  test('kill -9: the address stays and both hosts own it; the next start removes it', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).keepalived.kill());
    cluster.at(20, () => cluster.member(0).keepalived.start());
    cluster.run(19);
    expect(cluster.owners(VIP)).toEqual(['n1', 'n2']);
    expect(cluster.masters('n2')).toEqual([13.024437]);
    expect(cluster.states('n1').at(-1)).toEqual([10, 'STOPPED']);
    cluster.run(21);
    expect(cluster.owners(VIP)).toEqual(['n2']);
    cluster.run(30);
    expect(cluster.masters('n1')).toEqual([3.414062, 23.414062]);
  });

  test('row 21: an unweighted script fails 10..30', () => {
    const scripts = [script('chk')];
    const a = one({ priority: 150, trackScripts: [tracked('chk')] }, { scripts });
    const cluster = new Cluster([{ config: a }, { config: one({ priority: 100 }) }]);
    cluster.at(9.5, () => cluster.member(0).keepalived.setScriptResult('chk', false));
    cluster.at(29.5, () => cluster.member(0).keepalived.setScriptResult('chk', true));
    cluster.run(40);
    expect(cluster.adverts('n1').filter(([, priority]) => priority === 0)).toEqual([
      [10, 0],
      [10, 0],
    ]);
    expect(cluster.masters('n2')).toEqual([10.610375]);
    expect(cluster.states('n1').slice(-3)).toEqual([
      [10, 'FAULT'],
      [30, 'BACKUP'],
      [33.414062, 'MASTER'],
    ]);
    expect(cluster.log('n1')).toContain('VRRP_Script(chk) failed (exited with status 1)');
  });

  test('row 22: a script of weight -60 fails 10..30', () => {
    const scripts = [script('chk', { weight: -60 })];
    const a = one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts });
    const cluster = new Cluster([{ config: a }, { config: one({ priority: 100 }) }]);
    cluster.at(9.5, () => cluster.member(0).keepalived.setScriptResult('chk', false));
    cluster.at(29.5, () => cluster.member(0).keepalived.setScriptResult('chk', true));
    cluster.run(40);
    expect(
      cluster
        .adverts('n1')
        .filter(([, priority]) => priority === 90)
        .map(([time]) => time),
    ).toEqual([10.414062, 11.414062, 12.414062]);
    expect(cluster.masters('n2')).toEqual([13.024437]);
    expect(cluster.states('n1').slice(-2)).toEqual([
      [13.025437, 'BACKUP'],
      [32.439499, 'MASTER'],
    ]);
    expect(cluster.trace.filter('vrrp.priority').map(({ time, to }) => [time / 1e9, to])).toEqual([
      [10, 90],
      [30, 150],
    ]);
  });

  test('row 23: the cable is out 10..20', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).links[0]?.unplug());
    cluster.at(20, () => cluster.member(0).links[0]?.plug());
    cluster.run(30);
    expect(cluster.states('n1').slice(2)).toEqual([
      [10, 'FAULT'],
      [20, 'BACKUP'],
      [23.414062, 'MASTER'],
    ]);
    expect(cluster.masters('n2')).toEqual([13.024437]);
    expect(cluster.log('n1')).toContain('Netlink reports eth0 down');
    expect(cluster.owners(VIP)).toEqual(['n1']);
  });

  test('rows 24 and 25: what the higher one sends is lost until 60', () => {
    const cluster = two({ priority: 100 }, { priority: 150 });
    const link = cluster.member(1).links[0];
    cluster.at(0, () => link?.aToB.dropOnly('vrrp'));
    cluster.at(60, () => link?.aToB.dropOnly('nothing'));
    cluster.run(80);
    expect(cluster.masters('n2')).toEqual([3.414062]);
    expect(cluster.states('n1').slice(1)).toEqual([
      [3.609375, 'MASTER'],
      [60.611375, 'BACKUP'],
    ]);
    expect(cluster.garps('n2').at(-1)).toEqual([65.610375, 5]);
  });

  const split = (heal: number, b: InstanceSample = {}, a: InstanceSample = {}): Cluster => {
    const cluster = two({ priority: 150, ...a }, { priority: 100, ...b });
    const link = cluster.member(1).links[0];
    cluster.at(30, () => {
      link?.aToB.dropOnly('vrrp');
      link?.bToA.dropOnly('vrrp');
    });
    cluster.at(heal, () => {
      link?.aToB.dropOnly('nothing');
      link?.bToA.dropOnly('nothing');
    });
    // The client has an entry, so that the gratuitous ARPs have something to update.
    cluster.at(20, () =>
      cluster.client.send({
        destination: ipv4Address(VIP),
        protocol: 253,
        payload: { kind: 'raw', bytes: new Uint8Array(1) },
      }),
    );
    return cluster.run(110);
  };
  /** The MAC that the client's entry for the virtual address has in the end. */
  const landsOn = (cluster: Cluster): string | undefined =>
    cluster.trace
      .filter('arp.learned')
      .filter(({ node, address }) => node === 'c1' && address === VIP)
      .at(-1)?.mac ?? undefined;
  const N1 = '02:00:00:00:01:01';
  const N2 = '02:00:00:00:01:02';

  test('row 26: adverts blocked 30..90: n1 answers, and clients come back', () => {
    const cluster = split(90);
    expect(cluster.states('n2').slice(1)).toEqual([
      [33.024437, 'MASTER'],
      [90.026437, 'BACKUP'],
    ]);
    expect(cluster.garps('n1').slice(2)).toEqual([
      [90.025437, 5],
      [95.025437, 5],
    ]);
    expect(landsOn(cluster)).toBe(N1);
  });

  test('row 27: healed at 90.1: nobody sends an ARP, clients stay with n2', () => {
    const cluster = split(90.1);
    expect(cluster.states('n2').at(-1)).toEqual([90.415062, 'BACKUP']);
    expect(cluster.garps('n1')).toEqual([
      [3.414062, 5],
      [8.414062, 5],
    ]);
    expect(landsOn(cluster)).toBe(N2);
  });

  test('row 28: higher_prio_send_advert on n2', () => {
    const cluster = split(90.1, { higherPrioritySendAdvert: true });
    expect(cluster.garps('n1').slice(2)).toEqual([
      [90.416062, 5],
      [95.416062, 5],
    ]);
    expect(landsOn(cluster)).toBe(N1);
  });

  test('row 29: SIGSTOP 10..20', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).keepalived.freeze());
    cluster.at(20, () => cluster.member(0).keepalived.thaw());
    cluster.run(19);
    expect(cluster.owners(VIP)).toEqual(['n1', 'n2']);
    cluster.run(30);
    expect(cluster.masters('n2')).toEqual([13.024437]);
    expect(cluster.adverts('n1').filter(([time]) => time === 20)).toHaveLength(7);
    expect(cluster.garps('n1').slice(2)).toEqual([
      [20, 35],
      [25, 35],
    ]);
    expect(cluster.states('n2').at(-1)).toEqual([20.001, 'BACKUP']);
    expect(cluster.states('n1')).toHaveLength(2);
  });

  test('a whole machine is paused 10..20: it answers what waited in its ring, and wins back', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).host.freeze());
    cluster.at(20, () => cluster.member(0).host.thaw());
    cluster.run(30);
    expect(cluster.masters('n2')).toEqual([13.024437]);
    expect(cluster.states('n1')).toHaveLength(2);
    expect(cluster.states('n2').at(-1)).toEqual([20.001, 'BACKUP']);
    expect(cluster.garps('n1').slice(2)).toEqual([
      [20, 35],
      [25, 35],
    ]);
  });

  test('row 30: a stalled backup does not take over', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(1).keepalived.freeze());
    cluster.at(20, () => cluster.member(1).keepalived.thaw());
    expect(cluster.run(40).states('n2')).toEqual([[0, 'BACKUP']]);
  });

  test('row 31: different VRIDs', () => {
    const cluster = two({ priority: 150 }, { priority: 100, virtualRouterId: 52 }).run(20);
    expect([cluster.masters('n1'), cluster.masters('n2')]).toEqual([[3.414062], [3.609375]]);
    expect(cluster.trace.filter('vrrp.rejected')).toEqual([]);
  });

  const peer = (last: number) => [
    {
      address: { family: 'inet' as const, address: ipv4Address(`192.168.1.${last}`) },
      minTtl: 0,
      maxTtl: 255,
      origin: PLACE,
    },
  ];

  test('row 34: unicast on one side only: nobody is handed anything', () => {
    const cluster = two({ priority: 150, unicast: true, unicastPeers: peer(12) }, { priority: 100 }).run(20);
    expect([cluster.masters('n1'), cluster.masters('n2')]).toEqual([[3.414062], [3.609375]]);
    expect(cluster.trace.filter('vrrp.rejected')).toEqual([]);
    expect(cluster.trace.filter('vrrp.lower-advert')).toEqual([]);
  });

  test('unicast on both sides', () => {
    const cluster = two(
      { priority: 150, unicast: true, unicastPeers: peer(12) },
      { priority: 100, unicast: true, unicastPeers: peer(11) },
    );
    cluster.at(10, () => cluster.member(0).host.powerOff());
    cluster.run(20);
    expect(cluster.masters('n1')).toEqual([3.414062]);
    // Before the first advert ARP asks for the peer, which delays that one by a round trip.
    expect(cluster.masters('n2')).toEqual([13.024437]);
  });

  const groups = (): Cluster => {
    const config = (priority: number) =>
      configuration(
        [
          instance({ priority, virtualAddresses: VIPS, syncGroup: 'G' }),
          instance({
            name: 'VI_2',
            priority,
            virtualRouterId: 52,
            interface: 'eth1',
            virtualAddresses: [vip('192.168.2.100/24', 'eth1')],
            syncGroup: 'G',
          }),
        ],
        { syncGroups: [syncGroup('G', ['VI_1', 'VI_2'])] },
      );
    return new Cluster([{ config: config(150) }, { config: config(100) }], { interfaces: 2 });
  };

  test('row 35: a sync group loses one of its cables', () => {
    const cluster = groups();
    cluster.at(10, () => cluster.member(0).links[1]?.unplug());
    cluster.run(20);
    expect(cluster.states('n1', 'VI_1').at(-1)).toEqual([10, 'FAULT']);
    expect(cluster.states('n1', 'VI_2').at(-1)).toEqual([10, 'FAULT']);
    expect(cluster.masters('n2', 'VI_1')).toEqual([13.024437]);
    expect(cluster.masters('n2', 'VI_2')).toEqual([13.024437]);
    expect(cluster.owners('192.168.2.100')).toEqual(['n2']);
  });

  test('a sync group whose cable comes back: both go to BACKUP and take over together', () => {
    const cluster = groups();
    cluster.at(10, () => cluster.member(0).links[1]?.unplug());
    cluster.at(20, () => cluster.member(0).links[1]?.plug());
    cluster.run(30);
    for (const name of ['VI_1', 'VI_2']) {
      expect(cluster.states('n1', name).slice(2)).toEqual([
        [10, 'FAULT'],
        [20, 'BACKUP'],
        [23.414062, 'MASTER'],
      ]);
      expect(cluster.states('n2', name).at(-1)?.[1]).toBe('BACKUP');
    }
    expect(cluster.owners('192.168.2.100')).toEqual(['n1']);
  });

  test('row 36: a sync group of which one member hears nothing', () => {
    const cluster = groups();
    cluster.at(10, () => cluster.member(0).links[1]?.aToB.dropOnly('vrrp'));
    cluster.run(30);
    expect(cluster.masters('n2', 'VI_2')).toEqual([]);
    expect(
      cluster.trace
        .filter('vrrp.timeout')
        .filter(({ node }) => node === 'n2')
        .map(({ time }) => time / 1e9),
    ).toEqual([13.024437, 16.633812, 20.243187, 23.852562, 27.461937]);
  });

  test('row 37: somebody deletes the address of the master', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    const { host } = cluster.member(0);
    const eth0 = host.interface('eth0');
    cluster.at(10, () => eth0 !== undefined && host.removeAddress(eth0, ipv4Address(VIP)));
    cluster.run(20);
    expect(cluster.adverts('n1').filter(([, priority]) => priority === 0)).toEqual([[10, 0]]);
    expect(cluster.masters('n1')).toEqual([3.414062, 10.414062]);
    expect(cluster.masters('n2')).toEqual([]);
    expect(cluster.owners(VIP)).toEqual(['n1']);
    expect(cluster.log('n1')).toContain('Netlink reflector reports IP 192.168.1.100 removed from eth0');
  });

  test('row 38: vrrp_startup_delay', () => {
    const cluster = new Cluster([
      { config: one({ priority: 100 }, { global: { startupDelayUs: 10_000_000 } }) },
    ]).run(20);
    expect(cluster.masters('n1')).toEqual([13.609375]);
  });

  test('row 43: an owner that lost its link waits', () => {
    const cluster = new Cluster([{ config: one({ priority: 255 }) }]);
    cluster.at(10, () => cluster.member(0).links[0]?.unplug());
    cluster.at(20, () => cluster.member(0).links[0]?.plug());
    cluster.run(30);
    expect(cluster.states('n1')).toEqual([
      [0, 'BACKUP'],
      [0.000001, 'MASTER'],
      [10, 'FAULT'],
      [20, 'BACKUP'],
      [23.003906, 'MASTER'],
    ]);
  });

  test('row 44: a pending script that first exits at 2.0', () => {
    const scripts = [script('chk', { intervalUs: 10_000_000 })];
    const cluster = new Cluster([
      { config: one({ priority: 100, trackScripts: [tracked('chk')] }, { scripts }), start: null },
    ]);
    const { keepalived } = cluster.member(0);
    keepalived.setScriptDuration('chk', 2_000_000_000);
    keepalived.start();
    cluster.run(10);
    expect(cluster.states('n1')).toEqual([
      [0, 'FAULT'],
      [2, 'BACKUP'],
      [5.609375, 'MASTER'],
    ]);
    expect(cluster.log('n1').some((text) => text.includes('FAULT'))).toBe(false);
  });
});
