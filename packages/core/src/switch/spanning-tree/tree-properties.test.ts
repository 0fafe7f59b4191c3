import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, restoreState, SECOND, saveState } from '../../engine/index.js';
import type { Link } from '../../link/index.js';
import { SwitchPort } from '../switch-port.js';
import { BridgedLan, type BridgedLanOptions } from './bridged-lan.testing.js';
import type { SpanningTreeProtocol } from './index.js';

type Cable = readonly [number, number];

interface Topology {
  readonly count: number;
  readonly cables: readonly Cable[];
  readonly priorities: readonly number[];
  /** Of the first end's port of each cable. */
  readonly costs: readonly (number | undefined)[];
}

/** Any connected net of 2 to 5 bridges: a random tree, and up to five cables more, parallel ones too. */
const topologies: fc.Arbitrary<Topology> = fc
  .integer({ min: 2, max: 5 })
  .chain((count) => {
    const tree = fc.tuple(
      ...Array.from({ length: count - 1 }, (_, index) =>
        fc.integer({ min: 1, max: index + 1 }).map((to): Cable => [index + 2, to]),
      ),
    );
    const cable = fc
      .tuple(fc.integer({ min: 1, max: count }), fc.integer({ min: 1, max: count - 1 }))
      .map(([a, step]): Cable => [a, ((a + step - 1) % count) + 1]);
    return fc
      .tuple(tree, fc.array(cable, { maxLength: 5 }))
      .map(([own, more]) => ({ count, cables: [...own, ...more] }));
  })
  .chain(({ count, cables }) =>
    fc.record({
      count: fc.constant(count),
      cables: fc.constant(cables),
      priorities: fc.array(fc.constantFrom(0, 0x1000, 0x8000, 0xf000), {
        minLength: count,
        maxLength: count,
      }),
      costs: fc.array(fc.constantFrom(undefined, 1, 5, 20_000, 200_000), {
        minLength: cables.length,
        maxLength: cables.length,
      }),
    }),
  );

function lanOf(
  { count, cables, priorities, costs }: Topology,
  protocol: SpanningTreeProtocol,
  edge = false,
  timeScale = 1,
): BridgedLan {
  const ports: Record<string, NonNullable<BridgedLanOptions['ports']>[string]> = {};
  cables.forEach(([a, b], index) => {
    const parallel = cables
      .slice(0, index)
      .filter(([c, d]) => (c === a && d === b) || (c === b && d === a)).length;
    const cost = costs[index];
    const name = `sw${b}${parallel === 0 ? '' : `.${parallel + 1}`}`;
    if (cost !== undefined) ports[`sw${a}:${name}`] = { tree: { cost } };
  });
  for (let bridge = 1; edge && bridge <= count; bridge++)
    ports[`sw${bridge}:h${bridge}`] = { tree: { edge } };
  return new BridgedLan(count, cables, {
    protocol,
    timeScale,
    ports,
    tree: (bridge) => ({ priority: priorities[bridge - 1] ?? 0x8000 }),
  });
}

/** Which bridges hang together by some cables. */
function groupsOf(count: number, cables: readonly Cable[]): number[] {
  const group = Array.from({ length: count + 1 }, (_, index) => index);
  const find = (bridge: number): number =>
    group[bridge] === bridge ? bridge : find(group[bridge] as number);
  for (const [a, b] of cables) group[find(a)] = find(b);
  return group.map((_, bridge) => find(bridge));
}

const passes = ({ aToB }: Link): boolean =>
  [aToB.from, aToB.to].every((port) => port instanceof SwitchPort && port.forwards) && aToB.carriesNow;

/** Cables that pass frames, those of a loop included. */
const open = (lan: BridgedLan, cables: readonly Cable[]): Cable[] =>
  cables.filter((_, index) => passes(lan.trunks[index] as Link));

function hasLoop(lan: BridgedLan, { count, cables }: Topology): boolean {
  const used = open(lan, cables);
  const groups = new Set(groupsOf(count, used).slice(1));
  return used.length > count - groups.size;
}

