import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { atConfigurations, checksIn, storyOf, withStories } from '../checks.testing.js';
import { loadExample, outcomeOf, pathOf } from '../labs.testing.js';

const README = pathOf('carp-equal-skew/README.md');
const VIP = '192.0.2.1';
const DELAY = 100_000;

/** Instants at which a node became master, ns. */
async function mastersOf(path: string, node: string, seed = 1): Promise<number[]> {
  const run = (await loadExample(path)).run({ seed });
  return run.trace
    .filter('carp.state')
    .filter((event) => event.node === node && event.to === 'MASTER')
    .map(({ time }) => time);
}

describe('carp-equal-skew', () => {
  test('the same instant: the period is M + d, for ever', async () => {
    for (const node of ['fw1', 'fw2']) {
      const instants = await mastersOf('carp-equal-skew/lab.yaml', node);
      expect(instants).toEqual(Array.from({ length: 9 }, (_, round) => 3e9 + round * (3e9 + DELAY)));
    }
    const run = (await loadExample('carp-equal-skew/lab.yaml')).run();
    expect(run.report.verdict.words).toContain('flap');
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "3b635e84991a6d26",
        "dual": [
          ".1 3.000 to 3.000",
          ".1 6.000 to 6.000",
          ".1 9.000 to 9.000",
          ".1 12.000 to 12.000",
          ".1 15.000 to 15.001",
          ".1 18.001 to 18.001",
          ".1 21.001 to 21.001",
          ".1 24.001 to 24.001",
          ".1 27.001 to 27.001",
        ],
        "handovers": [],
        "headless": [
          ".1 3.000 to 6.000",
          ".1 6.000 to 9.000",
          ".1 9.000 to 12.000",
          ".1 12.000 to 15.000",
          ".1 15.001 to 18.001",
          ".1 18.001 to 21.001",
          ".1 21.001 to 24.001",
          ".1 24.001 to 27.001",
          ".1 27.001 to the end",
        ],
        "isExpected": true,
        "moves": {
          "arp": 6,
          "cam": 9,
          "landing": 0,
        },
        "outages": [],
        "states": [
          "3.000 fw1 carp0 MASTER",
          "3.000 fw2 carp0 MASTER",
          "6.000 fw2 carp0 MASTER",
          "6.000 fw1 carp0 MASTER",
          "9.000 fw1 carp0 MASTER",
          "9.000 fw2 carp0 MASTER",
          "12.000 fw2 carp0 MASTER",
          "12.000 fw1 carp0 MASTER",
          "15.000 fw1 carp0 MASTER",
          "15.000 fw2 carp0 MASTER",
          "18.001 fw2 carp0 MASTER",
          "18.001 fw1 carp0 MASTER",
          "21.001 fw1 carp0 MASTER",
          "21.001 fw2 carp0 MASTER",
          "24.001 fw2 carp0 MASTER",
          "24.001 fw1 carp0 MASTER",
          "27.001 fw1 carp0 MASTER",
          "27.001 fw2 carp0 MASTER",
        ],
        "verdict": "flap",
      }
    `);
  });

  test('check finds the cycle in the files alone, and a cure; its token shows the same', async () => {
    const readme = readFileSync(README, 'utf8');
    const [words = []] = checksIn(readme);
    const { first, second } = await atConfigurations('carp-equal-skew', words, (out) => [
      'run',
      '--replay',
      /viplab run --replay (vl2-\S+)/.exec(out)?.[1] ?? '',
    ]);
    expect(first.code).toBe(1);
    expect(first.out).toContain('for ever');
    expect(first.out).toContain('Re-checked,');
    await expect(withStories(readme, [storyOf(first.out)])).toMatchFileSnapshot(README);
    expect(second?.out).toContain('in every 3.0001 s');
  });

  test('half a second later: first come, first served', async () => {
    expect(await mastersOf('carp-equal-skew/later.yaml', 'fw1')).toEqual([3e9]);
    expect(await mastersOf('carp-equal-skew/later.yaml', 'fw2')).toEqual([]);
  });

  test('ticks: every seed settles, and some need more than one round', async () => {
    const lab = await loadExample('carp-equal-skew/ticks.yaml');
    const links = ['fw1', 'fw2', 'c1'].map((node) => ({
      between: [node, 'sw1'] as const,
      delay: '2500us' as const,
    }));
    const slow = lab.with({ links });
    let crossed = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const run = slow.run({ seed, until: '120s' });
      const states = run.trace.filter('carp.state');
      const yields = states.filter(({ from, to }) => from === 'MASTER' && to === 'BACKUP');
      if (yields.length > 0) crossed++;
      expect(states.at(-1)?.time).toBeLessThan(90e9);
      expect(run.report.vip(VIP).owners.at(-1)?.owners).toHaveLength(1);
    }
    expect(crossed).toBeGreaterThan(10);
  });

  test('after a partition the packet or the timer comes first', async () => {
    const first = (await loadExample('carp-equal-skew/partition.yaml')).run();
    expect(first.report.vip(VIP).owners.at(-1)?.owners).toEqual(['fw1']);
    const other = (await loadExample('carp-equal-skew/partition-timer-first.yaml')).run();
    expect(other.report.verdict.words).toContain('flap');
    const late = await mastersOf('carp-equal-skew/partition-timer-first.yaml', 'fw2');
    expect(late.filter((time) => time > 33e9).length).toBeGreaterThan(6);
  });
});
