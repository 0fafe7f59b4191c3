import { describe, expect, test } from 'vitest';
import { formatIpv4, ipv4Address } from '../wire/index.js';
import { benchLab, statesOf } from './carp/carp-lab.testing.js';
import type { ActionDesign, ActionName, LabDesign } from './design.js';
import { ACTIONS, defineLab, type Simulation } from './index.js';
import { node, PAIR, VIP } from './pair.fixture.js';

const SCRIPT = 'vrrp_script chk {\n  script "/usr/local/bin/chk"\n  interval 1\n  weight -60\n}\n';
const TRACKED = {
  ...PAIR,
  nodes: {
    ...PAIR.nodes,
    n1: { ...node(11, 150, '60ms', 'track_script { chk }', SCRIPT), services: { haproxy: 9000 } },
  },
} satisfies LabDesign;

type Done = Omit<ActionDesign, 'at'>;

const vip = ipv4Address(VIP);
const at10 = (...before: readonly Done[]): Simulation => {
  const simulation = defineLab(TRACKED).start().runUntil('9s');
  for (const action of before) simulation.perform(action);
  return simulation.runUntil('10s');
};
const after = (action: Done, seconds: number, ...before: readonly Done[]): Simulation =>
  at10(...before)
    .perform(action)
    .runUntil(10e9 + seconds * 1e9);

const ownersOf = (simulation: Simulation): readonly string[] =>
  [...simulation.network.hosts.values()].filter((host) => host.owns(vip)).map(({ name }) => name);
const n1 = { node: 'n1' } as const;
const haproxy = { ...n1, daemon: 'haproxy' } as const;
const isUp = (simulation: Simulation) => simulation.network.host('n1').interface('eth0')?.isUp;
const daemon = (simulation: Simulation, name: string) => simulation.network.programs.get('n1')?.get(name);
const macOfVip = (simulation: Simulation): number | null | undefined =>
  simulation.network.host('c1').interface('eth0')?.neighbours.macOf(vip);
const adverts = (simulation: Simulation, from: number) =>
  simulation.trace.filter('vrrp.advert-sent').filter(({ time }) => time > from);

/** An OpenBSD pair, A the better, and what became of an action 10 s after its start. */
const carpAfter = (action: Done, seconds: number): Simulation =>
  benchLab({ nodes: { A: { system: 'openbsd' }, B: { system: 'openbsd', advskew: 100 } } })
    .runUntil('10s')
    .perform(action)
    .runUntil(10e9 + seconds * 1e9);

