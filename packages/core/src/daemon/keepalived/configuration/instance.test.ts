import { describe, expect, test } from 'vitest';
import { ipv4Address } from '../../../wire/address.js';
import type { VrrpInstanceConfig } from './keepalived-config.js';
import { briefly, readInstance } from './testing/read-instance.js';

type Field = keyof VrrpInstanceConfig;

describe('keywords', () => {
  test.each<[string, Field, unknown]>([
    ['', 'basePriority', 100],
    ['', 'advertIntervalUs', 1_000_000],
    ['', 'version', 2],
    ['', 'initialState', 'BACKUP'],
    ['', 'downTimerAdverts', 3],
    ['', 'accept', true],
    ['', 'advertTtl', 255],
    ['', 'multicastGroup', { family: 'inet', address: ipv4Address('224.0.0.18') }],
    ['', 'trackPrimaryInterface', true],
    ['priority 1', 'basePriority', 1],
    ['priority 255', 'owner', true],
    ['priority 255', 'initialState', 'MASTER'],
    ['state MASTER', 'basePriority', 255],
    ['state MASTER\npriority 100', 'basePriority', 100],
    ['state MASTER\npriority 100', 'initialState', 'MASTER'],
    ['state BACKUP', 'basePriority', 100],
    ['nopreempt', 'nopreempt', true],
    ['nopreempt\npreempt', 'nopreempt', false],
    ['preempt_delay 3.5', 'preemptDelayUs', 3_500_000],
    ['advert_int 255', 'advertIntervalUs', 255_000_000],
    ['version 3\nadvert_int 0.01', 'advertIntervalUs', 10_000],
    ['down_timer_adverts 1', 'downTimerAdverts', 1],
    ['no_accept', 'accept', false],
    ['lower_prio_no_advert', 'lowerPriorityNoAdvert', true],
    ['lower_prio_no_advert off', 'lowerPriorityNoAdvert', false],
    ['higher_prio_send_advert yes', 'higherPrioritySendAdvert', true],
    ['mcast_src_ip 10.0.0.1', 'sourceAddress', { family: 'inet', address: ipv4Address('10.0.0.1') }],
    ['mcast_dst_ip 224.0.0.99', 'multicastGroup', { family: 'inet', address: ipv4Address('224.0.0.99') }],
    ['dont_track_primary', 'trackPrimaryInterface', false],
    ['track_src_ip', 'trackSourceAddress', false],
    ['track_src_ip\nmcast_src_ip 10.0.0.1', 'trackSourceAddress', true],
    ['promote_secondaries', 'promoteSecondaries', true],
    ['notify_priority_changes', 'notifyPriorityChanges', true],
    ['use_vmac', 'virtualMac', { kind: 'vmac', name: 'vrrp.51', mac: undefined, transmitFromBase: false }],
    [
      'use_vmac v1 02:00:00:00:00:07',
      'virtualMac',
      { kind: 'vmac', name: 'v1', mac: 0x0200_0000_0007, transmitFromBase: false },
    ],
    [
      'use_vmac 02:00:00:00:01',
      'virtualMac',
      { kind: 'vmac', name: 'vrrp.51', mac: 0x0200_0000_0133, transmitFromBase: false },
    ],
    [
      'authentication {\nauth_type PASS\nauth_pass abc\n}',
      'authentication',
      { type: 'PASS', password: 'abc' },
    ],
    ['authentication {\nauth_pass abc\n}', 'authentication', { type: 'none' }],
    ['unicast_peer {\n10.0.0.2\n}', 'unicast', true],
    ['unicast_peer {\n10.0.0.2\n}\nunicast_ttl 5', 'advertTtl', 5],
    ['unicast_fault_no_peer', 'faultWithoutPeer', true],
    ['unicast_peer {\n10.0.0.2 min_ttl 254\n}', 'checkUnicastSource', true],
    [
      'track_interface {\neth1 weight -20\n}',
      'trackInterfaces',
      [expect.objectContaining({ name: 'eth1', weight: -20, reverse: false })],
    ],
  ])('%j: %s is %j', (lines, field, expected) => {
    const { instance, diagnostics, fatal } = readInstance(lines);
    expect(instance[field]).toEqual(expected);
    expect(briefly(diagnostics)).toEqual([]);
    expect(fatal).toBe(false);
  });
});

