import { defineLab, type LabDesign, type Report, SECOND } from '@viplab/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectionsOfClients, deathOf, lostRequests } from '../counterexample/client-harm.js';
import { budgetsOf } from './budgets.js';
import { clientOutageWithin } from './client-outage-within.js';
import { keepsConnections } from './keeps-connections.js';
import { MonitorSet } from './monitor-set.js';
import { neverLoses } from './never-loses.js';
import type { Violation } from './property.js';
import { randomClientDesign } from './random-lab.fixture.js';

/** Longer than a failover of these labs takes, so that some outages are longer and some are not. */
const LIMIT = 3 * SECOND;
const OUTAGE = 'client-outage-within-3s';

function watched(design: LabDesign, seed: number): { report: Report; said: ReadonlyMap<string, Violation> } {
  const lab = defineLab(design);
  const sets: MonitorSet[] = [];
  const properties = [keepsConnections(), neverLoses(), clientOutageWithin('3s')];
  const run = lab.run({
    seed,
    attach: (network) => {
      sets.push(new MonitorSet(network, budgetsOf(lab.design, lab.plan), properties).listen());
    },
  });
  const violations = sets.flatMap((set) => set.violations);
  return { report: run.report, said: new Map(violations.map((each) => [each.property, each])) };
}

test('what the monitors say of clients is what the report says', { timeout: 180_000 }, () => {
  const counts = { lost: 0, kept: 0, broken: 0, out: 0, short: 0 };
  fc.assert(
    fc.property(randomClientDesign, fc.integer({ min: 1, max: 1_000_000 }), (design, seed) => {
      const { report, said } = watched(design, seed);
      const { lost } = lostRequests(report);
      expect(said.has('never-loses'), JSON.stringify(lost[0])).toBe(lost.length > 0);
      // The monitor tells the one that it hears of first, and so does the report.
      expect(said.get('never-loses')?.message).toBe(lost[0]?.message);
      const deaths = connectionsOfClients(report).flatMap((life) => deathOf(life) ?? []);
      expect(said.has('keeps-connections'), JSON.stringify(deaths[0])).toBe(deaths.length > 0);
      const first = deaths.toSorted((one, other) => one.at - other.at)[0];
      expect(deaths.filter(({ at }) => at === first?.at).map(({ message }) => message)).toEqual(
        first === undefined ? [] : expect.arrayContaining([said.get('keeps-connections')?.message]),
      );
      const longest = Math.max(
        0,
        ...report.clients.flatMap(({ outages }) => outages.map(({ from, to }) => to - from)),
      );
      if (longest > LIMIT) expect(said.get(OUTAGE)?.message).toMatch(/without service/);
      // It is out until the answer has come; the report reckons to where its request was sent.
      const slowest = Math.max(
        0,
        ...report.clients.flatMap(({ targets }) => targets.map(({ latency }) => latency?.max ?? 0)),
      );
      if (longest + slowest <= LIMIT) expect(said.get(OUTAGE)).toBeUndefined();
      counts.lost += lost.length > 0 ? 1 : 0;
      counts.kept += lost.length === 0 ? 1 : 0;
      counts.broken += deaths.length > 0 ? 1 : 0;
      counts.out += longest > LIMIT ? 1 : 0;
      counts.short += longest > 0 && longest <= LIMIT ? 1 : 0;
    }),
    { numRuns: 150, seed: 11 },
  );
  // None of it idly.
  for (const [what, count] of Object.entries(counts))
    expect(count, `${what} of ${JSON.stringify(counts)}`).toBeGreaterThan(5);
});
