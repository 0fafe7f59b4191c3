/**
 * The daemon on real hosts, around a switch with 1 ms from host to host: those rows of the acceptance table that are
 * about sockets, kernel, cables and scripts, and what the recordings of real daemons show.
 */
import { describe, expect, test } from 'vitest';
import { digestOf, restoreState, sameSituation, saveState } from '../../engine/index.js';
import { Process } from '../../host/index.js';
import { digestOfEvents } from '../../trace/trace.js';
import { formatMac, ipv4Address, type MacAddress, virtualRouterMac } from '../../wire/index.js';
import { Cluster } from './testing/cluster.js';
import { configuration, instance, type InstanceSample, script, syncGroup, tracked, trackProcess, vip } from './testing/sample-config.js';

/** A program that does nothing but run. */
class Idle extends Process {
  protected onStart(): void {}
  protected onStop(): void {}
  protected onReset(): void {}
}

const VIP = '192.168.1.100';
const VIPS = [vip(`${VIP}/24`)];
const one = (sample: InstanceSample, more: Parameters<typeof configuration>[1] = {}) =>
  configuration([instance({ virtualAddresses: VIPS, ...sample })], more);
const two = (a: InstanceSample, b: InstanceSample, startB = 0): Cluster =>
  new Cluster([{ config: one(a) }, { config: one(b), start: startB }]);

