import { describe, expect, test } from 'vitest';
import { readKeepalivedConf } from './reader.js';
import { briefly, ENOUGH, readInstance } from './testing/read-instance.js';

const globals = (lines: string) => ({ before: `global_defs {\n${lines}\n}` });

describe('gratuitous ARP', () => {
  const usual = {
    masterRepeat: 5,
    masterDelayUs: 5_000_000,
    masterRefreshUs: 0,
    masterRefreshRepeat: 1,
    lowerPriorityRepeat: 5,
    lowerPriorityDelayUs: 5_000_000,
  };
  test.each<[string, string, Partial<typeof usual>]>([
    ['', '', {}],
    ['', 'garp_master_delay 0', { masterDelayUs: 0 }],
    [
      '',
      'garp_master_repeat 2\ngarp_master_refresh 60\ngarp_master_refresh_repeat 3',
      { masterRepeat: 2, masterRefreshUs: 60_000_000, masterRefreshRepeat: 3 },
    ],
    [
      '',
      'garp_lower_prio_repeat 0\ngarp_lower_prio_delay 1',
      { lowerPriorityRepeat: 0, lowerPriorityDelayUs: 1_000_000 },
    ],
    // The lower-priority values follow the global ones, not the instance's.
    [
      'vrrp_garp_master_repeat 3\nvrrp_garp_master_delay 2',
      'garp_master_repeat 1',
      { masterRepeat: 1, masterDelayUs: 2_000_000, lowerPriorityRepeat: 3, lowerPriorityDelayUs: 2_000_000 },
    ],
    ['vrrp_garp_lower_prio_repeat 1', '', { lowerPriorityRepeat: 1 }],
    [
      'vrrp_min_garp',
      '',
      {
        masterRepeat: 1,
        masterDelayUs: 0,
        masterRefreshRepeat: 0,
        lowerPriorityRepeat: 1,
        lowerPriorityDelayUs: 0,
      },
    ],
    ['vrrp_min_garp off', '', {}],
    [
      'vrrp_garp_master_repeat 3\nvrrp_min_garp',
      '',
      {
        masterRepeat: 3,
        masterDelayUs: 0,
        masterRefreshRepeat: 0,
        lowerPriorityRepeat: 3,
        lowerPriorityDelayUs: 0,
      },
    ],
    [
      'vrrp_min_garp\nvrrp_garp_master_repeat 5',
      '',
      {
        masterRepeat: 5,
        masterDelayUs: 0,
        masterRefreshRepeat: 0,
        lowerPriorityRepeat: 5,
        lowerPriorityDelayUs: 0,
      },
    ],
    ['', 'strict_mode', { lowerPriorityRepeat: 0, lowerPriorityDelayUs: 0 }],
  ])('global %j, instance %j', (before, lines, changed) => {
    const { instance, diagnostics } = readInstance(lines, globals(before));
    expect(instance.garp).toEqual({ ...usual, ...changed });
    expect(briefly(diagnostics)).toEqual([]);
  });
  test.each([
    ['garp_master_repeat 0', 'garp_master_repeat 0 is out of range 1..4294967295'],
    ['garp_master_delay 5000', 'garp_master_delay 5000 is out of range 0..4294'],
    ['garp_master_refresh x', "'x' is not a number"],
  ])('%s', (lines, message) => {
    expect(readInstance(lines).diagnostics.map((each) => each.message)).toEqual([message]);
  });
});

test('globals count wherever they stand', () => {
  const { instance } = readInstance('', {
    after: 'global_defs {\nvrrp_version 3\nvrrp_down_timer_adverts 7\nvrrp_mcast_group4 224.0.0.50\n}',
  });
  expect([instance.version, instance.downTimerAdverts, instance.multicastGroup]).toEqual([
    3,
    7,
    { family: 'inet', address: 0xe0000032 },
  ]);
});

describe('strict mode', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['priority 100\nstate MASTER', ['strict mode wants state BACKUP with priority 100']],
    ['priority 255\nstate BACKUP', ['strict mode wants state MASTER with priority 255']],
    ['authentication {\nauth_type PASS\nauth_pass x\n}', ['strict mode knows no authentication']],
    ['preempt_delay 3', ['strict mode has no preempt_delay']],
    ['down_timer_adverts 4', ['strict mode misses 3 adverts, not 4']],
    ['accept', ['strict mode and VRRPv2 do not let a non-owner accept']],
    ['version 3\naccept', []],
    ['garp_lower_prio_repeat 3', ['strict mode has no garp_lower_prio_repeat']],
    ['lower_prio_no_advert off', ['strict mode wants lower_prio_no_advert on']],
    ['higher_prio_send_advert', ['strict mode wants higher_prio_send_advert off']],
    ['use_vmac 02:00:00:00:00:01', ['strict mode wants the MAC of RFC 5798']],
  ])('%j', (lines, messages) => {
    const { instance, diagnostics } = readInstance(lines, globals('vrrp_strict'));
    expect(diagnostics.map((each) => each.message)).toEqual(messages);
    expect(instance.strict).toBe(true);
    expect(instance.lowerPriorityNoAdvert).toBe(true);
    expect(instance.higherPrioritySendAdvert).toBe(false);
    expect(instance.downTimerAdverts).toBe(3);
    expect(instance.preemptDelayUs).toBe(0);
  });
  test('an instance may leave it', () => {
    expect(readInstance('strict_mode off', globals('vrrp_strict')).instance.strict).toBe(false);
  });
});

