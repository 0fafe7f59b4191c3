import {
  defineLab,
  factsOf,
  type Lab,
  type LabDesign,
  reportOf,
  type Simulation,
  tryParseCidr,
  tryParseIpv4,
} from '@viplab/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { confOf } from '../counterexample/pair.fixture.js';
import { budgetsOf } from './budgets.js';
import { flapFree } from './flap-free.js';
import { MonitorSet } from './monitor-set.js';

const VIP = '192.168.1.100';
const HOLDERS = ['n1', 'n2', 'n3'] as const;

/** Three holders whose daemons do not run, and a client that asks nothing: owners and landings are what a script says. */
const DESIGN: LabDesign = {
  name: 'scripted',
  nodes: {
    ...Object.fromEntries(
      HOLDERS.map((name, index) => [
        name,
        {
          address: `192.168.1.${11 + index}/24`,
          keepalived: { conf: confOf(100), file: `${name}/keepalived.conf`, autostart: false },
        },
      ]),
    ),
    c1: { address: '192.168.1.50/24', client: { request: `${VIP}:8080`, from: '1h' } },
  },
  duration: '2h',
};

type Step =
  /** A node takes the address, or gives it up. */
  | { readonly what: 'toggle'; readonly node: (typeof HOLDERS)[number] }
  /** The client learns that the address is at a node. */
  | { readonly what: 'learn'; readonly node: (typeof HOLDERS)[number] }
  /** Something disruptive that changes nothing, and something that is a cause and pays for nothing. */
  | { readonly what: 'fault' }
  | { readonly what: 'flush' };

const node = fc.constantFrom(...HOLDERS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: node.map((name): Step => ({ what: 'toggle', node: name })) },
  { weight: 4, arbitrary: node.map((name): Step => ({ what: 'learn', node: name })) },
  { weight: 2, arbitrary: fc.constant<Step>({ what: 'fault' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ what: 'flush' }) },
);

/** About the dual budget (0.2 ms), the headless budget (3.61 s) and the settling time (4.8 s), in whole µs. */
const gap = fc.constantFrom(
  10,
  50,
  120,
  190,
  210,
  350,
  700,
  50_000,
  1_500_000,
  3_600_000,
  3_620_000,
  4_700_000,
  5_000_000,
);

const script = fc.array(fc.record({ step, gap }), { minLength: 3, maxLength: 24 });

/** From n1 to n2 to n3 and back, in 2 ms: three handovers, and the starts of three nodes pay for two. */
const ROUND: { step: Step; gap: number }[] = [
  { step: { what: 'toggle', node: 'n1' }, gap: 10 },
  { step: { what: 'toggle', node: 'n2' }, gap: 350 },
  { step: { what: 'toggle', node: 'n1' }, gap: 10 },
  { step: { what: 'toggle', node: 'n3' }, gap: 350 },
  { step: { what: 'toggle', node: 'n2' }, gap: 10 },
  { step: { what: 'toggle', node: 'n1' }, gap: 350 },
  { step: { what: 'toggle', node: 'n3' }, gap: 10 },
];

const lab: Lab = defineLab(DESIGN);

function perform(simulation: Simulation, act: Step): void {
  const { network } = simulation;
  const cidr = tryParseCidr(`${VIP}/24`);
  const address = tryParseIpv4(VIP);
  if (cidr === undefined || address === undefined) throw new RangeError(VIP);
  switch (act.what) {
    case 'toggle': {
      const host = network.host(act.node);
      const face = host.interface('eth0');
      if (face === undefined) throw new RangeError(`${act.node} has no eth0`);
      if (host.owns(address)) host.removeAddress(face, address);
      else host.addAddress(face, cidr);
      break;
    }
    case 'learn': {
      const mac = network.host(act.node).interface('eth0')?.mac;
      if (mac !== undefined)
        network.host('c1').interface('eth0')?.neighbours.learn(address, mac, false, true);
      break;
    }
    case 'fault':
      simulation.perform({ do: 'create-file', node: 'n1', file: '/tmp/nothing' });
      break;
    case 'flush':
      simulation.perform({ do: 'flush-neighbours', node: 'c1' });
      break;
  }
  // As after an event: everybody looks.
  network.engine.afterEvent?.();
}

const WORDS: Readonly<Record<string, string>> = {
  'no-flap': 'flap',
  'no-flux': 'flux',
  'single-owner': 'dual',
  'not-headless': 'headless',
};

test('of any sequence of owners, landings and causes the monitors say what the report says', {
  timeout: 120_000,
}, () => {
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(script, (lines) => {
      const sets: MonitorSet[] = [];
      const simulation = lab.start({
        attach: (network) => {
          sets.push(new MonitorSet(network, budgetsOf(lab.design, lab.plan), flapFree()).listen());
        },
      });
      let at = 0;
      for (const line of lines) {
        at += line.gap * 1_000;
        simulation.runUntil(at);
        perform(simulation, line.step);
      }
      // No transient state is to be cut short by the end.
      const end = at + 600_000;
      simulation.runUntil(end);
      const { verdict } = reportOf(simulation.trace.events, factsOf(lab.design, lab.plan, 1, end));
      const said = (sets[0]?.violations ?? []).flatMap(({ property }) => WORDS[property] ?? []);
      const words = verdict.words.filter((word) => Object.values(WORDS).includes(word));
      expect(said.sort(), JSON.stringify(verdict.findings)).toEqual([...words].sort());
      for (const word of verdict.words) counts.set(word, (counts.get(word) ?? 0) + 1);
    }),
    { numRuns: 1500, seed: 3, examples: [[ROUND]] },
  );
  for (const word of ['no-flap', ...Object.values(WORDS)])
    expect(counts.get(word) ?? 0, JSON.stringify([...counts])).toBeGreaterThan(10);
});