/** Each action, and how one sees that it has done what it says. */
const TABLE: Readonly<Record<ActionName, () => void>> = {
  'power-off': () => {
    const simulation = after({ do: 'power-off', ...n1 }, 4);
    expect(simulation.network.host('n1').isOn).toBe(false);
    expect(ownersOf(simulation)).toEqual(['n2']);
    const dark = after({ do: 'power-off', node: 'sw1' }, 4);
    expect(isUp(dark)).toBe(false);
  },
  'power-on': () => {
    const simulation = after({ do: 'power-on', ...n1 }, 4, { do: 'power-off', ...n1 });
    expect(simulation.network.host('n1').isOn).toBe(true);
    expect(daemon(simulation, 'keepalived')?.isRunning).toBe(true);
    expect(ownersOf(simulation)).toEqual(['n1']);
    expect(isUp(after({ do: 'power-on', node: 'sw1' }, 1, { do: 'power-off', node: 'sw1' }))).toBe(true);
  },
  'kill-9': () => {
    const simulation = after({ do: 'kill-9', ...n1 }, 1);
    expect(daemon(simulation, 'keepalived')?.isRunning).toBe(false);
    expect(ownersOf(simulation)).toEqual(['n1']);
    expect(adverts(simulation, 10e9)).toEqual([]);
  },
  stop: () => {
    const simulation = after({ do: 'stop', ...n1 }, 1);
    expect(simulation.trace.filter('vrrp.priority-zero-sent')).toHaveLength(1);
    expect(ownersOf(simulation)).toEqual(['n2']);
    expect(daemon(after({ do: 'stop', ...haproxy }, 0), 'haproxy')?.isRunning).toBe(false);
  },
  start: () => {
    const simulation = after({ do: 'start', ...n1 }, 4, { do: 'stop', ...n1 });
    expect(ownersOf(simulation)).toEqual(['n1']);
    expect(
      daemon(after({ do: 'start', ...haproxy }, 1, { do: 'stop', ...haproxy }), 'haproxy')?.isRunning,
    ).toBe(true);
  },
  restart: () => {
    const simulation = after({ do: 'restart', ...n1 }, 3);
    expect(
      simulation.trace
        .filter('daemon.started')
        .filter(({ node }) => node === 'n1')
        .map(({ time }) => Math.floor(time / 1e9)),
    ).toContain(10);
    expect(ownersOf(simulation)).toEqual(['n2']);
    expect(ownersOf(simulation.runUntil('15s'))).toEqual(['n1']);
  },
  freeze: () => {
    const machine = after({ do: 'freeze', ...n1 }, 4);
    expect(machine.network.host('n1').isFrozen).toBe(true);
    expect(ownersOf(machine)).toEqual(['n1', 'n2']);
    expect(
      machine.trace.filter('client.result').filter(({ by, sentAt }) => by === 'n1' && sentAt > 10e9),
    ).toEqual([]);
    const process = after({ do: 'freeze', ...n1, daemon: 'keepalived' }, 2);
    expect(process.network.host('n1').isFrozen).toBe(false);
    expect(adverts(process, 10e9)).toEqual([]);
    expect(process.trace.filter('client.result').at(-1)).toMatchObject({ result: 'ok', by: 'n1' });
  },
  thaw: () => {
    const simulation = after({ do: 'thaw', ...n1 }, 2, { do: 'freeze', ...n1 });
    expect(simulation.network.host('n1').isRunning).toBe(true);
    expect(adverts(simulation, 10e9).length).toBeGreaterThan(0);
    const process = after({ do: 'thaw', ...haproxy }, 1, { do: 'freeze', ...haproxy });
    expect(daemon(process, 'haproxy')?.isFrozen).toBe(false);
  },
  unplug: () => {
    const simulation = after({ do: 'unplug', ...n1 }, 4);
    expect(isUp(simulation)).toBe(false);
    expect(
      simulation.trace.filter('vrrp.state').some(({ node, to }) => node === 'n1' && to === 'FAULT'),
    ).toBe(true);
    expect(ownersOf(simulation)).toEqual(['n2']);
  },
  plug: () => {
    const simulation = after({ do: 'plug', ...n1 }, 4, { do: 'unplug', ...n1 });
    expect(isUp(simulation)).toBe(true);
    expect(ownersOf(simulation)).toEqual(['n1']);
  },
  'silent-cut': () => {
    const simulation = after({ do: 'silent-cut', ...n1 }, 4);
    expect(isUp(simulation)).toBe(true);
    expect(ownersOf(simulation)).toEqual(['n1', 'n2']);
  },
  'one-way-loss': () => {
    const simulation = after({ do: 'one-way-loss', from: 'n1', to: 'n2', only: 'vrrp' }, 5);
    expect(ownersOf(simulation)).toEqual(['n1', 'n2']);
    // n1 hears n2 and answers: the other direction is whole.
    expect(simulation.trace.filter('vrrp.lower-advert').every(({ node }) => node === 'n1')).toBe(true);
    expect(simulation.trace.filter('vrrp.lower-advert').length).toBeGreaterThan(0);
    const deaf = after({ do: 'one-way-loss', node: 'n2' }, 5);
    expect(ownersOf(deaf)).toEqual(['n1', 'n2']);
    expect(deaf.trace.filter('vrrp.lower-advert').length).toBeGreaterThan(0);
  },
  'lose-next': () => {
    const heard = (only: string): number => {
      const simulation = after({ do: 'lose-next', node: 'n2', only }, 5);
      expect(simulation.trace.filter('frame.lost')).toHaveLength(only === 'vrrp' ? 1 : 0);
      expect(ownersOf(simulation)).toEqual(['n1']);
      return adverts(simulation, 10e9).length;
    };
    expect(heard('vrrp')).toBe(heard('arp'));
    const three = { do: 'lose-next', node: 'n2', only: 'vrrp' } as const;
    expect(ownersOf(after(three, 4, three, three))).toEqual(['n1']);
    const moved = after(three, 4, three, three).trace.filter('vrrp.state');
    expect(moved.filter(({ node, to }) => node === 'n2' && to === 'MASTER')).toHaveLength(1);
    const arp = at10({ do: 'lose-next', node: 'n2', only: 'arp' });
    arp.perform({ do: 'arping', node: 'c1', address: '192.168.1.12' }).runUntil('11s');
    expect(arp.trace.filter('frame.lost')).toEqual([
      expect.objectContaining({ node: 'n2', kind: 'arp', sender: '192.168.1.50' }),
    ]);
  },
  'drop-multicast': () => {
    const simulation = after({ do: 'drop-multicast', node: 'sw1' }, 5);
    expect(ownersOf(simulation)).toEqual(['n1', 'n2']);
    expect(simulation.trace.filter('vrrp.lower-advert')).toEqual([]);
    expect(simulation.trace.filter('client.result').at(-1)?.result).toBe('ok');
    expect(ownersOf(after({ do: 'drop-multicast', node: 'sw1', address: '224.0.0.77' }, 5))).toEqual(['n1']);
  },
  heal: () => {
    for (const fault of [
      { do: 'drop-multicast', node: 'sw1' },
      { do: 'silent-cut', ...n1 },
      { do: 'one-way-loss', from: 'n1', to: 'n2', only: 'vrrp' },
      { do: 'one-way-loss', node: 'n2' },
      { do: 'one-way-loss', node: 'n2', only: 'multicast' },
    ] as const) {
      expect(ownersOf(after({ do: 'heal' }, 5, fault))).toEqual(['n1']);
      expect(ownersOf(at10(fault).runUntil('15s')), fault.do).toEqual(['n1', 'n2']);
    }
  },
  'set-loss': () => {
    const simulation = after({ do: 'set-loss', ...n1, loss: '100%' }, 5);
    expect(ownersOf(simulation)).toEqual(['n1', 'n2']);
    expect(
      ownersOf(after({ do: 'set-loss', ...n1, loss: '0%' }, 5, { do: 'set-loss', ...n1, loss: '100%' })),
    ).toEqual(['n1']);
  },
  'set-delay': () => {
    const simulation = after({ do: 'set-delay', node: 'c1', delay: '5ms' }, 1);
    const last = simulation.trace.filter('client.result').at(-1);
    // Four cables, two of them c1's.
    expect((last?.time ?? 0) - (last?.sentAt ?? 0)).toBe(2 * 5_000_000 + 2 * 50_000);
  },
  'script-result': () => {
    const simulation = after({ do: 'script-result', ...n1, script: 'chk', good: false }, 6);
    expect(simulation.trace.filter('vrrp.priority').at(-1)).toMatchObject({ node: 'n1', from: 150, to: 90 });
    expect(ownersOf(simulation)).toEqual(['n2']);
  },
  'create-file': () => {
    expect(
      after({ do: 'create-file', ...n1, file: '/run/down' }, 0)
        .network.host('n1')
        .files.has('/run/down'),
    ).toBe(true);
  },
  'remove-file': () => {
    const file = '/run/down';
    const simulation = after({ do: 'remove-file', ...n1, file }, 0, { do: 'create-file', ...n1, file });
    expect(simulation.network.host('n1').files.has(file)).toBe(false);
  },
  'clock-drift': () => {
    const simulation = after({ do: 'clock-drift', ...n1, ppm: 100_000 }, 10);
    const [first, second] = adverts(simulation, 12e9);
    // A tenth too fast: a second of its clock is 0.909 s.
    expect(((second?.time ?? 0) - (first?.time ?? 0)) / 1e9).toBeCloseTo(1 / 1.1, 3);
  },
  'add-address': () => {
    const simulation = after({ do: 'add-address', node: 'c1', address: '192.168.1.100/24' }, 0);
    expect(ownersOf(simulation)).toEqual(['n1', 'c1']);
  },
  'remove-address': () => {
    const simulation = after({ do: 'remove-address', ...n1, address: '192.168.1.100' }, 0.001);
    expect(ownersOf(simulation)).not.toContain('n1');
  },
  arping: () => {
    const simulation = after({ do: 'arping', node: 'c1', address: VIP }, 1);
    const asked = simulation.trace
      .filter('arp.requested')
      .filter(({ node, time }) => node === 'c1' && time >= 10e9);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ address: VIP, unicast: false, time: 10e9 });
    const run = defineLab({
      ...TRACKED,
      schedule: [{ at: '10s', do: 'arping', node: 'c1', address: VIP, count: 3 }],
    }).run();
    const rounds = run.trace
      .filter('arp.requested')
      .filter(({ node, unicast, time }) => node === 'c1' && !unicast && time > 5e9);
    expect(rounds.map(({ time }) => time)).toEqual([10e9, 11e9, 12e9]);
  },
  'flush-neighbours': () => {
    expect(macOfVip(at10())).toBe(0x0200_c0a8_010b);
    expect(macOfVip(after({ do: 'flush-neighbours', node: 'c1' }, 0))).toBeNull();
    expect(macOfVip(after({ do: 'flush-neighbours', node: 'c1', address: VIP }, 0))).toBeNull();
    expect(
      macOfVip(after({ do: 'flush-neighbours', node: 'c1', address: '192.168.1.12' }, 0)),
    ).not.toBeNull();
  },
  'set-health': () => {
    const server = { ...n1, daemon: 'echo:8080' } as const;
    const results = (health: ActionDesign['health']): unknown[] =>
      after({ do: 'set-health', ...server, health: health as 'sick' }, 3)
        .trace.filter('client.result')
        .filter(({ sentAt }) => sentAt > 10e9 && sentAt < 10.3e9)
        .map(({ result, by }) => [result, by]);
    expect(results('healthy')).toEqual([['ok', 'n1']]);
    expect(results('sick')).toEqual([['error', 'n1']]);
    expect(results('hung')).toEqual([['timeout', null]]);
    expect(results('slow')).toEqual([['timeout', null]]);
    expect(results('dead')).toEqual([['refused', null]]);
    const late = after({ do: 'set-health', ...server, health: 'slow', delay: '300ms' }, 1);
    const waits = late.trace.filter('client.result').map(({ time, sentAt }) => time - sentAt);
    expect(waits.at(-1)).toBeGreaterThan(300e6);
    const back = after({ do: 'set-health', ...server, health: 'healthy' }, 1, {
      do: 'set-health',
      ...server,
      health: 'dead',
    });
    expect(daemon(back, 'echo:8080')?.isRunning).toBe(true);
    expect(back.trace.filter('service.health').map(({ node, health }) => [node, health])).toEqual([
      ['n1', 'dead'],
      ['n1', 'healthy'],
    ]);
    expect(() => at10().perform({ do: 'set-health', ...n1, daemon: 'keepalived', health: 'sick' })).toThrow(
      'no server',
    );
    expect(() => at10().node('n1').setHealth('echo:9', 'sick')).toThrow('no daemon');
  },
  shutdown: () => {
    const simulation = after({ do: 'shutdown', ...n1 }, 0.5);
    expect(simulation.trace.filter('vrrp.priority-zero-sent')).toHaveLength(1);
    expect(simulation.network.host('n1').isOn).toBe(true);
    simulation.runUntil('12s');
    expect(simulation.network.host('n1').isOn).toBe(false);
    expect(ownersOf(simulation)).toEqual(['n2']);
    // Somebody pulls the plug and puts it in again meanwhile: it stays on.
    const again = after({ do: 'shutdown', ...n1 }, 0.5);
    again.node('n1').powerOff().powerOn();
    expect(again.runUntil('15s').network.host('n1').isOn).toBe(true);
  },
  'interface-down': () => {
    const simulation = after({ do: 'interface-down', ...n1 }, 5);
    expect(isUp(simulation)).toBe(false);
    expect(ownersOf(simulation)).toContain('n2');
    expect(() => at10().perform({ do: 'interface-down', ...n1, interface: 'eth7' })).toThrow(
      'no interface eth7',
    );
  },
  'interface-up': () => {
    const simulation = after({ do: 'interface-up', ...n1 }, 5, { do: 'interface-down', ...n1 });
    expect(isUp(simulation)).toBe(true);
    expect(ownersOf(simulation)).toEqual(['n1']);
  },
  'carp-state': () => {
    const simulation = carpAfter({ do: 'carp-state', node: 'B', state: 'master' }, 0.5);
    expect(statesOf(simulation)).toContain('B M 10.000000');
    expect(() => carpAfter({ do: 'carp-state', node: 'B', state: 'master', vhid: 9 }, 0)).toThrow(
      'no vhid 9',
    );
    expect(() => at10().perform({ do: 'carp-state', ...n1, state: 'master' })).toThrow('no CARP');
  },
  'carp-demote': () => {
    const simulation = carpAfter({ do: 'carp-demote', node: 'A' }, 0.5);
    expect(statesOf(simulation).slice(-2)).toEqual(['B M 10.001000', 'A bk 10.002000']);
    const refused = carpAfter({ do: 'carp-demote', node: 'A', by: -1 }, 1);
    expect(refused.trace.filter('carp.demotion')).toEqual([]);
    expect(refused.trace.filter('daemon.log').map(({ line }) => line)).toContain(
      'ifconfig: SIOCSIFGATTR: Invalid argument',
    );
    expect(() => carpAfter({ do: 'carp-demote', node: 'A', group: 'x' }, 0)).toThrow(
      'no interface group x: carp',
    );
  },
  'set-sysctl': () => {
    const deaf = carpAfter({ do: 'set-sysctl', node: 'B', sysctl: 'net.inet.carp.allow', value: 0 }, 4);
    expect(statesOf(deaf).at(-1)).toBe('B M 12.391625');
    expect(deaf.trace.filter('carp.rejected')).toEqual(
      expect.arrayContaining([expect.objectContaining({ node: 'B', reason: 'disallowed' })]),
    );
    const quiet = after({ do: 'set-sysctl', ...n1, sysctl: 'eth0.arp_ignore', value: 8 }, 0);
    expect(quiet.network.host('n1').interface('eth0')?.effective('arp_ignore')).toBe(8);
    expect(() => at10().perform({ do: 'set-sysctl', ...n1, sysctl: 'no_such', value: 0 })).toThrow(
      'no setting',
    );
  },
  'send-errors': () => {
    const simulation = after({ do: 'send-errors', ...n1 }, 4);
    expect(ownersOf(simulation)).toEqual(['n1', 'n2']);
    simulation.perform({ do: 'send-errors', ...n1, failing: false }).runUntil('20s');
    expect(ownersOf(simulation)).toEqual(['n1']);
  },
  signal: () => {
    expect(() => at10().perform({ do: 'signal', ...n1, daemon: 'keepalived', signal: 'USR1' })).toThrow(
      'keepalived on n1 ends at a signal USR1',
    );
  },
};