/** Exactly one copy of a broadcast to everybody who can be reached, none to the others and to the sender. */
function expectTree(lan: BridgedLan, { count }: Topology, alive: readonly Cable[]): void {
  const groups = groupsOf(count, alive);
  for (let from = 1; from <= count; from++) {
    const expected = lan.stations.map((_, index) =>
      index + 1 !== from && groups[index + 1] === groups[from] ? 1 : 0,
    );
    expect(lan.copies(from)).toEqual(expected);
  }
}

/** Runs to an instant, event by event, and looks for a loop after each: for how long there was one, ns. */
function loopTime(lan: BridgedLan, topology: Topology, until: number): number {
  let changed = true;
  let since: number | null = null;
  let total = 0;
  lan.trace.listen(() => {
    changed = true;
  });
  while (lan.engine.runWhile(() => !changed, until)) {
    changed = false;
    const isLoop = hasLoop(lan, topology);
    if (since !== null && !isLoop) total += lan.engine.now - since;
    if (isLoop !== (since !== null)) since = isLoop ? lan.engine.now : null;
  }
  lan.at(until);
  return since === null ? total : total + until - since;
}

/**
 * How long each protocol needs at most, from a change to a tree: two forward delays, and until old news has aged. With
 * RSTP that may go round parallel cables until its age ends it, some 35 s.
 */
const PATIENCE: Readonly<Record<SpanningTreeProtocol, number>> = { rstp: 90 * SECOND, stp: 60 * SECOND };

/**
 * How long frames may circle. Rapid spanning tree is known for it where a bridge has lost the root and old news of it
 * comes round another way, faster than the limit on BPDUs lets the truth pass (Elmeleegy, Cox, Ng: "On Count-to-Infinity
 * Induced Forwarding Loops in Ethernet Networks", INFOCOM 2006).
 */
const LOOPS: Readonly<Record<SpanningTreeProtocol, number>> = { rstp: 5 * SECOND, stp: 0 };

