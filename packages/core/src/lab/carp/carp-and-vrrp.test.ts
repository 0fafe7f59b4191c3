import { describe, expect, test } from 'vitest';
import type { CarpSystem } from '../../host/carp/carp-config.js';
import type { Simulation } from '../simulation.js';
import { benchLab, seconds, statesOf } from './carp-lab.testing.js';

const VIRTUAL_MAC = '00:00:5e:00:01:07';

/** A keepalived pair of VRID 7 beside the CARP pair of vhid 7. */
interface Beside {
  readonly system: CarpSystem;
  /** Of CARP's master; its backup has 100 more. */
  readonly advskew: number;
  /** Of keepalived, s. */
  readonly interval?: number;
  readonly addresses?: number;
  readonly vrid?: number;
  readonly version?: 2 | 3;
  readonly more?: string;
}

const conf = (
  priority: number,
  { interval = 1, addresses = 1, vrid = 7, version = 2, more = '' }: Beside,
) => `
vrrp_instance VI {
    interface eth0
    virtual_router_id ${vrid}
    version ${version}
    priority ${priority}
    advert_int ${interval}
    use_vmac
    ${more}
    virtual_ipaddress {
        ${Array.from({ length: addresses }, (_, index) => `192.0.2.${70 + index}/24`).join('\n        ')}
    }
}
`;

function lan(beside: Beside): Simulation {
  const { system, advskew } = beside;
  const router = (last: number, priority: number, ready: '60ms' | '80ms') => ({
    interfaces: { eth0: { address: `192.0.2.${last}/24` } },
    keepalived: { conf: conf(priority, beside), ready },
  });
  return benchLab({
    nodes: {
      A: { system, vhids: [{ vhid: 7, advskew }] },
      B: { system, vhids: [{ vhid: 7, advskew: advskew + 100 }] },
    },
    lab: {
      nodes: { n1: router(21, 150, '60ms'), n2: router(22, 100, '80ms') },
      links: [
        { between: ['n1:eth0', 'sw1'], delay: '500us' },
        { between: ['n2:eth0', 'sw1'], delay: '500us' },
      ],
    },
  }).runUntil('60s');
}

const routerStates = (sim: Simulation): string[] =>
  sim.trace.filter('vrrp.state').map(({ node, to, time }) => `${node} ${to} ${seconds(time)}`);
const carpRejections = (sim: Simulation, node: string): string[] => [
  ...new Set(
    sim.trace.filter('carp.rejected').flatMap((event) => (event.node === node ? [event.reason] : [])),
  ),
];

describe.each(['openbsd', 'freebsd-13', 'freebsd'] as const)(
  '41: %s beside VRRPv2 with the same number',
  (system) => {
    const sim = lan({ system, advskew: 10 });

    test('no state changes on either side', () => {
      expect(statesOf(sim).filter((line) => !line.endsWith('0.000000'))).toEqual(['A M 3.039062']);
      expect(routerStates(sim)).toEqual(['n1 BACKUP 0.060000', 'n2 BACKUP 0.080000', 'n1 MASTER 3.474062']);
    });

    test('CARP counts what is too short, keepalived discards what is too short for seven addresses', () => {
      expect(carpRejections(sim, 'A')).toEqual(['badlen']);
      expect(carpRejections(sim, 'B')).toEqual(['badlen']);
      expect(sim.trace.filter('carp.rejected').length).toBeGreaterThan(100);
      const lines = sim.trace
        .filter('daemon.log')
        .flatMap((event) => (event.node === 'n2' ? [event.line] : []));
      expect(
        lines.filter((line) => line === '(VI) vrrp packet too short, length 56 and expect 64'),
      ).toHaveLength(55);
    });

    test('the virtual MAC of both moves between two ports with each advert of either', () => {
      // Before, both routers' macvlans have joined the group.
      const moves = sim.trace
        .filter('cam.moved')
        .filter(({ mac, time }) => mac === VIRTUAL_MAC && time > 4e9);
      expect(moves.length).toBeGreaterThan(100);
      expect(new Set(moves.map(({ from, to }) => `${from} to ${to}`))).toEqual(
        new Set(['A to n1', 'n1 to A']),
      );
    });
  },
);

describe('what else CARP makes of VRRP', () => {
  test.each<[string, Partial<Beside>, string]>([
    ['five addresses are as long as CARP', { addresses: 5 }, 'badauth'],
    ['and of another number, nobody there', { addresses: 5, vrid: 8 }, 'badvhid'],
    ['eight addresses', { addresses: 8 }, 'badsum'],
    ['version 3', { version: 3 }, 'badlen'],
    ['version 3, with a pseudo header in its checksum', { version: 3, addresses: 7 }, 'badsum'],
  ])('%s', (_, beside, reason) => {
    const sim = lan({ system: 'openbsd', advskew: 10, ...beside });
    expect(carpRejections(sim, 'A')).toEqual([reason]);
    expect(statesOf(sim).filter((line) => !line.endsWith('0.000000'))).toEqual(['A M 3.039062']);
  });
});

describe('keepalived arms its timer anew after any packet of its VRID (vrrp_init_instance_sands)', () => {
  test('CARP that speaks more often than keepalived silences its master', () => {
    const sim = lan({ system: 'openbsd', advskew: 0, interval: 2 });
    const takeovers = sim.trace
      .filter('vrrp.state')
      .filter(({ node, to }) => node === 'n2' && to === 'MASTER');
    expect(takeovers.length).toBeGreaterThan(5);
    expect(statesOf(sim).filter((line) => !line.endsWith('0.000000'))).toEqual(['A M 3.000000']);
  });

  test('so it does where both speak each second: what is readable is read before the timer', () => {
    expect(routerStates(lan({ system: 'openbsd', advskew: 0 }))).toContain('n2 MASTER 7.084437');
  });

  test('lower_prio_no_advert leaves the timer alone', () => {
    const more = 'lower_prio_no_advert';
    const sim = lan({ system: 'openbsd', advskew: 0, interval: 2, more });
    expect(routerStates(sim)).toHaveLength(3);
  });
});