describe('each action does what it says', () => {
  test.each(Object.keys(ACTIONS) as ActionName[])('%s', (name) => {
    TABLE[name]();
  });

  test('and says so in the trace, with whom it is done to and whether it can move a VIP', () => {
    const simulation = at10();
    const done: readonly [Done, object][] = [
      [
        { do: 'stop', ...haproxy },
        { node: 'n1', target: 'n1', detail: 'haproxy', disruptive: true },
      ],
      [
        { do: 'one-way-loss', from: 'n1', to: 'n2', only: 'vrrp' },
        { node: 'n1', target: 'n1 to n2', detail: 'vrrp' },
      ],
      [{ do: 'heal' }, { node: 'lab', target: 'lab', disruptive: true }],
      [{ do: 'script-result', ...n1, script: 'chk', good: false }, { detail: 'chk bad' }],
      [
        { do: 'clock-drift', ...n1, ppm: 20 },
        { detail: '20 ppm', disruptive: false },
      ],
      [
        { do: 'arping', node: 'c1', address: VIP },
        { node: 'c1', detail: VIP, disruptive: false },
      ],
      [
        { do: 'set-health', ...n1, daemon: 'echo:8080', health: 'hung' },
        { detail: 'echo:8080 hung', disruptive: true },
      ],
      [{ do: 'set-delay', node: 'c1', delay: { nanoseconds: 1_500_000 } as never }, { detail: '1.5ms' }],
    ];
    for (const [action, words] of done) {
      simulation.perform(action);
      expect(simulation.trace.filter('cause.began').at(-1)).toMatchObject({ action: action.do, ...words });
    }
  });

  test('what needs a node and has none throws', () => {
    expect(() => at10().perform({ do: 'power-off' })).toThrow('power-off needs a node');
    expect(() => at10().perform({ do: 'stop', node: 'sw1' })).toThrow(RangeError);
    expect(() => at10().perform({ do: 'remove-address', ...n1, address: 'x' })).toThrow(
      "'x' is not an address",
    );
  });

  test('formats addresses as everybody does', () => {
    expect(formatIpv4(vip)).toBe(VIP);
  });
});
