/** The daemon on its host: what it does to the kernel, what it watches, what it logs, and that a run can be saved. */
import { describe, expect, test } from 'vitest';
import { digestOf, restoreState, sameSituation, saveState } from '../../engine/index.js';
import { Process } from '../../host/index.js';
import { digestOfEvents } from '../../trace/trace.js';
import { formatMac, ipv4Address, type MacAddress, virtualRouterMac } from '../../wire/index.js';
import { readKeepalivedConf } from './configuration/reader.js';
import { Cluster } from './testing/cluster.js';
import {
  configuration,
  type InstanceSample,
  instance,
  script,
  tracked,
  trackProcess,
  vip,
} from './testing/sample-config.js';

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

describe('what the daemon does to its host', () => {
  test('use_vmac: adverts and gratuitous ARP come from the virtual MAC', () => {
    const virtualMac = { kind: 'vmac' as const, name: 'vrrp.51', mac: undefined, transmitFromBase: false };
    const cluster = two({ priority: 150, virtualMac }, { priority: 100, virtualMac });
    const sources = new Set<string>();
    cluster.trace.frames = {
      onFrame: (_time, port, fate, frame) => {
        const { source, payload } = frame as {
          source: MacAddress;
          payload: { kind: string; payload?: { kind: string } };
        };
        if (fate === 'sent' && port === 'n1:eth0') {
          if (payload.kind === 'arp' || payload.payload?.kind === 'vrrp')
            sources.add(`${payload.kind} ${formatMac(source)}`);
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
        const { source, payload } = frame as {
          source: MacAddress;
          payload: { kind: string; payload?: { kind: string } };
        };
        if (fate === 'sent' && port === 'n1:eth0') {
          if (payload.kind === 'arp' || payload.payload?.kind === 'vrrp')
            sources.add(`${payload.kind} ${formatMac(source)}`);
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

  test('an address left behind by a crash is not taken for the source', () => {
    const virtualAddresses = [vip(`${VIP}/32`)];
    const cluster = new Cluster([{ config: one({ priority: 100, virtualAddresses }) }]);
    const { host, keepalived } = cluster.member(0);
    const eth0 = host.interface('eth0');
    if (eth0 === undefined) throw new RangeError('eth0');
    cluster.at(10, () => keepalived.kill());
    // Now the virtual address is the first one.
    cluster.at(11, () => host.removeAddress(eth0, ipv4Address('192.168.1.11')));
    cluster.at(12, () => host.addAddress(eth0, { address: ipv4Address('192.168.1.11'), prefixLength: 24 }));
    cluster.at(13, () => keepalived.start());
    cluster.run(12.5);
    expect(eth0.primaryAddress).toBe(ipv4Address(VIP));
    cluster.run(14);
    expect(keepalived.instance('VI_1')?.ownAddress).toBe(ipv4Address('192.168.1.11'));
    expect(cluster.owners(VIP)).toEqual([]);
  });

  test('a configuration that keepalived refuses: it is gone at once', () => {
    const cluster = new Cluster([{ config: { ...one({ priority: 100 }), fatal: true } }]).run(10);
    expect(cluster.states('n1')).toEqual([]);
    expect(cluster.trace.filter('daemon.stopped').map(({ how }) => how)).toEqual(['crashed']);
  });

  test('an interface that is not there: refused for an instance, not tracked otherwise', () => {
    const cluster = new Cluster([
      { config: one({ priority: 100, interface: 'eth7', virtualAddresses: [vip(`${VIP}/24`, 'eth7')] }) },
      { config: one({ priority: 100, trackInterfaces: [tracked('eth7')] }) },
    ]).run(5);
    expect(cluster.trace.filter('daemon.stopped').map(({ node, how }) => [node, how])).toEqual([
      ['n1', 'crashed'],
    ]);
    expect(cluster.log('n1').at(-1)).toBe('(VI_1) Unknown interface!');
    expect(cluster.masters('n2')).toEqual([3.609375]);
  });

  test('two instances of one VRID on two interfaces have a virtual MAC interface each', () => {
    const virtualMac = { kind: 'vmac' as const, name: 'vrrp.51', mac: undefined, transmitFromBase: false };
    const config = configuration([
      instance({ virtualMac, virtualAddresses: VIPS }),
      instance({
        name: 'VI_2',
        interface: 'eth1',
        virtualMac,
        virtualAddresses: [vip('192.168.2.100/24', 'eth1')],
      }),
    ]);
    const cluster = new Cluster([{ config }], { interfaces: 2 }).run(5);
    const { host } = cluster.member(0);
    expect(host.ownerInterface(ipv4Address(VIP))?.name).toBe('vrrp.51');
    expect(host.ownerInterface(ipv4Address('192.168.2.100'))?.name).toBe('vrrp.51.1');
  });

  test('no_accept: what is sent to the virtual address is dropped as long as it is master', () => {
    const cluster = two({ priority: 150, accept: false }, { priority: 100 });
    cluster.run(5);
    expect(cluster.member(0).host.filter.rules).toEqual([
      {
        name: `keepalived/VI_1/${VIP}`,
        direction: 'in',
        destination: { address: ipv4Address(VIP), prefixLength: 32 },
      },
    ]);
    cluster.member(0).keepalived.stop();
    expect(cluster.member(0).host.filter.rules).toEqual([]);
  });

  test('static addresses are there as long as the daemon runs, excluded ones as long as it is master', () => {
    const config = one(
      { priority: 100, excludedAddresses: [vip('192.168.1.101/24')] },
      { staticAddresses: [vip('192.168.1.200/24')] },
    );
    const cluster = new Cluster([{ config }]).run(1);
    expect([cluster.owners('192.168.1.200'), cluster.owners('192.168.1.101')]).toEqual([['n1'], []]);
    cluster.run(5);
    expect(cluster.owners('192.168.1.101')).toEqual(['n1']);
    expect(cluster.garps('n1')).toEqual([[3.609375, 10]]);
    cluster.member(0).keepalived.stop();
    expect([cluster.owners('192.168.1.200'), cluster.owners('192.168.1.101')]).toEqual([[], []]);
  });

  test('a track_file: value times weight, and failure from -254 down', () => {
    const trackFiles = [
      {
        name: 'load',
        origin: {},
        path: '/tmp/load',
        weight: 1,
        reverse: false,
        initialValue: undefined,
        overwrite: false,
      },
    ];
    const cluster = new Cluster([
      { config: one({ priority: 100, trackFiles: [tracked('load', 2)] }, { trackFiles }) },
    ]);
    const { keepalived } = cluster.member(0);
    for (const [time, value] of [
      [1, 20],
      [2, -150],
      [3, 0],
    ] as const)
      cluster.at(time, () => keepalived.setTrackFileValue('load', value));
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
    expect(cluster.trace.filter('vrrp.priority').map(({ time, to }) => [time / 1e9, to])).toEqual([
      [5, 90],
      [6, 150],
      [9, 90],
    ]);
  });

  test('a script that the host understands: killall -0', () => {
    const scripts = [script('chk', { arguments: ['/usr/bin/killall', '-0', 'haproxy'], weight: -60 })];
    const cluster = new Cluster([
      { config: one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts }), start: 1 },
    ]);
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
      cluster.client.send({
        destination: ipv4Address('224.0.0.18'),
        protocol: 112,
        ttl: 255,
        payload: { kind: 'raw', bytes },
      });
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
    const burst = [
      '(VI_1) Sending/queueing gratuitous ARPs on eth0 for 192.168.1.100',
      ...Array<string>(5).fill(sending),
    ];
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

describe('from the text of a configuration', () => {
  const text = (name: string, priority: number, script: string): string => `
global_defs {
    router_id ${name}
}
${script}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass mysecret
    }
${script === '' ? '' : '    track_script {\n        chk\n    }'}
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;
  const read = (source: string) => readKeepalivedConf(source, { file: 'keepalived.conf' }).config;

  test('a script of weight -60, fall 2, rise 2, as recorded', () => {
    const chk = `vrrp_script chk {
    script "/usr/bin/test ! -e /run/n1.fail"
    interval 1
    fall 2
    rise 2
    weight -60
}`;
    const cluster = new Cluster([
      { config: read(text('n1', 150, chk)) },
      { config: read(text('n2', 100, '')) },
    ]);
    const { host } = cluster.member(0);
    cluster.at(9.95, () => host.files.create('/run/n1.fail'));
    cluster.at(19.95, () => host.files.remove('/run/n1.fail'));
    cluster.run(30);
    expect(cluster.states('n1').slice(1)).toEqual([
      [3.414062, 'MASTER'],
      [14.025437, 'BACKUP'],
      [23.439499, 'MASTER'],
    ]);
    // Master_Down_Interval of 100 after the last advert of 150; of 150 after the last advert above 90.
    expect(cluster.masters('n2')).toEqual([14.024437]);
    const said = cluster
      .log('n1')
      .filter((text) => !text.includes('gratuitous') && !text.includes('discarding'));
    expect(said).toEqual([
      'Starting Keepalived v2.2.7 (01/16,2022)',
      'Assigned address 192.168.1.11 for interface eth0',
      '(VI_1) removing VIPs.',
      '(VI_1) Entering BACKUP STATE (init)',
      'Startup complete',
      'VRRP_Script(chk) succeeded',
      '(VI_1) Receive advertisement timeout',
      '(VI_1) Entering MASTER STATE',
      '(VI_1) setting VIPs.',
      'Script `chk` now returning 1',
      'VRRP_Script(chk) failed (exited with status 1)',
      '(VI_1) Changing effective priority from 150 to 90',
      '(VI_1) Master received advert from 192.168.1.12 with higher priority 100, ours 90',
      '(VI_1) Entering BACKUP STATE',
      '(VI_1) removing VIPs.',
      'Script `chk` now returning 0',
      'VRRP_Script(chk) succeeded',
      '(VI_1) Changing effective priority from 90 to 150',
      '(VI_1) Receive advertisement timeout',
      '(VI_1) Entering MASTER STATE',
      '(VI_1) setting VIPs.',
    ]);
  });

  test('garp_master_refresh 5 while the adverts are blocked: both announce themselves every 5 s', () => {
    const source = (name: string) =>
      text(name, 150, '').replace('priority 150', 'priority 150\n    garp_master_refresh 5');
    const cluster = new Cluster([
      { config: read(source('n1')) },
      { config: read(source('n2')), start: 0.05 },
    ]);
    cluster.at(0, () => cluster.member(0).links[0]?.aToB.dropOnly('vrrp'));
    cluster.at(0, () => cluster.member(0).links[0]?.bToA.dropOnly('vrrp'));
    cluster.run(24);
    expect(cluster.garps('n1')).toEqual([
      [3.414062, 5],
      // The refresh and the second burst fall on the same instant.
      [8.414062, 6],
      [13.414062, 1],
      [18.414062, 1],
      [23.414062, 1],
    ]);
    expect(cluster.garps('n2').map(([time]) => time)).toEqual([
      3.464062, 8.464062, 13.464062, 18.464062, 23.464062,
    ]);
  });
});

describe('a run can be saved', () => {
  const build = (timeScale = 1): Cluster => {
    const scripts = [script('chk', { weight: -60, rise: 2, fall: 2 })];
    const a = one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts });
    return new Cluster(
      [
        { config: a, options: { launch: { min: 30_000_000, max: 150_000_000 } } },
        { config: one({ priority: 100 }) },
      ],
      { timeScale },
    );
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
      new Cluster(
        [
          { config: one({ priority: 150, trackScripts: [tracked('chk', -60)] }, { scripts }) },
          { config: one({ priority: 100 }) },
        ],
        { timeScale },
      );
    const plain = run(1).run(30);
    const slow = run(2).run(60);
    const shape = (cluster: Cluster, scale: number) =>
      cluster.trace.events
        .filter(({ name }) => name.startsWith('vrrp.'))
        .map(({ time, name, node }) => [time / scale, name, node]);
    expect(shape(slow, 2)).toEqual(shape(plain, 1));
    expect(shape(plain, 1).length).toBeGreaterThan(20);
  });
});