describe('sync groups', () => {
  const other = `vrrp_instance VI_2 {\ninterface eth1\nvirtual_router_id 52\nvirtual_ipaddress { 10.0.0.1 }\n}\n`;
  const script =
    'global_defs { enable_script_security }\nvrrp_script chk { script "/bin/true" \n weight -20 }\n';
  const group = (lines: string) => ({
    before: script,
    after: `${other}vrrp_sync_group G {\ngroup { VI_1\nVI_2 }\n${lines}\n}`,
  });

  test('weights are taken from the members', () => {
    const { instance, diagnostics } = readInstance(
      'track_interface {\neth1 weight 5\n}\ntrack_script {\nchk\n}',
      group(''),
    );
    expect(instance.trackInterfaces).toEqual([expect.objectContaining({ name: 'eth1', weight: 0 })]);
    expect(instance.trackScripts).toEqual([]);
    expect(instance.syncGroup).toBe('G');
    expect(briefly(diagnostics)).toEqual([
      'error conf/weight-ignored: the weight of eth1 has no effect: VI_1 is in sync group G',
      'error conf/weight-ignored: the weight of chk has no effect: VI_1 is in sync group G',
      'warning conf/unused: nothing tracks vrrp_script chk',
    ]);
  });
  test('unless the group says otherwise', () => {
    const { instance, diagnostics } = readInstance(
      'track_script {\nchk weight -30\n}',
      group('sync_group_tracking_weight'),
    );
    expect(instance.trackScripts).toEqual([expect.objectContaining({ name: 'chk', weight: -30 })]);
    expect(briefly(diagnostics)).toEqual([]);
  });
  test('a member that is no owner makes all start as BACKUP', () => {
    expect(readInstance('state MASTER\npriority 150', group('')).instance.initialState).toBe('BACKUP');
  });
  test.each<[string, string[]]>([
    [
      'vrrp_sync_group G {\ngroup {\nVI_1\n}\n}',
      ['error conf/lonely-group: vrrp_sync_group G has one member only'],
    ],
    ['vrrp_sync_group G {\n}', ['error conf/empty: vrrp_sync_group G has no members']],
    [
      'vrrp_sync_group G {\ngroup {\nVI_9\n}\n}',
      [
        'error conf/unknown-name: there is no vrrp_instance VI_9',
        'error conf/empty: vrrp_sync_group G has no members',
      ],
    ],
    [
      `${other}vrrp_sync_group G {\ngroup { VI_1\nVI_2 }\n}\nvrrp_sync_group H {\ngroup { VI_1 }\n}`,
      [
        'error conf/duplicate: VI_1 is in another sync group',
        'error conf/empty: vrrp_sync_group H has no members',
      ],
    ],
  ])('%j', (after, expected) => {
    expect(briefly(readInstance('', { after }).diagnostics)).toEqual(expected);
  });
});

describe('VRIDs', () => {
  const second = (lines: string) => ({
    after: `vrrp_instance VI_2 {\n${lines}\nvirtual_ipaddress { 10.0.0.1 }\n}`,
  });
  test('the same one twice on an interface is refused', () => {
    const { fatal, diagnostics } = readInstance('', second('interface eth0\nvirtual_router_id 51'));
    expect(fatal).toBe(true);
    expect(briefly(diagnostics)).toEqual([
      'error conf/vrid-conflict: VRID 51 is used by VI_1 on the same interface',
    ]);
  });
  test.each([
    'interface eth1\nvirtual_router_id 51',
    'interface eth0\nvirtual_router_id 52',
    'interface eth0\nvirtual_router_id 51\nmcast_dst_ip 224.0.0.99',
    'interface eth0\nvirtual_router_id 51\nunicast_peer { 10.0.0.2 }',
  ])('%j is another', (lines) => {
    expect(readInstance('', second(lines)).fatal).toBe(false);
  });
  test('unicast ones conflict if a peer is common', () => {
    const unicast = 'unicast_peer {\n10.0.0.2\n}';
    expect(readInstance(unicast, second(`interface eth0\nvirtual_router_id 51\n${unicast}`)).fatal).toBe(
      true,
    );
    expect(
      readInstance(unicast, second('interface eth0\nvirtual_router_id 51\nunicast_peer {\n10.0.0.3\n}'))
        .fatal,
    ).toBe(false);
  });
});

