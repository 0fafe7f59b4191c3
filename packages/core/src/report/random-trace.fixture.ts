import fc from 'fast-check';
import { MILLISECOND, SECOND } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { carpVip, HandMadeCarp } from './hand-made-carp.fixture.js';
import { HandMadeConnection } from './hand-made-connection.fixture.js';
import { pairFacts, vipFacts, WRITE } from './hand-made-trace.fixture.js';
import type { RunFacts } from './run-facts.js';

const NODES = ['n1', 'n2', 'n3'] as const;

const CARP_EVENTS = [
  'advert',
  'farewell',
  'demoted',
  'rejected',
  ['BACKUP', 'start'],
  ['BACKUP', 'equal-advert'],
  ['BACKUP', 'less-demoted'],
  ['MASTER', 'timeout'],
  ['MASTER', 'preempts'],
  ['MASTER', 'will-time-out'],
  ['INIT', 'link-down'],
] as const;

/** A run in which anything may happen to one VIP of three nodes and one client, sensible or not. */
export const anyRun: fc.Arbitrary<{ readonly facts: RunFacts; readonly events: readonly TraceEvent[] }> = fc
  .record({
    duration: fc.integer({ min: 1, max: 60 * SECOND }),
    owners: fc.array(fc.tuple(fc.integer({ min: 0, max: 60 * SECOND }), fc.subarray([...NODES])), {
      maxLength: 14,
    }),
    // Steps of 0.1 ms make states that are just within or just over the dual budget.
    brief: fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.subarray([...NODES])), { maxLength: 8 }),
    landings: fc.array(fc.tuple(fc.integer({ min: 0, max: 60 * SECOND }), fc.constantFrom(...NODES, null)), {
      maxLength: 14,
    }),
    causes: fc.array(fc.tuple(fc.integer({ min: 0, max: 60 * SECOND }), fc.boolean()), { maxLength: 6 }),
    power: fc.array(
      fc.tuple(fc.integer({ min: 0, max: 60 * SECOND }), fc.constantFrom(...NODES), fc.boolean()),
      { maxLength: 6 },
    ),
    carp: fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 60 * SECOND }),
        fc.constantFrom(...NODES),
        fc.constantFrom(...CARP_EVENTS),
        fc.constantFrom(...NODES, null),
      ),
      { maxLength: 20 },
    ),
    tcp: fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 60 * SECOND }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('open', 'dial', 'ok', 'lost', 'again', 'rst', 'reset', 'closed', 'gone'),
        fc.constantFrom('c1', ...NODES),
      ),
      { maxLength: 20 },
    ),
  })
  .map(({ duration, owners, brief, landings, causes, power, carp, tcp }) => {
    const trace = new HandMadeCarp({ n1: 0, n2: 100, n3: 100 });
    for (const [time, set] of owners) trace.owners(time, WRITE, ...set);
    for (const [step, set] of brief) trace.owners(10 * SECOND + (step * MILLISECOND) / 10, WRITE, ...set);
    for (const [time, node] of landings) trace.lands(time, 'c1', WRITE, node);
    for (const [time, disruptive] of causes)
      trace.cause(time, disruptive ? 'power-off' : 'arping', 'n1', '', disruptive);
    for (const [time, node, on] of power) trace.add(time, 'node.power', node, { on });
    for (const [time, node, what, peer] of carp) {
      if (what === 'advert') trace.advert(time, node);
      else if (what === 'farewell') trace.advert(time, node, { advbase: 255, advskew: 255 });
      else if (what === 'demoted')
        trace.add(time, 'carp.demotion', node, { scope: 'carp', from: 0, to: 1, reason: 'carpdev' });
      else if (what === 'rejected')
        trace.add(time, 'carp.rejected', node, { instance: null, vhid: 1, from: 'x', reason: 'badauth' });
      else trace.enters(time, node, what[0], what[1], peer);
    }
    for (const [time, number, what, node] of tcp) {
      const it = new HandMadeConnection(trace, number, `${WRITE}:5432`);
      if (what === 'open') it.opens(time, node === 'c1' ? 'n1' : node);
      else if (what === 'dial') it.opens(time, null);
      else if (what === 'ok') it.result(time, time + MILLISECOND, 'ok', { by: node });
      else if (what === 'lost') it.result(time, time + SECOND, 'reset');
      else if (what === 'again') it.again(node, 'timeout', time);
      else if (what === 'rst') it.resetSent(time, node, 'no-connection');
      else if (what === 'reset') it.reset(time, node);
      else if (what === 'closed') it.closes(time, node).changes(time, 'closed');
      else it.fails(time, node, 'ETIMEDOUT').changes(time, 'timeout');
    }
    const vip =
      carp.length > 0
        ? { ...carpVip({ n1: 0, n2: 100, n3: 100 }), address: WRITE }
        : vipFacts(WRITE, 'VI_1', { n1: 150, n2: 100, n3: 50 });
    const facts = pairFacts({ duration, vips: [vip] });
    return { facts, events: trace.events };
  });
