import { describe, expect, test } from 'vitest';
import { doubledTime, perturb, restoreIntoDirty, sameTwice, walker } from '../../engine/guards.testing.js';
import { buildOf, isDerived } from '../guarded-lab.testing.js';
import { Simulation } from '../simulation.js';
import { type BenchLab, type BenchNode, benchPlan } from './carp-lab.testing.js';

/** CARP in all its ways on two LANs, and a fault every other second. */
const node = (system: BenchNode['system'], advskew: number, more: Partial<BenchNode> = {}): BenchNode => ({
  ...(system === undefined ? {} : { system }),
  sysctl: { preempt: true },
  vhids: [
    { vhid: 1, advskew, addresses: ['192.0.2.1/24', '2001:db8::1/64'] },
    { vhid: 2, advskew: 200 - advskew, parent: 'em1', addresses: ['198.51.100.1/24'] },
  ],
  ...more,
});
const BUSY: BenchLab = {
  nodes: {
    A: node('openbsd', 0, { carp: { rc: 4e9 } }),
    B: node('openbsd', 100, { carp: { timers: 'ticks' } }),
    C: node('freebsd', 150, { carp: { ready: { min: 30e6, max: 90e6 } } }),
    D: node('freebsd-13', 240),
    E: {
      system: 'freebsd',
      vhids: [{ vhid: 9, addresses: ['192.0.2.9/24'], vrrp: { priority: 120, intervalCs: 70 } }],
    },
    F: {
      system: 'freebsd',
      sysctl: { preempt: true },
      vhids: [{ vhid: 9, addresses: ['192.0.2.9/24'], vrrp: { priority: 90, intervalCs: 50 } }],
    },
  },
  lab: {
    nodes: {
      c1: { address: '192.0.2.50/24', client: { request: '192.0.2.1:8080', every: '90ms' } },
    },
    links: [{ between: ['c1', 'sw1'], loss: '2%', delay: ['40us', '900us'] }],
    duration: '40s',
  },
  schedule: [
    { at: '6s', do: 'carp-demote', node: 'A', by: 1 },
    { at: '8s', do: 'set-sysctl', node: 'C', sysctl: 'net.inet.carp.demotion', value: 100 },
    { at: '9s', do: 'carp-demote', node: 'A', by: -1 },
    { at: '10s', do: 'send-errors', node: 'A', interface: 'em0' },
    { at: '14s', do: 'send-errors', node: 'A', interface: 'em0', failing: false },
    { at: '15s', do: 'unplug', node: 'B', interface: 'em1' },
    { at: '17s', do: 'plug', node: 'B', interface: 'em1' },
    { at: '18s', do: 'add-address', node: 'C', vhid: 1, address: '192.0.2.77/32' },
    { at: '19s', do: 'interface-down', node: 'A', interface: 'carp0' },
    { at: '21s', do: 'carp-state', node: 'B', state: 'backup', vhid: 1 },
    { at: '22s', do: 'interface-up', node: 'A', interface: 'carp0' },
    { at: '23s', do: 'freeze', node: 'B' },
    { at: '27s', do: 'thaw', node: 'B' },
    { at: '28s', do: 'set-sysctl', node: 'C', sysctl: 'net.inet.carp.allow', value: 0 },
    { at: '29s', do: 'shutdown', node: 'A' },
    { at: '32s', do: 'set-sysctl', node: 'C', sysctl: 'net.inet.carp.allow', value: 1 },
    { at: '34s', do: 'power-on', node: 'A' },
  ],
};
const plan = benchPlan(BUSY);
const build = buildOf(plan);
const INSTANTS = [6.0004, 11.3, 19.7, 24.9, 30.1];

describe('a lab with CARP in all its ways', () => {
  test('does show it', () => {
    const { trace } = new Simulation(plan).runUntil('40s');
    const reasons = new Set(trace.filter('carp.state').map(({ reason }) => reason));
    for (const reason of [
      'start',
      'timeout',
      'preempts',
      'better-advert',
      'demoted-master',
      'link-down',
      'link-up',
      'address-changed',
      'interface-down',
      'interface-up',
      'forced',
      'disallowed',
      'allowed',
    ] as const)
      expect(reasons, reason).toContain(reason);
    expect(trace.filter('carp.demotion').length).toBeGreaterThan(8);
    expect(trace.filter('carp.rejected').some(({ reason }) => reason === 'badauth')).toBe(true);
    expect(trace.filter('daemon.log').length).toBeGreaterThan(20);
  });

  test.each([1, 2, 3])('seed %i: the same twice', (seed) => {
    expect(sameTwice(build, { until: 40e9, seed })).toEqual([]);
  });

  test('nothing mutable but what is declared', () => {
    const simulation = new Simulation(plan);
    const run = (look: () => void): void => {
      for (let part = 1; part <= 97; part++) {
        simulation.runUntil(Math.floor((40e9 * part) / 97));
        look();
      }
    };
    expect(walker([simulation], run, isDerived)).toEqual([]);
  });

  test.each(INSTANTS)('at %f s each word is in the digest and comes back', (at) => {
    const { engine } = new Simulation(plan).runUntil(at * 1e9).network;
    engine.afterRestore.length = 0;
    expect(perturb(engine)).toEqual([]);
  });

  test.each(INSTANTS)('saved at %f s, restored into simulations of other pasts', (at) => {
    const simulation = new Simulation(plan).runUntil(at * 1e9);
    const snapshot = simulation.save();
    const whole = new Simulation(plan).runUntil('40s');
    for (const past of [0, 22.2e9]) {
      const dirty = new Simulation(plan).runUntil(past).restore(snapshot);
      expect(dirty.stateDigest).toBe(simulation.stateDigest);
      expect(dirty.runUntil('40s').traceDigest(), `${past}`).toBe(whole.traceDigest());
    }
  });

  test('restored at another instant it goes on alike', () => {
    const atAnother = restoreIntoDirty(build, { until: 14.5e9, further: 15e9 });
    expect(atAnother.filter((fault) => !fault.includes('client.result'))).toEqual([]);
  });

  test('in doubled time the same happens at doubled instants', () => {
    expect(doubledTime(build, { until: 40e9 })).toEqual([]);
  });

  test('as bytes the same happens', () => {
    const digest = new Simulation(plan).runUntil('40s').traceDigest();
    expect(new Simulation(plan, { asBytes: true }).runUntil('40s').traceDigest()).toBe(digest);
  });
});