describe('scripts', () => {
  const read = (lines: string) => {
    const { config, diagnostics } = readKeepalivedConf(
      `global_defs {\nenable_script_security\n}\nvrrp_script chk {\n${lines}\n}\nvrrp_instance A {\n${ENOUGH}\ntrack_script {\nchk\n}\n}`,
      { file: 'f' },
    );
    return { script: config.scripts[0], instance: config.instances[0], messages: briefly(diagnostics) };
  };
  test('defaults', () => {
    const { script, messages } = read('script "/bin/check --now \'a b\'"');
    expect(messages).toEqual([]);
    expect(script).toMatchObject({
      arguments: ["/bin/check --now 'a b'"],
      intervalUs: 1_000_000,
      timeoutUs: 1_000_000,
      rise: 1,
      fall: 1,
      weight: 0,
      initFail: false,
    });
  });
  test('everything', () => {
    const { script, instance, messages } = read(
      'script /bin/check\ninterval 5\ntimeout 2\nrise 3\nfall 4\nweight -20 reverse\ninit_fail\nuser root',
    );
    expect(messages).toEqual([]);
    expect(script).toMatchObject({
      intervalUs: 5_000_000,
      timeoutUs: 2_000_000,
      rise: 3,
      fall: 4,
      initFail: true,
    });
    expect(instance?.trackScripts).toEqual([expect.objectContaining({ weight: -20, reverse: true })]);
  });
  test('a weight out of range is used all the same', () => {
    const { instance, messages } = read('script /bin/check\nweight 300');
    expect(messages).toEqual(['error conf/out-of-range: weight 300 is out of range -253..253']);
    expect(instance?.trackScripts[0]?.weight).toBe(300);
  });
  test.each([
    ['interval 0', 'error conf/out-of-range: interval 0 is out of range 1..4294'],
    ['rise 0', 'error conf/out-of-range: rise 0 is out of range 1..2147483647'],
    ['interval 1.5', "error conf/not-a-number: '1.5' is not a number"],
  ])('%s', (lines, expected) => {
    expect(read(`script /bin/check\n${lines}`).messages).toEqual([expected]);
  });
  test('one without a command is forgotten', () => {
    expect(read('interval 1').messages).toEqual([
      'error conf/incomplete: vrrp_script chk has no script',
      "error conf/unknown-name: there is no vrrp_script 'chk' above",
    ]);
  });
  test('without script security there is a note', () => {
    const { diagnostics } = readInstance('notify_master /bin/true');
    expect(briefly(diagnostics)).toEqual([
      'note conf/script-security: scripts are executed without enable_script_security',
    ]);
  });
});

describe('other blocks', () => {
  test('delays are kept below the missed adverts', () => {
    const { config, diagnostics } = readKeepalivedConf(
      `interface_up_down_delays {\neth0 10 1.5\neth1 1\n}\nvrrp_instance A {\n${ENOUGH}\n}`,
      { file: 'f' },
    );
    expect(config.interfaceDelays).toEqual([
      { interface: 'eth0', downDelayUs: 1_996_094, upDelayUs: 1_500_000 },
      { interface: 'eth1', downDelayUs: 1_000_000, upDelayUs: 0 },
    ]);
    expect(diagnostics.map((each) => each.severity)).toEqual(['warning']);
  });
  test('garp_group, track_file, vrrp_track_process, static_ipaddress', () => {
    const { config, diagnostics } = readKeepalivedConf(
      `garp_group {\ngarp_interval 0.01\ninterfaces {\neth0\neth1\n}\n}
track_file f {\nfile /run/f\nweight -10 reverse\ninit_file 3 overwrite\n}
vrrp_track_process p {\nprocess haproxy -f x\nquorum 2\ndelay 0.5\nweight 5\n}
static_ipaddress {\n10.0.0.9/24 dev eth0\n}
vrrp_instance A {\n${ENOUGH}\ntrack_file {\nf\n}\ntrack_process {\np weight 7\n}\n}`,
      { file: 'f' },
    );
    expect(briefly(diagnostics)).toEqual([]);
    expect(config.garpGroups).toEqual([
      expect.objectContaining({ interfaces: ['eth0', 'eth1'], garpIntervalUs: 10_000, gnaIntervalUs: 0 }),
    ]);
    expect(config.trackFiles).toEqual([
      expect.objectContaining({
        path: '/run/f',
        weight: -10,
        reverse: true,
        initialValue: 3,
        overwrite: true,
      }),
    ]);
    expect(config.trackProcesses).toEqual([
      expect.objectContaining({
        process: 'haproxy',
        arguments: ['-f', 'x'],
        quorum: 2,
        terminateDelayUs: 500_000,
        forkDelayUs: 500_000,
      }),
    ]);
    expect(config.staticAddresses).toHaveLength(1);
    expect(config.instances[0]?.trackFiles[0]).toMatchObject({ name: 'f', weight: -10, reverse: true });
    expect(config.instances[0]?.trackProcesses[0]).toMatchObject({ name: 'p', weight: 7 });
  });
});

test('unknown interfaces are found if the host’s are known', () => {
  const { config, diagnostics } = readKeepalivedConf(`vrrp_instance A {\n${ENOUGH}\n}`, {
    file: 'f',
    interfaces: ['eth1', 'lo'],
  });
  expect(config.fatal).toBe(true);
  expect(diagnostics.map((each) => [each.code, each.hint])).toEqual([
    ['conf/unknown-interface', 'did you mean eth1?'],
    ['conf/no-interface', undefined],
  ]);
});