describe('what keepalived -t rejects, and what the daemon makes of it', () => {
  test.each<[string, string, Field, unknown, string]>([
    ['priority 0', 'out-of-range', 'basePriority', 100, 'keepalived logs this and uses 100'],
    ['priority 300', 'out-of-range', 'basePriority', 100, 'keepalived logs this and uses 100'],
    ['priority 100x', 'not-a-number', 'basePriority', 100, 'keepalived logs this and uses 100'],
    ['state master', 'bad-value', 'initialState', 'BACKUP', 'keepalived logs this and uses BACKUP'],
    [
      'priority 1\nstate MASTER\nstate BACKUP',
      'duplicate',
      'initialState',
      'MASTER',
      'keepalived keeps MASTER',
    ],
    [
      'advert_int 1s',
      'not-a-number',
      'advertIntervalUs',
      1_000_000,
      'keepalived logs this and ignores the line',
    ],
    [
      'advert_int 300',
      'out-of-range',
      'advertIntervalUs',
      1_000_000,
      'keepalived logs this and ignores the line',
    ],
    ['advert_int 0.3', 'interval-rounded', 'advertIntervalUs', 1_000_000, 'keepalived logs this and uses 1'],
    ['advert_int 1.5', 'interval-rounded', 'advertIntervalUs', 2_000_000, 'keepalived logs this and uses 2'],
    [
      'version 3\nadvert_int 0.015',
      'interval-rounded',
      'advertIntervalUs',
      20_000,
      'keepalived logs this and uses 0.02',
    ],
    [
      'version 3\nadvert_int 50',
      'out-of-range',
      'advertIntervalUs',
      40_950_000,
      'keepalived logs this and uses 40.95',
    ],
    ['preempt_delay 1001', 'out-of-range', 'preemptDelayUs', 0, 'keepalived logs this and uses 0'],
    ['preempt_delay 5s', 'not-a-number', 'preemptDelayUs', 5, 'keepalived logs this and uses 0.000005'],
    [
      'preempt_delay 1.0000005',
      'too-precise',
      'preemptDelayUs',
      1_000_001,
      'keepalived logs this and uses 1.000001',
    ],
    ['version 4', 'out-of-range', 'version', 2, 'keepalived logs this and ignores the line'],
    [
      'down_timer_adverts 101',
      'out-of-range',
      'downTimerAdverts',
      3,
      'keepalived logs this and ignores the line',
    ],
    [
      'unicast_ttl 5',
      'conflict',
      'advertTtl',
      0,
      'keepalived sets it to 0 and sends its multicast adverts with it: every peer rejects them',
    ],
    [
      'unicast_src_ip 10.0.0.1',
      'unicast-without-peers',
      'unicast',
      false,
      'keepalived logs this and uses multicast',
    ],
    [
      'authentication {\nauth_type PASS\nauth_pass mysecretlong\n}',
      'auth-truncated',
      'authentication',
      { type: 'PASS', password: 'mysecret' },
      'keepalived uses the first 8 only: mysecret',
    ],
    [
      'authentication {\nauth_type PASS\n}',
      'auth-ignored',
      'authentication',
      { type: 'none' },
      'keepalived logs this and uses none',
    ],
    [
      'version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}',
      'auth-ignored',
      'authentication',
      { type: 'none' },
      'keepalived logs this and uses none',
    ],
    [
      'state MASTER\npriority 9\nnopreempt',
      'conflict',
      'nopreempt',
      false,
      'keepalived drops it because of line 8: state MASTER',
    ],
    [
      'state MASTER\npriority 9\npreempt_delay 5',
      'conflict',
      'preemptDelayUs',
      0,
      'keepalived drops it because of line 8: state MASTER',
    ],
    ['nopreempt\npreempt_delay 5', 'conflict', 'preemptDelayUs', 0, 'keepalived drops it'],
    [
      'virtual_ipaddress {\n::1\n}',
      'wrong-family',
      'family',
      'inet',
      'keepalived logs this and leaves the address out; virtual_ipaddress_excluded takes both families',
    ],
    [
      'virtual_ipaddress {\n10.0.0.300\n}',
      'bad-address',
      'family',
      'inet',
      'keepalived leaves this address out',
    ],
    [
      'mcast_dst_ip 10.0.0.1',
      'bad-address',
      'multicastGroup',
      { family: 'inet', address: ipv4Address('224.0.0.18') },
      'keepalived logs this and ignores it',
    ],
    [
      'track_interface {\neth0\n}',
      'conflict',
      'trackInterfaces',
      [],
      'keepalived logs this and leaves the entry out: it is tracked anyway',
    ],
    [
      'track_interface {\neth1 weight 254\n}',
      'out-of-range',
      'trackInterfaces',
      [expect.objectContaining({ weight: 253 })],
      'keepalived logs this and uses 253',
    ],
    [
      'track_script {\nchk\n}',
      'unknown-name',
      'trackScripts',
      [],
      'keepalived logs this and leaves the entry out',
    ],
  ])('%j', (lines, code, field, expected, means) => {
    const { instance, diagnostics, fatal } = readInstance(lines);
    expect(instance[field]).toEqual(expected);
    expect(diagnostics.map((each) => [each.severity, each.code, each.means])).toEqual([
      ['error', `conf/${code}`, means],
    ]);
    expect(fatal).toBe(false);
  });

  test.each([
    ['virtual_router_id 0', 'conf/out-of-range'],
    ['interface lo', 'conf/bad-value'],
  ])('%j: keepalived keeps what it had, or nothing', (lines, code) => {
    expect(readInstance(lines).diagnostics[0]?.code).toBe(code);
  });
});

