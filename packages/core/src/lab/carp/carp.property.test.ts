import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MICROSECOND, MILLISECOND, SECOND } from '../../engine/index.js';
import { CARP_SYSTEMS, type CarpSystem } from '../../host/carp/carp-config.js';
import type { ActionDesign } from '../design.js';
import type { Simulation } from '../simulation.js';
import { type BenchNode, benchLab } from './carp-lab.testing.js';

const micro = (count: number): `${number}us` => `${count}us`;

/** The cables towards each node carry the delay from the other one, the other cables 1 µs. */
function setDelays(sim: Simulation, towards: Readonly<Record<string, number>>): void {
  for (const [node, delay] of Object.entries(towards)) {
    const face = sim.network.host(node).interface('em0');
    for (const direction of sim.network.linkAt(node, 'em0').directions) {
      const span = direction.to === face ? delay - MICROSECOND : MICROSECOND;
      direction.setDelay({ lo: span, hi: span });
    }
  }
}

const movesOf = (sim: Simulation, from: number): number =>
  sim.trace.events.filter((event) => event.name === 'carp.state' && event.time >= from).length;

describe('two equals', () => {
  // g = t_A - t_B between the instants at which they become MASTER; both times the adverts cross, for ever, exactly
  // where -d_AB < g < d_BA.
  const delay = fc.integer({ min: 2, max: 5000 });
  const system = fc.constantFrom<CarpSystem>('openbsd', 'freebsd', 'freebsd-13');
  const seen = { crossed: 0, settled: 0 };
  test('flap for ever if their adverts cross, and never otherwise', () => {
    fc.assert(
      fc.property(delay, delay, fc.integer({ min: -8000, max: 8000 }), system, (ab, ba, gap, kernel) => {
        const sim = benchLab({
          nodes: {
            A: { system: kernel, start: micro(Math.max(0, gap)) },
            B: { system: kernel, start: micro(Math.max(0, -gap)) },
          },
        });
        setDelays(sim, { B: ab * MICROSECOND, A: ba * MICROSECOND });
        sim.runUntil('100s');
        const crosses = -ab < gap && gap < ba;
        seen[crosses ? 'crossed' : 'settled']++;
        const moves = movesOf(sim, 50 * SECOND);
        if (crosses) {
          // Period M + mean(d), each way there and back.
          const period = 3 * SECOND + ((ab + ba) / 2) * MICROSECOND;
          expect(Math.abs(moves - (4 * 50 * SECOND) / period)).toBeLessThan(5);
        } else expect(moves).toBe(0);
      }),
      {
        numRuns: 150,
        examples: [
          [1000, 1000, 1000, 'openbsd'],
          [1000, 1000, 999, 'openbsd'],
          [200, 5000, -200, 'freebsd'],
        ],
      },
    );
    expect(seen.crossed).toBeGreaterThan(20);
    expect(seen.settled).toBeGreaterThan(20);
  });
});

describe('whatever happens', () => {
  const name = fc.constantFrom('A', 'B', 'C');
  const deed = fc.oneof(
    fc.record({ do: fc.constantFrom('power-off', 'power-on', 'shutdown', 'freeze', 'thaw'), node: name }),
    fc.record({ do: fc.constantFrom('unplug', 'plug'), node: name }),
    fc.record({ do: fc.constant('carp-state'), node: name, state: fc.constantFrom('master', 'backup') }),
    fc.record({ do: fc.constant('carp-demote'), node: name, by: fc.constant(1) }),
    fc.record({ do: fc.constant('send-errors'), node: name, failing: fc.boolean() }),
    fc.record({ do: fc.constant('lose-next'), node: name, only: fc.constant('vrrp') }),
    fc.record({
      do: fc.constant('add-address'),
      node: name,
      vhid: fc.constant(1),
      address: fc.constant('192.0.2.99/32'),
    }),
    fc.record({
      do: fc.constant('remove-address'),
      node: name,
      vhid: fc.constant(1),
      address: fc.constant('192.0.2.99'),
    }),
  ) as fc.Arbitrary<Omit<ActionDesign, 'at'>>;
  const scene = fc.record({
    system: fc.constantFrom(...CARP_SYSTEMS.filter((each) => each !== 'openbsd-5.6')),
    skews: fc.uniqueArray(fc.integer({ min: 0, max: 239 }), { minLength: 3, maxLength: 3 }),
    preempt: fc.boolean(),
    timers: fc.constantFrom('ideal' as const, 'ticks' as const),
    deeds: fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), deed), { maxLength: 8 }),
    seed: fc.integer({ min: 1, max: 1000 }),
  });
  const seen = new Set<string>();

  test('timers, states and addresses belong together after every event, and peace returns', () => {
    fc.assert(
      fc.property(scene, ({ system, skews, preempt, timers, deeds, seed }) => {
        const nodes: Record<string, BenchNode> = {};
        for (const [index, each] of ['A', 'B', 'C'].entries())
          nodes[each] = { system, advskew: skews[index] ?? 0, sysctl: { preempt }, carp: { timers } };
        const sim = benchLab({ nodes, delay: '100us' }, { seed });
        const check = (): void => {
          for (const host of sim.network.hosts.values()) checkHost(host, seen);
        };
        const listen = sim.network.engine.afterEvent;
        sim.network.engine.afterEvent = () => {
          listen?.();
          check();
        };
        for (const [at, action] of [...deeds].sort(([a], [b]) => a - b)) {
          sim.runUntil(5 * SECOND + at * MILLISECOND);
          sim.perform(action);
          check();
        }
        sim.runUntil('20s');
        // Everything is mended; from then on there is one master, and it stays.
        for (const host of sim.network.hosts.values()) {
          sim.perform({ do: 'send-errors', node: host.name, failing: false });
          sim.perform({ do: 'plug', node: host.name });
          sim.perform({ do: 'thaw', node: host.name });
          sim.perform({ do: 'power-off', node: host.name });
        }
        sim.runUntil('21s');
        for (const host of sim.network.hosts.values()) sim.perform({ do: 'power-on', node: host.name });
        sim.runUntil('60s');
        const masters = [...sim.network.hosts.values()].filter(
          (host) => host.carp?.machines[0]?.state === 'MASTER',
        );
        expect(masters).toHaveLength(1);
        expect(movesOf(sim, 40 * SECOND)).toBe(0);
      }),
      { numRuns: 60 },
    );
    for (const what of ['INIT', 'BACKUP', 'MASTER', 'suppressed', 'off']) expect(seen, what).toContain(what);
  });
});

function checkHost(
  host: Simulation['network']['hosts'] extends Map<string, infer H> ? H : never,
  seen: Set<string>,
): void {
  const { carp } = host;
  if (carp === null) return;
  if (!host.isOn) seen.add('off');
  for (const iface of carp.interfaces) {
    if (iface.state.isSuppressed) seen.add('suppressed');
    for (const { record, name } of iface.machines) {
      const { state, advert, down, downIpv6 } = record;
      seen.add(state);
      const where = `${host.name} ${name} ${state}`;
      expect(advert.isArmed, where).toBe(state === 'MASTER');
      expect(down.isArmed || downIpv6.isArmed, where).toBe(state === 'BACKUP');
      for (const { address } of iface.addresses)
        expect(host.ownerInterface(address)?.name, where).toBe(state === 'MASTER' ? iface.name : undefined);
      expect(iface.face.adminUp, where).toBe(state === 'MASTER');
    }
  }
}
