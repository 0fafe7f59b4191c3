/** keepalived over IPv6: VRRPv3 on real hosts, its virtual addresses and the link-local one that adverts come from. */
import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import type { Interface } from '../../host/index.js';
import { eth0, ip6, macOf } from '../../host/lan.testing.js';
import {
  ethernetFrame,
  formatMac,
  type Icmpv6Message,
  type IpAddress,
  icmpv6EchoRequest,
  ipv6Packet,
  linkLocalOf,
  neighbourSolicitation,
  virtualRouterMacIpv6,
} from '../../wire/index.js';
import { CABLE, conf, link, OTHER_VIP, VIP, Wire } from './testing/ipv6-wire.js';
import { seconds } from './testing/router-bench.js';

describe('election', () => {
  test('has the timers of IPv4: the better one is master after its Master_Down_Interval', () => {
    const wire = new Wire([{ priority: 150 }, { priority: 100 }]).start().run(6);
    // 3 × 1 s + (256 − 150) × 1 s / 256.
    expect(wire.states(1)).toEqual([
      [0, 'BACKUP'],
      [3.414062, 'MASTER'],
    ]);
    expect(wire.states(2)).toEqual([[0, 'BACKUP']]);
    expect(wire.hosts.map((host) => host.owns(VIP))).toEqual([true, false]);
    expect(wire.log(1)).toContain('(VI_6) Entering MASTER STATE');
    wire.daemon(1).kill();
    const last = wire.adverts().at(-1)?.time ?? 0;
    wire.run(12);
    // From the arrival of the last advert, Skew_Time as its priority says: 3 s + 156/256 s.
    expect(wire.states(2).at(-1)).toEqual([seconds(last + 2 * CABLE) + 3.609375, 'MASTER']);
  });

  test('a tie goes to the higher link-local address, compared as 16 bytes', () => {
    for (const [first, second] of [
      ['fe80::9', 'fe80::10'],
      ['fe80::ffff', 'fe80::1:0'],
    ] as const) {
      const wire = new Wire([{ priority: 100 }, { priority: 100 }], { sysctlIpv6: { addr_gen_mode: 1 } }, [
        ['2001:db8:1::11/64', `${first}/64`],
        ['2001:db8:1::12/64', `${second}/64`],
      ]);
      const [cable] = wire.lan.links;
      for (const direction of cable?.directions ?? []) direction.dropOnly('vrrp');
      wire.start().run(6);
      expect([wire.states(1).at(-1)?.[1], wire.states(2).at(-1)?.[1]]).toEqual(['MASTER', 'MASTER']);
      for (const direction of cable?.directions ?? []) direction.dropOnly('nothing');
      wire.run(9);
      expect(wire.hosts.map((host) => host.owns(VIP))).toEqual([false, true]);
      expect(wire.log(1).join('\n')).toContain(
        `(VI_6) Master received advert from ${second} with same priority 100 but higher IP address than ours`,
      );
    }
  });
});

