import { oneFaultAndRepair, prove } from '@viplab/check';
import type { HostDesign, Lab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

const FIRST = '192.0.2.1';
const SECOND = '192.0.2.2';
const OUTSIDE = '198.51.100.1';

const CABLE = oneFaultAndRepair({ of: ['unplug'] });

/** Only the two machines, and perhaps with changed files: the state space closes within a second. */
function machinesOf(lab: Lab, change = (text: string): string => text): Lab {
  const machine = (name: string): HostDesign => {
    const node = lab.design.nodes[name];
    if (node === undefined || node.kind === 'switch' || typeof node.carp !== 'object') throw new Error(name);
    const files = Object.entries(node.carp.files).map(([file, text]) => [file, change(text)]);
    return { ...node, carp: { ...node.carp, files: Object.fromEntries(files) } };
  };
  const links = lab.design.links?.filter((link) => !/"(c1|c2|w1)"/.test(JSON.stringify(link))) ?? [];
  const nodes = {
    lan: { kind: 'switch' },
    wan: { kind: 'switch' },
    fw1: machine('fw1'),
    fw2: machine('fw2'),
  } as const;
  return lab.with({ nodes, links, schedule: [] });
}

describe('carp-two-vhids-freebsd', () => {
  test('with preempt the demoted machine gives up everything', async () => {
    const run = (await loadExample('carp-two-vhids-freebsd/lab.yaml')).run();
    expect(run.report.vip(OUTSIDE).handovers[0]).toMatchObject({
      from: 'fw1',
      to: 'fw2',
      at: 10.3e9 + 100_000,
    });
    expect(run.report.vip(FIRST).handovers[0]?.at).toBe(13_390_725_000);
    expect(run.report.vip(SECOND).handovers).toEqual([]);
    expect(run.trace.filter('carp.demotion').map(({ to }) => to)).toEqual([240, 480, 240, 0]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "3c989751ca63a68a",
        "dual": [
          ".1 25.906 to 25.907",
          ".1 10.300 to 10.300",
          ".1 25.597 to 25.597",
        ],
        "handovers": [
          ".1 13.391 fw1 to fw2, unplug",
          ".1 25.906 fw2 to fw1, plug",
          ".1 10.300 fw1 to fw2, unplug",
          ".1 25.597 fw2 to fw1, plug",
        ],
        "headless": [
          ".1 10.300 to 13.391",
        ],
        "isExpected": true,
        "moves": {
          "arp": 3,
          "cam": 3,
          "landing": 4,
        },
        "outages": [
          "c1 .1 10.400 to 13.400, 15 attempts, timeout",
        ],
        "states": [
          "3.000 fw1 1@em0 MASTER",
          "3.000 fw1 3@em1 MASTER",
          "3.000 fw2 2@em0 MASTER",
          "10.300 fw1 1@em0 INIT",
          "10.300 fw1 2@em0 INIT",
          "10.300 fw2 3@em1 MASTER",
          "13.391 fw2 1@em0 MASTER",
          "25.597 fw1 3@em1 MASTER",
          "25.906 fw1 1@em0 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('without preempt the outside stays, demoted, and the pair is split', async () => {
    const run = (await loadExample('carp-two-vhids-freebsd/no-preempt.yaml')).run();
    expect(run.report.vip(OUTSIDE).handovers).toEqual([]);
    expect(run.report.vip(FIRST).owners.at(-1)?.owners).toEqual(['fw2']);
    expect(run.report.vip(OUTSIDE).owners.at(-1)?.owners).toEqual(['fw1']);
    const demoted = run.trace
      .filter('carp.advert-sent')
      .filter(
        ({ node, instance, time }) => node === 'fw1' && instance === '3@em1' && time > 10.3e9 && time < 25e9,
      );
    expect(demoted.every(({ advskew }) => advskew === 240)).toBe(true);
    // 1 s + 240/256 s.
    expect((demoted[2]?.time ?? 0) - (demoted[1]?.time ?? 0)).toBe(1_937_500_000);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "d3396e94a5dad3ae",
        "dual": [],
        "handovers": [
          ".1 13.391 fw1 to fw2, unplug",
        ],
        "headless": [
          ".1 10.300 to 13.391",
        ],
        "isExpected": true,
        "moves": {
          "arp": 3,
          "cam": 0,
          "landing": 1,
        },
        "outages": [
          "c1 .1 10.400 to 13.400, 15 attempts, timeout",
        ],
        "states": [
          "3.000 fw1 1@em0 MASTER",
          "3.000 fw1 3@em1 MASTER",
          "3.000 fw2 2@em0 MASTER",
          "10.300 fw1 1@em0 INIT",
          "10.300 fw1 2@em0 INIT",
          "13.391 fw2 1@em0 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('with preempt, one address inside and one outside: proved, away for M + d at most', async () => {
    const lab = await loadExample('carp-two-vhids-freebsd/lab.yaml');
    const { word, exploration, worst } = await prove(
      machinesOf(lab, (text) => text.replace(/.*vhid 2 .*\n/, '')),
      { causes: CABLE },
    );
    expect([word, exploration.isClosed]).toEqual(['proved', true]);
    const headless = worst.filter(({ what, phase }) => what === 'headless' && phase === 'settled');
    expect(Math.max(...headless.map(({ lasted }) => lasted))).toBe(3_390_625_000 + 100_000);
  });

  test('without preempt check finds the split: a demoted owner beside a better one', async () => {
    const lab = await loadExample('carp-two-vhids-freebsd/no-preempt.yaml');
    const { word, counterexamples } = await prove(machinesOf(lab), { causes: CABLE });
    expect([word, counterexamples[0]?.property]).toEqual(['broken', 'healthy-owner']);
  });
});
