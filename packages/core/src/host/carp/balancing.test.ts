import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  carpGroupMac,
  type IpAddress,
  ipv4Address,
  ipv6FromBytes,
  macAddress,
  parseIp,
  virtualRouterMac,
} from '../../wire/index.js';
import { jenkinsIndex } from './arp-balance.js';
import { CarpNodes, flowIndex } from './balancing.js';
import type { CarpBalancing, CarpInterfaceConfig } from './carp-config.js';

const VIP = parseIp('192.0.2.10');
const arbitraryIpv4 = fc.nat({ max: 0xffff_ffff }).map((number): IpAddress => ipv4Address(number));
const arbitraryIpv6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes): IpAddress => ipv6FromBytes(bytes));
const arbitraryPair = fc.oneof(
  fc.tuple(arbitraryIpv4, arbitraryIpv4),
  fc.tuple(arbitraryIpv6, arbitraryIpv6),
);

describe('the index of a flow (carp_lsdrop)', () => {
  test.each([
    ['198.51.100.7', '192.0.2.10', 0x0633_660d, 1, 1],
    ['198.51.100.8', '192.0.2.10', 0x0633_6602, 0, 2],
    ['198.51.100.9', '192.0.2.10', 0x0633_6603, 1, 0],
    ['203.0.113.5', '192.0.2.10', 0x0b00_730f, 1, 0],
    ['2001:db8::5', '2001:db8:1::a', 0x0001_000f, 1, 1],
  ])('%s to %s', (source, destination, hash, ofTwo, ofThree) => {
    const [from, to] = [parseIp(source), parseIp(destination)];
    expect(flowIndex(from, to, 2 ** 32)).toBe(hash);
    expect(flowIndex(from, to, 2)).toBe(ofTwo);
    expect(flowIndex(from, to, 3)).toBe(ofThree);
  });

  test('the highest bit is no sign', () => {
    expect(flowIndex(parseIp('192.0.2.1'), parseIp('10.0.0.1'), 3)).toBe(0xca00_0200 % 3);
  });

  test('is one for both directions, and one of those there are', () => {
    fc.assert(
      fc.property(arbitraryPair, fc.integer({ min: 1, max: 32 }), ([one, other], count) => {
        const index = flowIndex(one, other, count);
        expect(index).toBe(flowIndex(other, one, count));
        expect(index).toBeGreaterThanOrEqual(0);
        expect(index).toBeLessThan(count);
        expect(Number.isInteger(index)).toBe(true);
      }),
    );
  });

  test('of two, the lowest bits of the last words decide', () => {
    fc.assert(
      fc.property(arbitraryIpv4, arbitraryIpv4, (one, other) => {
        expect(flowIndex(one, other, 2)).toBe((Number(one) + Number(other)) % 2);
      }),
    );
  });
});

const LEADER_MAC = virtualRouterMac(1);
const CLIENT = macAddress('02:00:00:00:00:01');

function nodes(balancing: CarpBalancing, states: readonly string[], password = 'mekmitasdigoat'): CarpNodes {
  const config = {
    balancing,
    password,
    nodes: states.map((_, index) => ({ vhid: index + 1, advskew: 0 })),
  } as unknown as CarpInterfaceConfig;
  const mac = balancing === 'ip' ? carpGroupMac(1) : LEADER_MAC;
  return new CarpNodes(
    config,
    mac,
    states.map((state) => ({ state })),
  );
}

describe('the nodes of an interface', () => {
  test('a flow is taken where its bit is set; those that are not master count too', () => {
    const to8 = parseIp('198.51.100.8');
    const to7 = parseIp('198.51.100.7');
    expect(nodes('ip', ['MASTER', 'BACKUP']).takesFlow(to8, VIP)).toBe(true);
    expect(nodes('ip', ['MASTER', 'BACKUP']).takesFlow(to7, VIP)).toBe(false);
    expect(nodes('ip-stealth', ['MASTER', 'INIT']).takesFlow(to7, VIP)).toBe(false);
    expect(nodes('ip-unicast', ['BACKUP', 'MASTER']).takesFlow(to7, VIP)).toBe(true);
    expect(nodes('ip', ['BACKUP', 'BACKUP']).takesFlow(to8, VIP)).toBe(false);
  });

  test('every flow is taken by exactly one of two hosts that have half each', () => {
    const one = nodes('ip', ['MASTER', 'BACKUP', 'MASTER']);
    const other = nodes('ip', ['BACKUP', 'MASTER', 'BACKUP']);
    fc.assert(
      fc.property(arbitraryPair, ([source, destination]) => {
        expect(one.takesFlow(source, destination)).not.toBe(other.takesFlow(source, destination));
      }),
    );
  });

  test('frames to the shared MAC are taken in every state, to no other', () => {
    for (const state of ['INIT', 'BACKUP', 'MASTER']) {
      expect(nodes('ip', [state, state]).takesFrame(carpGroupMac(1))).toBe(true);
      expect(nodes('ip', [state, state]).takesFrame(LEADER_MAC)).toBe(false);
      expect(nodes('ip-stealth', [state, state]).takesFrame(LEADER_MAC)).toBe(true);
      expect(nodes('ip-stealth', [state, state]).takesFrame(virtualRouterMac(2))).toBe(false);
    }
  });

  test('the master of the leader answers, with the shared MAC', () => {
    expect(nodes('ip', ['MASTER', 'BACKUP']).answerTo(CLIENT)).toBe(carpGroupMac(1));
    expect(nodes('ip', ['BACKUP', 'MASTER']).answerTo(CLIENT)).toBeNull();
    expect(nodes('ip-unicast', ['MASTER', 'MASTER']).answerTo(CLIENT)).toBe(LEADER_MAC);
  });
});

describe('balancing arp', () => {
  test('the requester’s MAC chooses a node, and its master answers with its MAC', () => {
    const password = 'mekmitasdigoat';
    for (const text of ['02:00:00:00:00:01', '02:00:00:00:00:02', '00:1b:21:c0:ff:ee']) {
      const mac = macAddress(text);
      const index = jenkinsIndex(mac, password, 2);
      const here = nodes('arp', index === 0 ? ['MASTER', 'BACKUP'] : ['BACKUP', 'MASTER']);
      const there = nodes('arp', index === 0 ? ['BACKUP', 'MASTER'] : ['MASTER', 'BACKUP']);
      expect(here.answerTo(mac)).toBe(virtualRouterMac(index + 1));
      expect(there.answerTo(mac)).toBeNull();
      // A solicitation need not say who asks.
      expect(here.answerTo(null)).toBeNull();
    }
  });

  test('frames are taken to the MACs of those nodes that are master here; every flow is', () => {
    const half = nodes('arp', ['BACKUP', 'MASTER']);
    expect(half.takesFrame(virtualRouterMac(1))).toBe(false);
    expect(half.takesFrame(virtualRouterMac(2))).toBe(true);
    expect(half.takesFrame(virtualRouterMac(3))).toBe(false);
    expect(half.takesFlow(parseIp('198.51.100.8'), VIP)).toBe(true);
    expect(half.takesFlow(parseIp('198.51.100.7'), VIP)).toBe(true);
  });
});
