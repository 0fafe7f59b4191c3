import { describe, expect, test } from 'vitest';
import type { CarpSystem } from '../../host/carp/carp-config.js';
import type { ActionDesign } from '../design.js';
import type { Simulation } from '../simulation.js';
import { type BenchNode, benchLab, seconds } from './carp-lab.testing.js';

/** A kernel's CARP at 192.0.2.11 and a ucarp beside it, one address and one password. */
interface Mixed {
  readonly system?: CarpSystem;
  readonly kernel?: BenchNode;
  /** ucarp's address; that of the kernel is 192.0.2.11. */
  readonly source?: string;
  readonly advskew?: number;
  readonly more?: string;
  readonly byteOrder?: 'little' | 'big';
  readonly start?: '5ms' | '10s';
  readonly schedule?: readonly ActionDesign[];
}

function mixed(given: Mixed, until: '30s' | '60s' = '30s'): Simulation {
  const {
    system = 'freebsd-13',
    source = '192.0.2.5',
    advskew = 0,
    more = '',
    byteOrder = 'little',
    start,
  } = given;
  return benchLab({
    nodes: { K: { system, ...given.kernel } },
    schedule: given.schedule ?? [],
    lab: {
      nodes: {
        u: {
          interfaces: { em0: { address: `${source}/16` } },
          ucarp: {
            command: `ucarp -i em0 -s ${source} -v 1 -p mekmitasdigoat -a 192.0.2.1 -k ${advskew} ${more}`,
            ready: '0s',
            capture: 'immediate',
            byteOrder,
          },
          ...(start === undefined ? {} : { start }),
        },
      },
      links: [{ between: ['u:em0', 'sw1'], delay: '500us' }],
    },
  }).runUntil(until);
}

/** States to the millisecond, after those of the start. */
const statesOf = (sim: Simulation, from = 1): string[] =>
  sim.trace
    .filter('carp.state')
    .filter(({ time }) => time >= from * 1e9)
    .map(({ node, to, time }) => `${node} ${to} ${seconds(time).slice(0, -3)}`);
const SYSTEMS = ['openbsd', 'freebsd-9', 'freebsd-13', 'freebsd'] as const;

describe.each(SYSTEMS)('%s and ucarp', (system) => {
  test('the better one is master, whoever it is', () => {
    const kernel = mixed({ system, advskew: 100 });
    expect(statesOf(kernel)).toEqual(['K MASTER 3.000']);
    const userland = mixed({ system, kernel: { advskew: 100 } });
    expect(statesOf(userland)).toEqual(['u MASTER 3.000']);
    expect(kernel.trace.filter('carp.rejected')).toEqual([]);
    expect(userland.trace.filter('carp.rejected')).toEqual([]);
  });

  test('an equal ucarp of a lower address stays, the kernel yields', () => {
    expect(statesOf(mixed({ system }))).toEqual(['K MASTER 3.000', 'u MASTER 3.000', 'K BACKUP 3.001']);
  });

  test('an equal ucarp of a higher address yields too, and so on for ever', () => {
    const moves = statesOf(mixed({ system, source: '192.0.2.200' }, '60s'));
    expect(moves.slice(0, 4).sort()).toEqual([
      'K BACKUP 3.001',
      'K MASTER 3.000',
      'u BACKUP 3.001',
      'u MASTER 3.000',
    ]);
    for (const node of ['K', 'u'])
      expect(moves.filter((line) => line.startsWith(`${node} MASTER`)).length, node).toBeGreaterThan(15);
  });

  test('which address is lower is a matter of how bytes lie in memory', () => {
    const yields = (byteOrder: 'little' | 'big'): boolean =>
      statesOf(mixed({ system, source: '192.0.1.12', byteOrder })).includes('u BACKUP 3.001');
    // 192.0.1.12 is lower than 192.0.2.11, but its last octet is not.
    expect([yields('little'), yields('big')]).toEqual([true, false]);
  });
});

describe('a kernel and a ucarp that share an address', () => {
  test('a kernel that hears an equal ucarp before its time stays BACKUP', () => {
    expect(statesOf(mixed({ kernel: { start: '5ms' } }))).toEqual(['u MASTER 3.000']);
    // And a ucarp that starts later hears the kernel: no address decides for a backup.
    expect(statesOf(mixed({ start: '5ms' }))).toEqual(['K MASTER 3.000']);
  });

  test('ucarp takes over from a kernel that says goodbye, OpenBSD from a ucarp that is killed', () => {
    const goodbye = mixed({
      system: 'openbsd',
      advskew: 100,
      schedule: [{ at: '10.3s', do: 'interface-down', node: 'K', interface: 'carp0' }],
    });
    expect(statesOf(goodbye, 4)).toEqual(['K INIT 10.300', 'u MASTER 10.301']);
    const killed = mixed({
      system: 'openbsd',
      kernel: { advskew: 100 },
      schedule: [{ at: '10.5s', do: 'power-off', node: 'u' }],
    });
    expect(statesOf(killed, 10.6)).toEqual(['K MASTER 13.391']);
  });

  test('OpenBSD reads a ucarp as never demoted', () => {
    const sim = mixed({
      system: 'openbsd',
      advskew: 100,
      schedule: [{ at: '10.3s', do: 'carp-demote', node: 'K' }],
    });
    // ucarp does not look at the count; when it is MASTER for once, the demoted kernel yields to its worse skew.
    expect(statesOf(sim, 4)).toEqual([]);
    const forced = mixed({
      system: 'openbsd',
      kernel: { advskew: 100 },
      schedule: [
        { at: '10.3s', do: 'carp-demote', node: 'K' },
        { at: '12.3s', do: 'carp-state', node: 'K', state: 'master' },
      ],
    });
    expect(statesOf(forced, 4)).toEqual(['K MASTER 12.300', 'K BACKUP 13.001']);
  });

  test('a second address in the kernel, or another password, and they do not understand each other', () => {
    const sim = mixed({ kernel: { vhids: [{ addresses: ['192.0.2.1/24', '192.0.2.9/24'] }] } });
    expect(statesOf(sim)).toEqual(['K MASTER 3.000', 'u MASTER 3.000']);
    expect(
      [...new Set(sim.trace.filter('carp.rejected').map(({ node, reason }) => `${node} ${reason}`))].sort(),
    ).toEqual(['K badauth', 'u badauth']);
  });
});
