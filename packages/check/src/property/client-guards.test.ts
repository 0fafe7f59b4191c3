import { defineLab, Simulation } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { type Build, perturb, restoreIntoDirty, walker } from '../../../core/src/engine/guards.testing.js';
import { isDerived } from '../../../core/src/lab/guarded-lab.testing.js';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { withCoverage } from './asked-properties.js';
import { budgetsOf } from './budgets.js';
import { clientOutageWithin } from './client-outage-within.js';
import { keepsConnections } from './keeps-connections.js';
import { MonitorSet } from './monitor-set.js';
import { neverLoses } from './never-loses.js';

const target = '192.168.1.100:8080';
const PAIR = pairDesign(150, 100);
/** Connections of all kinds that live through a failover and back, or do not. */
const lab = defineLab({
  ...PAIR,
  nodes: {
    ...PAIR.nodes,
    c1: {
      address: '192.168.1.50/24',
      client: [
        { connect: target, hold: true, every: '700ms' },
        { connect: target, every: '300ms' },
        { connect: target, pool: { size: 2 }, every: '500ms', timeout: '600ms' },
        { request: target, every: '400ms' },
      ],
    },
  },
  schedule: [
    { at: '8s', do: 'power-off', node: 'n1' },
    { at: '15s', do: 'power-on', node: 'n1' },
    { at: '25s', do: 'unplug', node: 'n1' },
    { at: '26s', do: 'silent-cut', node: 'n2' },
  ],
  duration: '40s',
});
const PROPERTIES = withCoverage([
  keepsConnections({ except: ['power-off'] }),
  neverLoses({ atMost: 100 }),
  clientOutageWithin('5s'),
]);

const build: Build = ({ choices }) => {
  const sets: MonitorSet[] = [];
  const simulation = new Simulation(lab.plan, {
    choices,
    record: false,
    attach: (network) => {
      sets.push(new MonitorSet(network, budgetsOf(lab.design, lab.plan), PROPERTIES).listen());
    },
  });
  const { engine } = simulation.network;
  return { engine, trace: simulation.trace, roots: [simulation, ...sets], start() {} };
};

const started = (): ReturnType<Build> => build({ choices: lab.start().network.engine.choices });

describe('what the monitors know of clients is part of the state', () => {
  test('and there is something to know', () => {
    const built = started();
    built.engine.runUntil(40e9);
    const [monitors] = built.roots.filter((root) => root instanceof MonitorSet);
    expect(monitors?.violations.map(({ property }) => property)).toEqual([
      'keeps-connections',
      'client-outage-within-5s',
    ]);
    expect(monitors?.happening).toEqual([
      'a client connected',
      'a failover with a connection open',
      'a connection open at a cause',
      'a request outstanding at a cause',
      'a client served',
      'a failover after a client was served',
    ]);
  });

  test('nothing of it is undeclared', () => {
    const built = started();
    const watch = (look: () => void): void => {
      for (let part = 1; part <= 41; part++) {
        built.engine.runUntil(Math.floor((40e9 * part) / 41));
        look();
      }
    };
    const faults = walker([built.engine, ...built.roots], watch, isDerived);
    expect(faults.filter((fault) => fault.startsWith('MonitorSet'))).toEqual([]);
  });

  test.each([4, 9.2])('every word of it counts at %s s', { timeout: 90_000 }, (at) => {
    const built = started();
    built.engine.runUntil(Math.round(at * 1e9));
    expect(perturb(built.engine)).toEqual([]);
  });

  test.each([4, 8.7, 12.5, 27])('restored at %s s into another past it goes on alike', (at) => {
    const faults = restoreIntoDirty(build, { until: Math.round(at * 1e9), further: 10e9 });
    // When a request was sent is told in absolute time, and was before the other instant began.
    expect(faults.filter((fault) => !fault.includes('client.result'))).toEqual([]);
  });
});