describe('virtual addresses', () => {
  test('can be used at once (IFA_F_NODAD), though somebody else has them: a split leaves none failed', () => {
    const wire = new Wire([{ priority: 150 }, { priority: 100 }]);
    wire.host(2).addAddress(eth0(wire.host(2)), { address: VIP, prefixLength: 64 }, { noDad: true });
    wire.start(1).run(4);
    expect(eth0(wire.host(1)).ipv6?.entryOf(VIP)).toMatchObject({ state: 'valid', isDeprecated: false });
    const probed = wire.packets().some(({ packet }) => packet.source === '::');
    expect(probed).toBe(false);
  });

  test('a /128 is no source of connections (preferred_lft 0)', () => {
    const wire = new Wire([{ priority: 150, vips: [VIP, `${OTHER_VIP}/64`] }]).start().run(4);
    const { ipv6 } = eth0(wire.host(1));
    expect(ipv6?.entryOf(VIP)).toMatchObject({ prefixLength: 128, isDeprecated: true });
    expect(ipv6?.entryOf(OTHER_VIP)).toMatchObject({ prefixLength: 64, isDeprecated: false });
  });

  test('of the other family are excluded ones: set and announced, not advertised', () => {
    const text = `${conf({ priority: 150 }).trimEnd().slice(0, -1)}
    virtual_ipaddress_excluded {
        192.168.1.100/24
    }
}
`;
    const wire = new Wire([text]).start().run(4);
    const ipv4 = 0xc0a80164 as IpAddress;
    expect([wire.host(1).owns(VIP), wire.host(1).owns(ipv4)]).toEqual([true, true]);
    expect(wire.adverts()[0]?.advert.addresses).toEqual([VIP]);
    const arp = wire.tap.frames.filter(({ frame }) => frame.payload.kind === 'arp');
    expect(arp).toHaveLength(5);
    expect(wire.log(1).filter((text) => text.includes('VIPs'))).toEqual([
      '(VI_6) removing VIPs.',
      '(VI_6) removing E-VIPs.',
      '(VI_6) setting VIPs.',
      '(VI_6) setting E-VIPs.',
    ]);
    wire.daemon(1).stop();
    expect([wire.host(1).owns(VIP), wire.host(1).owns(ipv4)]).toEqual([false, false]);
  });

  test('one that somebody takes away makes a master give up and come back after Skew_Time', () => {
    const wire = new Wire([{ priority: 150 }]).start().run(6);
    wire.host(1).removeAddress(eth0(wire.host(1)), VIP, 64);
    expect(wire.log(1)).toContain(`Netlink reflector reports IP ${VIP} removed from eth0`);
    expect(wire.adverts().at(-1)?.advert.priority).toBe(150);
    wire.run(7);
    expect(wire.states(1).slice(2)).toEqual([
      [6, 'BACKUP'],
      [6.414062, 'MASTER'],
    ]);
    const zero = wire.adverts().find(({ advert }) => advert.priority === 0);
    expect(zero?.time).toBe(6 * SECOND);
    expect(wire.host(1).owns(VIP)).toBe(true);
  });
});

describe('the link-local address', () => {
  test('must be usable first: after a boot the instance is in FAULT for 1 to 2 s, then waits like any backup', () => {
    const wire = new Wire([{ priority: 150 }]);
    const host = wire.host(1);
    host.powerOff();
    host.powerOn();
    wire.start().run(8);
    const states = wire.states(1);
    expect(states.map(([, state]) => state)).toEqual(['FAULT', 'BACKUP', 'MASTER']);
    const [fault = 0, backup = 0, master = 0] = states.map(([time]) => time);
    expect(fault).toBe(0);
    expect(backup).toBeGreaterThanOrEqual(1);
    expect(backup).toBeLessThanOrEqual(2);
    expect(master).toBeCloseTo(backup + 3.414062, 6);
    expect(wire.log(1)).toContain('(VI_6) entering FAULT state (no IPv6 address for interface)');
    expect(wire.log(1)).toContain(`Assigned address ${link(1)} for interface eth0`);
    const usable = wire.lan.trace.filter('address.added').find(({ address }) => address === link(1));
    expect(seconds(usable?.time ?? 0)).toBe(backup);
  });

  test('that is a duplicate keeps the instance in FAULT for ever', () => {
    const wire = new Wire([{ priority: 150 }, { priority: 100 }]);
    wire.host(2).addAddress(eth0(wire.host(2)), { address: link(1), prefixLength: 64 }, { noDad: true });
    wire.host(1).powerOff();
    wire.host(1).powerOn();
    wire.start(1).run(20);
    expect(wire.states(1).map(([, state]) => state)).toEqual(['FAULT']);
    expect(wire.lan.trace.filter('address.duplicate')).toMatchObject([{ node: 'n1', address: link(1) }]);
  });

  test('that goes takes a master into FAULT, and one that comes lets it out', () => {
    const wire = new Wire([{ priority: 150 }]).start().run(6);
    const host = wire.host(1);
    host.removeAddress(eth0(host), link(1), 64);
    expect(wire.states(1).at(-1)).toEqual([6, 'FAULT']);
    expect(host.owns(VIP)).toBe(false);
    expect(wire.log(1)).toContain(`Deassigned address ${link(1)} from interface eth0`);
    wire.run(10);
    host.addAddress(eth0(host), { address: ip6('fe80::5'), prefixLength: 64 }, { noDad: true });
    wire.run(20);
    expect(wire.states(1).slice(-2)).toEqual([
      [10, 'BACKUP'],
      [13.414062, 'MASTER'],
    ]);
    expect(wire.adverts().at(-1)?.packet.source).toBe('fe80::5');
  });

  test('that goes while there is another one changes the source and nothing else', () => {
    const wire = new Wire([{ priority: 150 }]).start().run(6);
    const host = wire.host(1);
    host.addAddress(eth0(host), { address: ip6('fe80::5'), prefixLength: 64 }, { noDad: true });
    host.removeAddress(eth0(host), link(1), 64);
    wire.run(8);
    expect(wire.states(1).at(-1)).toEqual([3.414062, 'MASTER']);
    expect(wire.adverts().at(-1)?.packet.source).toBe('fe80::5');
  });

  test('among virtual addresses is no source', () => {
    const wire = new Wire([{ priority: 150, vips: ['fe80::100', `${VIP}/64`] }], {
      sysctlIpv6: { addr_gen_mode: 1 },
    });
    wire
      .host(1)
      .addAddress(eth0(wire.host(1)), { address: ip6('fe80::100'), prefixLength: 128 }, { noDad: true });
    wire.start().run(6);
    expect(wire.states(1).map(([, state]) => state)).toEqual(['FAULT']);
  });
});