describe.each(['rstp', 'stp'] as const)('%s on any connected net of up to five bridges', (protocol) => {
  const patience = PATIENCE[protocol];

  test('settles in a tree: no loop at any instant, everybody is reached once', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const lan = lanOf(topology, protocol);
        expect(loopTime(lan, topology, patience)).toBe(0);
        expect(open(lan, topology.cables)).toHaveLength(topology.count - 1);
        expectTree(lan, topology, topology.cables);
      }),
      { numRuns: 40 },
    );
  });

  test('any one cable is pulled, and plugged again: still no loop, and a tree of what is left', () => {
    let blackouts = 0;
    let looped = 0;
    fc.assert(
      fc.property(topologies, fc.nat(9), fc.boolean(), (topology, which, isPort) => {
        const lan = lanOf(topology, protocol);
        lan.at(patience);
        const index = which % topology.cables.length;
        const trunk = lan.trunk(index + 1);
        const port = trunk.aToB.from as SwitchPort;
        if (isPort) port.setAdmin(false);
        else trunk.unplug();
        const alive = topology.cables.filter((_, other) => other !== index);
        looped = Math.max(looped, loopTime(lan, topology, lan.engine.now + patience));
        expectTree(lan, topology, alive);
        if (new Set(groupsOf(topology.count, alive).slice(1)).size > 1) blackouts++;
        if (isPort) port.setAdmin(true);
        else trunk.plug();
        looped = Math.max(looped, loopTime(lan, topology, lan.engine.now + patience));
        expectTree(lan, topology, topology.cables);
      }),
      { numRuns: 40 },
    );
    expect(looped).toBeLessThanOrEqual(LOOPS[protocol]);
    // Some of the cables were the only way, most were not.
    expect(blackouts).toBeGreaterThan(0);
    expect(blackouts).toBeLessThan(40);
  });

  test('any one bridge loses its power, and gets it back: its cables come up all at once, and still there is no loop', () => {
    fc.assert(
      fc.property(topologies, fc.nat(4), (topology, which) => {
        const lan = lanOf(topology, protocol).at(patience);
        const number = (which % topology.count) + 1;
        lan.bridge(number).powerOff();
        lan.at(lan.engine.now + patience);
        const alive = topology.cables.map(
          ([a, b]): Cable => (a === number || b === number ? [a, a] : [a, b]),
        );
        expectTree(lan, topology, alive);
        lan.bridge(number).powerOn();
        expect(loopTime(lan, topology, lan.engine.now + patience)).toBe(0);
        expectTree(lan, topology, topology.cables);
      }),
      { numRuns: 40 },
    );
  });

  test('saved in the midst of convergence: the same future, also in a lan of another past', () => {
    fc.assert(
      fc.property(
        topologies,
        fc.integer({ min: 0, max: 40_000 }),
        fc.nat(9),
        (topology, milliseconds, which) => {
          const index = (which % topology.cables.length) + 1;
          const finish = (lan: BridgedLan): unknown => {
            lan.trace.truncate(0);
            lan.trunk(index).unplug();
            lan.at(lan.engine.now + 20 * SECOND);
            return [lan.trace.events, digestOf(saveState(lan.engine))];
          };
          const lan = lanOf(topology, protocol).at(milliseconds * 1_000_000);
          const saved = saveState(lan.engine);
          const expected = finish(lan);
          const dirty = lanOf(topology, protocol).at(17 * SECOND);
          dirty.trunk(1).unplug();
          dirty.bridge(1).powerOff();
          dirty.at(19 * SECOND);
          restoreState(dirty.engine, saved);
          expect(digestOf(saveState(dirty.engine))).toBe(digestOf(saved));
          expect(finish(dirty)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe.each(['rstp', 'stp'] as const)('%s reads no clock', (protocol) => {
  test('with all spans doubled the same happens at doubled instants', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const story = (timeScale: number): unknown => {
          const lan = lanOf(topology, protocol, false, timeScale).at(7 * SECOND * timeScale);
          lan.trunk(1).unplug();
          lan
            .at(33 * SECOND * timeScale)
            .trunk(1)
            .plug();
          lan.at(50 * SECOND * timeScale);
          return lan.trace.events.map((event) => ({ ...event, time: event.time / timeScale }));
        };
        expect(story(2)).toEqual(story(1));
      }),
      { numRuns: 15 },
    );
  });
});

test('stp: old news of a root that has gone grows older on its way, so that it does not circle for ever', () => {
  const topology: Topology = {
    count: 5,
    cables: [
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 3],
      [5, 3],
      [3, 1],
    ],
    priorities: [4096, 4096, 61_440, 0, 0],
    costs: [],
  };
  const lan = lanOf(topology, 'stp').at(60 * SECOND);
  // sw4, the root, is on this cable alone.
  lan.trunk(3).unplug();
  expect(loopTime(lan, topology, 120 * SECOND)).toBe(0);
  expectTree(lan, topology, topology.cables.toSpliced(2, 1));
});

describe('rapid spanning tree is rapid', () => {
  test('where another way is left, a pulled cable of the tree costs less than a millisecond, but for rare cases', () => {
    let detours = 0;
    let slow = 0;
    fc.assert(
      fc.property(topologies, fc.nat(9), (topology, which) => {
        const lan = lanOf(topology, 'rstp', true).at(40 * SECOND);
        const index = which % topology.cables.length;
        const wasOpen = passes(lan.trunk(index + 1));
        const alive = topology.cables.filter((_, other) => other !== index);
        // A part that loses its root counts up first what it still believes of it: that takes seconds.
        fc.pre(new Set(groupsOf(topology.count, alive).slice(1)).size === 1);
        lan.trunk(index + 1).unplug();
        lan.at(lan.engine.now + 1_000_000);
        const reached = lan.copies(1).filter((copies) => copies === 1).length;
        if (wasOpen) detours++;
        if (reached === topology.count - 1) return;
        // Stale news of the root may circle and age hop by hop ("count to infinity"), at a BPDU a second.
        slow++;
        lan.at(lan.engine.now + 20 * SECOND);
        expectTree(lan, topology, alive);
      }),
      { numRuns: 200 },
    );
    expect(detours).toBeGreaterThan(20);
    expect(slow).toBeLessThan(detours / 10);
  });
});
