import { describe, expect, test } from 'vitest';
import { doubledTime, perturb, restoreIntoDirty, sameTwice, walker } from '../engine/guards.testing.js';
import type { LabDesign } from './design.js';
import { buildOf, isDerived } from './guarded-lab.testing.js';
import { defineLab } from './index.js';
import { conf, node, PAIR, VIP } from './pair.fixture.js';

/** 150 and 100, ready at the first instant, on one switch. */
const bootPair = (ports: object): LabDesign => ({
  ...PAIR,
  nodes: {
    sw1: { kind: 'switch', spanningTree: 'stp', ports: ports as never },
    n1: { address: '192.168.1.11/24', keepalived: { conf: conf(150), ready: '0ms' } },
    n2: { address: '192.168.1.12/24', keepalived: { conf: conf(100), ready: '0ms' } },
  },
  duration: '60s',
});

describe('a pair that boots on ports of a spanning tree (case 12)', () => {
  test('without edge both are master from 3.414 s and 3.609 s to the advert of 30.414 s', () => {
    const run = defineLab(bootPair({})).run();
    const masters = run.trace.filter('vrrp.state').filter(({ to }) => to === 'MASTER');
    const seconds = (time: number): number => Math.round(time / 1e6) / 1000;
    expect(masters.map(({ node: name, time }) => [name, seconds(time)])).toEqual([
      ['n1', 3.414],
      ['n2', 3.609],
    ]);
    const [dual] = run.report.vip(VIP).dual;
    expect([seconds(dual?.from ?? 0), seconds(dual?.to ?? 0)]).toEqual([3.609, 30.414]);
    expect(seconds((dual?.to ?? 0) - (dual?.from ?? 0))).toBe(26.805);
  });

  test('with edge ports there is one master', () => {
    const run = defineLab(bootPair({ n1: { edge: true }, n2: { edge: true } })).run();
    expect(run.report.vip(VIP).dual).toEqual([]);
  });
});

/** Everything that a switch can do beside forwarding, with a fault every few seconds. */
const busy = (spanningTree: 'stp' | 'rstp'): LabDesign => ({
  name: `busy-${spanningTree}`,
  nodes: {
    sw1: {
      kind: 'switch',
      spanningTree,
      priority: 4096,
      forwardDelay: '4s',
      snooping: { querier: true },
      stormControl: { broadcast: 50 },
      ports: { n1: { edge: true }, c1: { edge: 'auto' } },
    },
    sw2: {
      kind: 'switch',
      spanningTree,
      forwardDelay: '4s',
      snooping: { querier: '192.168.1.2', filterWithoutQuerier: true },
      bonds: { trunk: { ports: ['x', 'y'], hash: 'layer3+4' } },
      ports: { n2: { edge: true, security: { maximum: 1, violation: 'restrict' } } },
    },
    sw3: {
      kind: 'switch',
      spanningTree,
      bonds: { trunk: { ports: ['x', 'y'] } },
      arpInspection: { bindings: { '192.168.1.13': '02:00:c0:a8:01:0d' }, rate: 40 },
      ports: { a: { trusted: true }, x: { trusted: true }, y: { trusted: true }, n3: { bpduGuard: true } },
    },
    n1: node(11, 150, '60ms'),
    n2: node(12, 140, '80ms'),
    n3: node(13, 130, '80ms', 'use_vmac'),
    c1: { address: '192.168.1.50/24', client: { request: `${VIP}:8080`, every: '110ms' } },
  },
  links: [
    ['n1', 'sw1'],
    ['n2', 'sw2'],
    ['n3', 'sw3'],
    ['c1', 'sw1'],
    { between: ['sw1:a', 'sw2:a'], carrier: { down: '10ms', up: '200ms' } },
    ['sw1:b', 'sw3:a'],
    ['sw2:x', 'sw3:x'],
    { between: ['sw2:y', 'sw3:y'], bandwidth: '100Mbit/s', queue: 100_000 },
  ],
  schedule: [
    { at: '20s', do: 'power-off', node: 'n1' },
    { at: '25s', do: 'power-off', node: 'sw1' },
    { at: '31s', do: 'power-on', node: 'sw1' },
    { at: '33s', do: 'power-on', node: 'n1' },
    { at: '45s', do: 'unplug', node: 'n2' },
    { at: '50s', do: 'plug', node: 'n2' },
    { at: '55s', do: 'power-off', node: 'sw3' },
    { at: '60s', do: 'power-on', node: 'sw3' },
  ],
  duration: '75s',
});

describe.each(['stp', 'rstp'] as const)(
  'a lab of three %s switches in which everything happens',
  (protocol) => {
    const lab = defineLab(busy(protocol));
    const build = buildOf(lab.plan);
    const seconds = 1e9;

    test('does show it, and never loops', () => {
      const run = lab.run();
      expect(run.until).toBe(75 * seconds);
      for (const name of [
        'stp.port',
        'stp.root',
        'stp.topology-change',
        'vrrp.state',
        'cam.forgotten',
      ] as const)
        expect(run.trace.filter(name).length, name).toBeGreaterThan(5);
      expect(
        run.trace.filter('switch.violation').length + run.trace.filter('arp.failed').length,
      ).toBeGreaterThan(0);
      expect(
        run.trace.filter('client.result').filter(({ result }) => result === 'ok').length,
      ).toBeGreaterThan(50);
    });

    test('the same twice, as bytes too', () => {
      expect(sameTwice(build, { until: 75 * seconds })).toEqual([]);
      expect(lab.run({ asBytes: true }).digest).toBe(lab.run().digest);
    });

    test('nothing mutable but what is declared', () => {
      const simulation = lab.start();
      const run = (look: () => void): void => {
        for (let part = 1; part <= 101; part++) {
          simulation.runUntil(Math.floor((75 * seconds * part) / 101));
          look();
        }
      };
      expect(walker([simulation], run, isDerived)).toEqual([]);
    });

    test.each([3.3, 25.5, 57.1])('at %f s each word is in the digest and comes back', (at) => {
      const { engine } = lab.start().runUntil(at * seconds).network;
      // The made-up words are no routes and no cables, so nothing is worked out of them.
      engine.afterRestore.length = 0;
      expect(perturb(engine)).toEqual([]);
    });

    test.each([0.0001, 3.3, 33.4])(
      'saved at %f s, in the midst of convergence, restored into other pasts',
      (at) => {
        const faults = restoreIntoDirty(build, { until: at * seconds, further: 30 * seconds });
        // When a request was sent is told in absolute time, and was before the other instant began.
        expect(faults.filter((fault) => !fault.includes('client.result'))).toEqual([]);
      },
    );

    test('in doubled time the same happens at doubled instants', () => {
      expect(doubledTime(build, { until: 75 * seconds })).toEqual([]);
    });
  },
);