describe('accept', () => {
  /** What n2 gets back from the virtual address that n1 has: answers of neighbour discovery, and of echo. */
  const answers = (more: string): string[] => {
    const wire = new Wire([{ priority: 150, more }, { priority: 100 }]).start(1).run(5);
    const client = wire.host(2);
    const ask = (payload: Icmpv6Message, hopLimit: number): void => {
      const packet = ipv6Packet(ip6('2001:db8:1::12'), VIP, payload, { hopLimit });
      eth0(client).sendFrame(ethernetFrame(macOf(0x100), macOf(0x200), packet));
    };
    ask(icmpv6EchoRequest(1, 1, new Uint8Array(8)), 64);
    ask(neighbourSolicitation(VIP, macOf(0x200)), 255);
    wire.run(6);
    return wire
      .packets()
      .flatMap(({ time, packet: { source, payload } }) =>
        time >= 5 * SECOND &&
        source === VIP &&
        payload.kind === 'icmpv6' &&
        payload.message !== 'neighbour-solicitation'
          ? [payload.message]
          : [],
      );
  };

  test('is the default: the address answers', () => {
    expect(answers('').sort()).toEqual(['echo-reply', 'neighbour-advertisement']);
  });

  test('no_accept: packets to the address are dropped, neighbour discovery is not (RFC 5798 §6.1)', () => {
    expect(answers('no_accept')).toEqual(['neighbour-advertisement']);
  });

  test('the rule goes with the address', () => {
    const wire = new Wire([{ priority: 150, more: 'no_accept' }]).start(1).run(5);
    expect(wire.host(1).filter.rules).toHaveLength(1);
    wire.daemon(1).stop();
    expect(wire.host(1).filter.rules).toEqual([]);
  });
});