describe('the table on hosts', () => {
  test('row 1: alone', () => {
    const cluster = new Cluster([{ config: one({ priority: 100 }) }]).run(20);
    expect(cluster.states('n1')).toEqual([[0, 'BACKUP'], [3.609375, 'MASTER']]);
    expect(cluster.garps('n1')).toEqual([[3.609375, 5], [8.609375, 5]]);
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
    expect(cluster.states('n1').slice(1)).toEqual([[3.609375, 'MASTER'], [3.610375, 'BACKUP']]);
    expect(cluster.garps('n2')).toEqual([[3.609375, 5], [3.610375, 5], [8.609375, 5], [8.610375, 5]]);
    expect(cluster.garps('n1')).toEqual([[3.609375, 5]]);
    expect(cluster.owners(VIP)).toEqual(['n2']);
  });

  test('row 8: half a millisecond apart', () => {
    const cluster = two({ priority: 100 }, { priority: 100 }, 0.0005).run(20);
    expect(cluster.states('n1').slice(1)).toEqual([[3.609375, 'MASTER'], [3.610875, 'BACKUP']]);
    expect(cluster.masters('n2')).toEqual([3.609875]);
  });

  test('row 13: intervals of 1 s and 2 s', () => {
    const cluster = two({ priority: 150 }, { priority: 100, advertIntervalUs: 2_000_000 }).run(30);
    expect(cluster.adverts('n1').slice(0, 6).map(([time]) => time)).toEqual([
      3.414062, 4.414062, 5.414062, 6.414062, 7.610375, 8.610375,
    ]);
    expect(cluster.adverts('n2')).toEqual([[6.609375, 100]]);
    expect(cluster.trace.filter('vrrp.rejected')[0]).toMatchObject({ node: 'n2', reason: 'interval', from: '192.168.1.11' });
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
    expect(cluster.adverts('n1').filter(([, priority]) => priority === 0)).toEqual([[10, 0], [10, 0]]);
    expect(cluster.masters('n2')).toEqual([10.610375]);
    expect(cluster.states('n1').slice(-3)).toEqual([[10, 'FAULT'], [30, 'BACKUP'], [33.414062, 'MASTER']]);
    expect(cluster.log('n1')).toContain('VRRP_Script(chk) failed (exited with status 1)');
  });

  test('row 22: a script of weight -60 fails 10..30', () => {
    const scripts = [script('chk', { weight: -60 })];
    const a = one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts });
    const cluster = new Cluster([{ config: a }, { config: one({ priority: 100 }) }]);
    cluster.at(9.5, () => cluster.member(0).keepalived.setScriptResult('chk', false));
    cluster.at(29.5, () => cluster.member(0).keepalived.setScriptResult('chk', true));
    cluster.run(40);
    expect(cluster.adverts('n1').filter(([, priority]) => priority === 90).map(([time]) => time)).toEqual([
      10.414062, 11.414062, 12.414062,
    ]);
    expect(cluster.masters('n2')).toEqual([13.024437]);
    expect(cluster.states('n1').slice(-2)).toEqual([[13.025437, 'BACKUP'], [32.439499, 'MASTER']]);
    expect(cluster.trace.filter('vrrp.priority').map(({ time, to }) => [time / 1e9, to])).toEqual([[10, 90], [30, 150]]);
  });

  test('row 23: the cable is out 10..20', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).links[0]?.unplug());
    cluster.at(20, () => cluster.member(0).links[0]?.plug());
    cluster.run(30);
    expect(cluster.states('n1').slice(2)).toEqual([[10, 'FAULT'], [20, 'BACKUP'], [23.414062, 'MASTER']]);
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
    expect(cluster.states('n1').slice(1)).toEqual([[3.609375, 'MASTER'], [60.611375, 'BACKUP']]);
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
    cluster.at(20, () => cluster.client.send({ destination: ipv4Address(VIP), protocol: 253, payload: { kind: 'raw', bytes: new Uint8Array(1) } }));
    return cluster.run(110);
  };
  /** The MAC that the client's entry for the virtual address has in the end. */
  const landsOn = (cluster: Cluster): string | undefined =>
    cluster.trace.filter('arp.learned').filter(({ node, address }) => node === 'c1' && address === VIP).at(-1)?.mac ?? undefined;
  const N1 = '02:00:00:00:01:01';
  const N2 = '02:00:00:00:01:02';

  test('row 26: adverts blocked 30..90: n1 answers, and clients come back', () => {
    const cluster = split(90);
    expect(cluster.states('n2').slice(1)).toEqual([[33.024437, 'MASTER'], [90.026437, 'BACKUP']]);
    expect(cluster.garps('n1').slice(2)).toEqual([[90.025437, 5], [95.025437, 5]]);
    expect(landsOn(cluster)).toBe(N1);
  });

  test('row 27: healed at 90.1: nobody sends an ARP, clients stay with n2', () => {
    const cluster = split(90.1);
    expect(cluster.states('n2').at(-1)).toEqual([90.415062, 'BACKUP']);
    expect(cluster.garps('n1')).toEqual([[3.414062, 5], [8.414062, 5]]);
    expect(landsOn(cluster)).toBe(N2);
  });

  test('row 28: higher_prio_send_advert on n2', () => {
    const cluster = split(90.1, { higherPrioritySendAdvert: true });
    expect(cluster.garps('n1').slice(2)).toEqual([[90.416062, 5], [95.416062, 5]]);
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
    expect(cluster.garps('n1').slice(2)).toEqual([[20, 35], [25, 35]]);
    expect(cluster.states('n2').at(-1)).toEqual([20.001, 'BACKUP']);
    expect(cluster.states('n1')).toHaveLength(2);
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
    { address: { family: 'inet' as const, address: ipv4Address(`192.168.1.${last}`) }, minTtl: 0, maxTtl: 255, origin: VIPS[0]?.origin as never },
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
          instance({ name: 'VI_2', priority, virtualRouterId: 52, interface: 'eth1', virtualAddresses: [vip('192.168.2.100/24', 'eth1')], syncGroup: 'G' }),
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

  test('row 36: a sync group of which one member hears nothing', () => {
    const cluster = groups();
    cluster.at(10, () => cluster.member(0).links[1]?.aToB.dropOnly('vrrp'));
    cluster.run(30);
    expect(cluster.masters('n2', 'VI_2')).toEqual([]);
    expect(cluster.trace.filter('vrrp.timeout').filter(({ node }) => node === 'n2').map(({ time }) => time / 1e9)).toEqual([
      13.024437, 16.633812, 20.243187, 23.852562, 27.461937,
    ]);
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
    const cluster = new Cluster([{ config: one({ priority: 100 }, { global: { startupDelayUs: 10_000_000 } }) }]).run(20);
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
    const cluster = new Cluster([{ config: one({ priority: 100, trackScripts: [tracked('chk')] }, { scripts }), start: null }]);
    const { keepalived } = cluster.member(0);
    keepalived.setScriptDuration('chk', 2_000_000_000);
    keepalived.start();
    cluster.run(10);
    expect(cluster.states('n1')).toEqual([[0, 'FAULT'], [2, 'BACKUP'], [5.609375, 'MASTER']]);
    expect(cluster.log('n1').some((text) => text.includes('FAULT'))).toBe(false);
  });
});

