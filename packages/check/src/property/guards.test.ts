import { defineLab, type LabDesign, Simulation } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import {
  type Build,
  doubledTime,
  perturb,
  restoreIntoDirty,
  walker,
} from '../../../core/src/engine/guards.testing.js';
import { isDerived } from '../../../core/src/lab/guarded-lab.testing.js';
import { always } from './always.js';
import { budgetsOf } from './budgets.js';
import { coverage } from './coverage.js';
import { eventually } from './eventually.js';
import { failoverWithin } from './failover-within.js';
import { flapFree } from './flap-free.js';
import { MonitorSet } from './monitor-set.js';

const conf = (priority: number): string => `
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    garp_master_refresh 2
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;

/** Every property has something to remember: two owners for long, nobody, flux, a client astray, causes that overlap. */
const TROUBLED: LabDesign = {
  name: 'troubled',
  nodes: {
    sw1: { kind: 'switch' },
    n1: { address: '192.168.1.11/24', keepalived: conf(150) },
    n2: { address: '192.168.1.12/24', keepalived: conf(150), start: '300ms' },
    n3: { address: '192.168.1.13/24', keepalived: conf(100) },
    c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080', every: '230ms' } },
  },
  schedule: [
    { at: '8s', do: 'power-off', node: 'n2' },
    { at: '9s', do: 'unplug', node: 'n3' },
    { at: '10s', do: 'plug', node: 'n3' },
    { at: '14s', do: 'power-on', node: 'n2' },
    { at: '20s', do: 'drop-multicast', node: 'sw1' },
    { at: '31s', do: 'heal' },
    { at: '33s', do: 'stop', node: 'n1', daemon: 'keepalived' },
    { at: '33.5s', do: 'stop', node: 'n2', daemon: 'keepalived' },
    { at: '34s', do: 'stop', node: 'n3', daemon: 'keepalived' },
    { at: '42s', do: 'start', node: 'n3', daemon: 'keepalived' },
    { at: '46s', do: 'start', node: 'n1', daemon: 'keepalived' },
    { at: '51s', do: 'power-off', node: 'n3' },
    { at: '52s', do: 'silent-cut', node: 'n1' },
  ],
  duration: '60s',
};

const lab = defineLab(TROUBLED);
const vips = budgetsOf(lab.design, lab.plan);
const PROPERTIES = [
  ...flapFree(),
  failoverWithin('2s'),
  always('n3 never owns it', (net) => !net.vip('192.168.1.100').owners.includes('n3')),
  always('n1 owns it', (net) => net.vip('192.168.1.100').owner?.name === 'n1', { when: 'settled' }),
  eventually('n2 owns it', (net) => net.vip('192.168.1.100').owner?.name === 'n2', { within: '2s' }),
  ...coverage(vips),
];

/** A build that says in the trace what the monitors say first, for comparing runs that are not restored. */
const telling: Build = (options) => {
  const built = build(options);
  const { engine, trace, roots } = built;
  const { afterEvent } = engine;
  const said = new Set<string>();
  engine.afterEvent = () => {
    afterEvent?.();
    for (const monitors of roots)
      if (monitors instanceof MonitorSet)
        for (const { property, message } of monitors.violations) {
          if (said.has(property)) continue;
          said.add(property);
          trace.emit('daemon.log', 'lab', { daemon: property, line: message });
        }
  };
  return built;
};

const build: Build = ({ choices, timeScale }) => {
  const sets: MonitorSet[] = [];
  const simulation = new Simulation(lab.plan, {
    choices,
    record: false,
    ...(timeScale === undefined ? {} : { timeScale }),
    attach: (network) => {
      sets.push(new MonitorSet(network, vips, PROPERTIES).listen());
    },
  });
  const { engine } = simulation.network;
  return { engine, trace: simulation.trace, roots: [simulation, ...sets], start() {} };
};

const INSTANTS = [0.5, 3.47, 8.2, 12, 23.8, 26, 31.5, 36, 45, 54];

describe('the monitors are part of the state', () => {
  test('the lab is troubled enough', () => {
    const sets: MonitorSet[] = [];
    const happened = new Set<string>();
    const simulation = lab.start({
      attach: (network) => {
        sets.push(new MonitorSet(network, vips, PROPERTIES).listen());
      },
    });
    simulation.runWhile(() => {
      for (const name of sets[0]?.happening ?? []) happened.add(name);
      return true;
    }, 60e9);
    expect(sets[0]?.violations.map(({ property }) => property).sort()).toEqual(
      PROPERTIES.filter(({ quantifier, name }) => quantifier === 'always' && name !== 'no-flap')
        .map(({ name }) => name)
        .sort(),
    );
    expect([...happened].sort()).toEqual(
      coverage(vips)
        .map(({ name }) => name)
        .sort(),
    );
  });

  test('nothing of them is undeclared', () => {
    const built = build({ choices: lab.start().network.engine.choices });
    const watch = (look: () => void): void => {
      for (let part = 1; part <= 61; part++) {
        built.engine.runUntil(Math.floor((60e9 * part) / 61));
        look();
      }
    };
    const faults = walker([built.engine, ...built.roots], watch, isDerived);
    // The streams of chance; their positions are the engine's.
    expect(faults.filter((fault) => !fault.includes('.options.choices.'))).toEqual([]);
  });

  test.each(INSTANTS)('every word of them counts at %s s', (at) => {
    const built = build({ choices: lab.start().network.engine.choices });
    built.engine.runUntil(Math.round(at * 1e9));
    expect(perturb(built.engine)).toEqual([]);
  });

  test.each(INSTANTS)('restored at %s s into other pasts they go on alike', (at) => {
    const faults = restoreIntoDirty(build, { until: Math.round(at * 1e9), further: 10e9 });
    // When a request was sent is told in absolute time, and was before the other instant began.
    expect(faults.filter((fault) => !fault.includes('client.result'))).toEqual([]);
  });

  test('in doubled time they say the same at doubled instants', () => {
    expect(doubledTime(telling, { until: 60e9 })).toEqual([]);
  });
});