describe('use_vmac', () => {
  const VIRTUAL = virtualRouterMacIpv6(51);

  test('adverts and advertisements come from 00:00:5e:00:02:VRID, and from the link-local address below', () => {
    const wire = new Wire([
      { priority: 150, more: 'use_vmac' },
      { priority: 100, more: 'use_vmac' },
    ])
      .start()
      .run(6);
    expect(formatMac(VIRTUAL)).toBe('00:00:5e:00:02:33');
    expect(wire.states(1).at(-1)).toEqual([3.414062, 'MASTER']);
    expect(wire.states(2)).toEqual([[0, 'BACKUP']]);
    expect(
      new Set(wire.adverts().map(({ frame, packet }) => `${formatMac(frame.source)} ${packet.source}`)),
    ).toEqual(new Set([`00:00:5e:00:02:33 ${link(1)}`]));
    const [na] = wire.announcements();
    expect([na?.frame.source, na?.na.linkLayer]).toEqual([VIRTUAL, VIRTUAL]);
    expect(wire.host(1).ownerInterface(VIP)?.name).toBe('vrrp6.51');
    wire.daemon(1).kill();
    wire.run(12);
    expect(wire.states(2).at(-1)?.[1]).toBe('MASTER');
    expect(wire.adverts().at(-1)?.packet.source).toBe(link(2));
  });

  test('the virtual MAC makes no address of its own, which all routers would have (RFC 5798 §7.4)', () => {
    const wire = new Wire([
      { priority: 150, more: 'use_vmac' },
      { priority: 100, more: 'use_vmac\n vmac_xmit_base' },
    ])
      .start()
      .run(6);
    for (const host of wire.hosts) {
      const { ipv6 } = host.interface('vrrp6.51') as Interface;
      expect(ipv6?.addressEntries().map(({ address }) => address)).not.toContain(linkLocalOf(VIRTUAL));
    }
    expect(wire.lan.trace.filter('address.duplicate')).toEqual([]);
    expect(wire.states(2)).toEqual([[0, 'BACKUP']]);
  });

  test('vmac_xmit_base: adverts have the MAC below, advertisements the virtual one', () => {
    const wire = new Wire([{ priority: 150, more: 'use_vmac\n vmac_xmit_base' }]).start().run(6);
    expect(wire.adverts()[0]?.frame.source).toBe(macOf(0x100));
    expect(wire.announcements()[0]?.na.linkLayer).toBe(VIRTUAL);
  });
});

describe('a sync group of both families', () => {
  const text = (priority: number): string =>
    `vrrp_sync_group BOTH {\n group {\n VI_4\n VI_6\n }\n}\n${conf({ priority })}vrrp_instance VI_4 {\n interface eth0\n virtual_router_id 51\n version 3\n priority ${priority}\n virtual_ipaddress {\n 192.168.1.100/24\n }\n}\n`;

  test('moves both at once, and waits for the link-local address with both', () => {
    const wire = new Wire([text(150), text(100)]);
    wire.host(1).powerOff();
    wire.host(1).powerOn();
    wire.start().run(3);
    for (const instance of ['VI_4', 'VI_6'])
      expect(wire.states(1, instance).map(([, state]) => state)).toEqual(['FAULT', 'BACKUP']);
    expect(wire.states(1, 'VI_4')[1]).toEqual(wire.states(1, 'VI_6')[1]);
    wire.run(12);
    expect(wire.states(1, 'VI_4').at(-1)).toEqual(wire.states(1, 'VI_6').at(-1));
    expect(wire.states(1).at(-1)?.[1]).toBe('MASTER');
  });

  test('loss of the link-local address takes IPv4 into FAULT too', () => {
    const wire = new Wire([text(150), text(100)]).start().run(6);
    expect(wire.states(1, 'VI_4').at(-1)?.[1]).toBe('MASTER');
    wire.host(1).removeAddress(eth0(wire.host(1)), link(1), 64);
    wire.run(9);
    expect([wire.states(1).at(-1), wire.states(1, 'VI_4').at(-1)]).toEqual([
      [6, 'FAULT'],
      [6, 'FAULT'],
    ]);
    expect([wire.states(2).at(-1)?.[1], wire.states(2, 'VI_4').at(-1)?.[1]]).toEqual(['MASTER', 'MASTER']);
  });
});