describe('what the daemon does to its host', () => {
  test('use_vmac: adverts and gratuitous ARP come from the virtual MAC', () => {
    const virtualMac = { kind: 'vmac' as const, name: 'vrrp.51', mac: undefined, transmitFromBase: false };
    const cluster = two({ priority: 150, virtualMac }, { priority: 100, virtualMac });
    const sources = new Set<string>();
    cluster.trace.frames = {
      onFrame: (_time, port, fate, frame) => {
        const { source, payload } = frame as { source: MacAddress; payload: { kind: string; payload?: { kind: string } } };
        if (fate === 'sent' && port === 'n1:eth0') {
          if (payload.kind === 'arp' || payload.payload?.kind === 'vrrp') sources.add(`${payload.kind} ${formatMac(source)}`);
        }
      },
    };
    cluster.run(10);
    const virtual = formatMac(virtualRouterMac(51));
    expect([...sources].sort()).toEqual([`arp ${virtual}`, `ipv4 ${virtual}`]);
    expect(cluster.masters('n1')).toEqual([3.414062]);
    expect(cluster.masters('n2')).toEqual([]);
    expect(cluster.member(0).host.ownerInterface(ipv4Address(VIP))?.name).toBe('vrrp.51');
    cluster.member(0).keepalived.stop();
    expect(cluster.owners(VIP)).toEqual([]);
    expect(cluster.member(0).host.interface('eth0')?.sysctl.arp_ignore).toBe(0);
    cluster.run(20);
    expect(cluster.masters('n2')).toHaveLength(1);
  });

  test('use_vmac with vmac_xmit_base: adverts from the base, ARP from the virtual MAC', () => {
    const virtualMac = { kind: 'vmac' as const, name: 'vrrp.51', mac: undefined, transmitFromBase: true };
    const cluster = two({ priority: 150, virtualMac }, { priority: 100, virtualMac });
    const sources = new Set<string>();
    cluster.trace.frames = {
      onFrame: (_time, port, fate, frame) => {
        const { source, payload } = frame as { source: MacAddress; payload: { kind: string; payload?: { kind: string } } };
        if (fate === 'sent' && port === 'n1:eth0') {
          if (payload.kind === 'arp' || payload.payload?.kind === 'vrrp') sources.add(`${payload.kind} ${formatMac(source)}`);
        }
      },
    };
    cluster.run(10);
    expect([...sources].sort()).toEqual([`arp ${formatMac(virtualRouterMac(51))}`, 'ipv4 02:00:00:00:01:01']);
    expect(cluster.masters('n2')).toEqual([]);
  });

  test('no address, then one: FAULT until it is there', () => {
    const cluster = new Cluster([{ config: one({ priority: 100 }), start: 1 }]);
    const { host } = cluster.member(0);
    const eth0 = host.interface('eth0');
    if (eth0 === undefined) throw new RangeError('eth0');
    cluster.at(0.5, () => host.removeAddress(eth0, ipv4Address('192.168.1.11')));
    cluster.at(5, () => host.addAddress(eth0, { address: ipv4Address('192.168.1.11'), prefixLength: 24 }));
    cluster.at(15, () => host.removeAddress(eth0, ipv4Address('192.168.1.11')));
    cluster.run(20);
    // With the primary address the kernel takes the virtual one, its secondary, and says so first.
    expect(cluster.states('n1')).toEqual([
      [1, 'FAULT'],
      [5, 'BACKUP'],
      [8.609375, 'MASTER'],
      [15, 'BACKUP'],
      [15, 'FAULT'],
    ]);
  });

  test('a configuration that keepalived refuses: it is gone at once', () => {
    const cluster = new Cluster([{ config: { ...one({ priority: 100 }), fatal: true } }]).run(10);
    expect(cluster.states('n1')).toEqual([]);
    expect(cluster.trace.filter('daemon.stopped').map(({ how }) => how)).toEqual(['crashed']);
  });

  test('a track_file: value times weight, and failure from -254 down', () => {
    const trackFiles = [{ name: 'load', origin: {}, path: '/tmp/load', weight: 1, reverse: false, initialValue: undefined, overwrite: false }];
    const cluster = new Cluster([{ config: one({ priority: 100, trackFiles: [tracked('load', 2)] }, { trackFiles }) }]);
    const { keepalived } = cluster.member(0);
    for (const [time, value] of [[1, 20], [2, -150], [3, 0]] as const) cluster.at(time, () => keepalived.setTrackFileValue('load', value));
    cluster.run(4);
    expect(cluster.trace.filter('vrrp.priority').map(({ to }) => to)).toEqual([140, 100]);
    expect(cluster.states('n1').map(([, state]) => state)).toEqual(['BACKUP', 'FAULT', 'BACKUP']);
  });

  test('a tracked process that is killed and started again, and what a frozen daemon makes of it', () => {
    const trackProcesses = [trackProcess('haproxy')];
    const config = one({ priority: 150, trackProcesses: [tracked('haproxy', -60)] }, { trackProcesses });
    const cluster = new Cluster([{ config, start: 1 }]);
    const { host, keepalived } = cluster.member(0);
    const haproxy = new Idle(host, 'haproxy');
    haproxy.start();
    cluster.at(5, () => haproxy.kill());
    cluster.at(6, () => haproxy.start());
    cluster.at(7, () => keepalived.freeze());
    cluster.at(8, () => haproxy.kill());
    cluster.at(9, () => keepalived.thaw());
    cluster.run(10);
    expect(cluster.trace.filter('vrrp.priority').map(({ time, to }) => [time / 1e9, to])).toEqual([[5, 90], [6, 150], [9, 90]]);
  });

  test('a script that the host understands: killall -0', () => {
    const scripts = [script('chk', { arguments: ['/usr/bin/killall', '-0', 'haproxy'], weight: -60 })];
    const cluster = new Cluster([{ config: one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts }), start: 1 }]);
    const haproxy = new Idle(cluster.member(0).host, 'haproxy');
    haproxy.start();
    cluster.at(5.5, () => haproxy.stop());
    cluster.run(8);
    expect(cluster.trace.filter('vrrp.priority').map(({ time, to }) => [time / 1e9, to])).toEqual([[6, 90]]);
  });

  test('names that nobody tracks are refused', () => {
    const { keepalived } = new Cluster([{ config: one({ priority: 100 }) }]).member(0);
    expect(() => keepalived.setScriptResult('nobody', false)).toThrow(RangeError);
    expect(() => keepalived.setTrackFileValue('nobody', 1)).toThrow(RangeError);
  });

  test('a packet of another version of the protocol: refused, and nothing moves', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    const bytes = Uint8Array.of(0x41, 51, 0, 1, 0, 1, 0, 0, 192, 168, 1, 100);
    cluster.at(5, () => {
      cluster.client.send({ destination: ipv4Address('224.0.0.18'), protocol: 112, ttl: 255, payload: { kind: 'raw', bytes } });
    });
    cluster.run(8);
    expect(cluster.trace.filter('vrrp.rejected').map(({ node, reason }) => [node, reason])).toEqual([
      ['n1', 'version'],
      ['n2', 'version'],
    ]);
    expect(cluster.states('n2')).toHaveLength(1);
  });
});