describe('words that are not looked at', () => {
  test('nopreempt off is nopreempt', () => {
    const { instance, diagnostics } = readInstance('nopreempt off');
    expect(instance.nopreempt).toBe(true);
    expect(briefly(diagnostics)).toEqual([
      "warning conf/extra-words: 'off' is one word too many for nopreempt",
    ]);
  });
  test('skip_check_adv_addr off is on', () => {
    const { instance, diagnostics } = readInstance('skip_check_adv_addr off');
    expect(instance.skipCheckAdvertAddress).toBe(true);
    expect(briefly(diagnostics)).toEqual([
      'warning conf/no-effect: skip_check_adv_addr cannot be switched off',
    ]);
  });
});

describe('what prevents a start', () => {
  test.each([
    ['virtual_router_id 51\nvirtual_ipaddress { 10.0.0.1 }', 'conf/no-interface'],
    ['interface eth0\nvirtual_ipaddress { 10.0.0.1 }', 'conf/no-vrid'],
    ['interface eth0\nvirtual_router_id 51\nversion 3', 'conf/no-vip'],
    ['interface eth0\nvirtual_router_id 51\nstrict_mode', 'conf/no-vip'],
  ])('%j', async (lines, code) => {
    const { readKeepalivedConf } = await import('./reader.js');
    const { config, diagnostics } = readKeepalivedConf(`vrrp_instance A {\n${lines}\n}`, { file: 'f' });
    expect(config.fatal).toBe(true);
    expect(diagnostics.map((each) => each.code)).toEqual([code]);
  });
  test('no VIP at all in VRRPv2 is an error that keepalived lives with', async () => {
    const { readKeepalivedConf } = await import('./reader.js');
    const { config, diagnostics } = readKeepalivedConf(
      'vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n}',
      { file: 'f' },
    );
    expect(config.fatal).toBe(false);
    expect(briefly(diagnostics)).toEqual(['error conf/no-vip: A has no virtual address']);
  });
});

test('keywords remember where they stood', () => {
  const { instance } = readInstance('  priority 120\n  nopreempt');
  expect(instance.origin['priority']?.range.start).toEqual({ line: 8, column: 12 });
  expect(instance.origin['nopreempt']?.range.start).toEqual({ line: 9, column: 3 });
  expect(instance.origin['name']?.range.start).toEqual({ line: 2, column: 15 });
  expect(instance.origin['advert_int']).toBeUndefined();
});

test('a list of more than 255 addresses: the rest is not advertised', () => {
  const more = Array.from({ length: 260 }, (_, index) => `10.0.${index >> 8}.${index & 255}`).join('\n');
  const { instance, diagnostics } = readInstance(`virtual_ipaddress {\n${more}\n}`);
  expect(instance.virtualAddresses).toHaveLength(255);
  expect(instance.excludedAddresses).toHaveLength(6);
  expect(briefly(diagnostics)).toEqual([
    'error conf/too-many-vips: 261 virtual addresses are too many for an advert, which takes 255',
  ]);
});

test('an address with everything', () => {
  const { instance } = readInstance(
    'virtual_ipaddress {\n10.0.0.1/24 dev eth1 scope link brd + label eth1:1 no_track home\n10.0.0.2\n}',
  );
  expect(instance.virtualAddresses.slice(1)).toEqual([
    expect.objectContaining({
      address: { family: 'inet', address: ipv4Address('10.0.0.1') },
      prefixLength: 24,
      interface: 'eth1',
      scope: 253,
      broadcast: '+',
      label: 'eth1:1',
      tracked: false,
    }),
    expect.objectContaining({
      prefixLength: 32,
      interface: 'eth0',
      scope: 0,
      broadcast: undefined,
      tracked: true,
    }),
  ]);
});
