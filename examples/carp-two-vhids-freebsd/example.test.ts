import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

const FIRST = '192.0.2.1';
const SECOND = '192.0.2.2';
const OUTSIDE = '198.51.100.1';

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
});