describe('log lines, as recorded', () => {
  test('two nodes and a cable that is pulled', () => {
    const cluster = two({ priority: 150 }, { priority: 100 });
    cluster.at(10, () => cluster.member(0).links[0]?.unplug());
    cluster.at(20, () => cluster.member(0).links[0]?.plug());
    cluster.run(24);
    const sending = 'Sending gratuitous ARP on eth0 for 192.168.1.100';
    const master = [
      '(VI_1) Receive advertisement timeout',
      '(VI_1) Entering MASTER STATE',
      '(VI_1) setting VIPs.',
      '(VI_1) Sending/queueing gratuitous ARPs on eth0 for 192.168.1.100',
      ...Array<string>(5).fill(sending),
    ];
    const burst = ['(VI_1) Sending/queueing gratuitous ARPs on eth0 for 192.168.1.100', ...Array<string>(5).fill(sending)];
    const discarded = '(VI_1) received lower priority (100) advert from 192.168.1.12 - discarding';
    expect(cluster.log('n1')).toEqual([
      'Starting Keepalived v2.2.7 (01/16,2022)',
      'Assigned address 192.168.1.11 for interface eth0',
      '(VI_1) removing VIPs.',
      '(VI_1) Entering BACKUP STATE (init)',
      'Startup complete',
      ...master,
      ...burst,
      'Netlink reports eth0 down',
      '(VI_1) Entering FAULT STATE',
      '(VI_1) sent 0 priority',
      '(VI_1) removing VIPs.',
      'Netlink reports eth0 up',
      '(VI_1) Entering BACKUP STATE',
      discarded,
      discarded,
      discarded,
      discarded,
      ...master,
    ]);
    expect(cluster.log('n2').slice(-3)).toEqual([
      '(VI_1) Master received advert from 192.168.1.11 with higher priority 150, ours 100',
      '(VI_1) Entering BACKUP STATE',
      '(VI_1) removing VIPs.',
    ]);
  });
});

describe('a run can be saved', () => {
  const build = (timeScale = 1): Cluster => {
    const scripts = [script('chk', { weight: -60, rise: 2, fall: 2 })];
    const a = one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts });
    return new Cluster([{ config: a, options: { launch: { min: 30_000_000, max: 150_000_000 } } }, { config: one({ priority: 100 }) }], { timeScale });
  };

  test('save, go on, restore, go on: the same', () => {
    const cluster = build();
    cluster.run(6.3);
    cluster.member(0).keepalived.setScriptResult('chk', false);
    const saved = saveState(cluster.engine);
    const length = cluster.trace.events.length;
    cluster.run(30);
    const events = digestOfEvents(cluster.trace.events);
    const end = saveState(cluster.engine);
    restoreState(cluster.engine, saved);
    expect(digestOf(saveState(cluster.engine))).toBe(digestOf(saved));
    cluster.trace.truncate(length);
    cluster.run(30);
    expect(digestOfEvents(cluster.trace.events)).toBe(events);
    expect(sameSituation(saveState(cluster.engine), end)).toBe(true);
    expect(cluster.masters('n2').length).toBeGreaterThan(0);
  });

  test('twice as slow is the same run', () => {
    const scripts = [script('chk', { weight: -60 })];
    const run = (timeScale: number): Cluster =>
      new Cluster([{ config: one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts }) }, { config: one({ priority: 100 }) }], { timeScale });
    const plain = run(1).run(30);
    const slow = run(2).run(60);
    const shape = (cluster: Cluster, scale: number) =>
      cluster.trace.events.filter(({ name }) => name.startsWith('vrrp.')).map(({ time, name, node }) => [time / scale, name, node]);
    expect(shape(slow, 2)).toEqual(shape(plain, 1));
    expect(shape(plain, 1).length).toBeGreaterThan(20);
  });
});
