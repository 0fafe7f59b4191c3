import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { atConfigurations, checksIn, withStories } from '../checks.testing.js';
import { loadExample, outcomeOf, pathOf } from '../labs.testing.js';

const README = pathOf('carp-pair/README.md');
const INSIDE = '192.0.2.1';
const OUTSIDE = '198.51.100.1';

describe('carp-pair', () => {
  test('power off: 3 x 1 s + 100/256 s after the last advert, for both addresses', async () => {
    const run = (await loadExample('carp-pair/lab.yaml')).run();
    for (const address of [INSIDE, OUTSIDE]) {
      const [away, back] = run.report.vip(address).handovers;
      expect(away).toMatchObject({ from: 'fw1', to: 'fw2', cause: { action: 'power-off' } });
      // One delay for the last advert's way.
      expect(away?.at).toBe(10e9 + 3e9 + 390_625_000 + 100_000);
      expect(back).toMatchObject({ from: 'fw2', to: 'fw1', cause: { action: 'power-on' } });
    }
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "1deb26a5bbea3a04",
        "dual": [
          ".1 25.906 to 25.907",
          ".1 25.906 to 25.907",
        ],
        "handovers": [
          ".1 13.391 fw1 to fw2, power-off",
          ".1 25.906 fw2 to fw1, power-on",
          ".1 13.391 fw1 to fw2, power-off",
          ".1 25.906 fw2 to fw1, power-on",
        ],
        "headless": [
          ".1 10.300 to 13.391",
          ".1 10.300 to 13.391",
        ],
        "isExpected": true,
        "moves": {
          "arp": 2,
          "cam": 2,
          "landing": 4,
        },
        "outages": [
          "c1 .1 10.400 to 13.400, 15 attempts, timeout",
          "w1 .1 10.400 to 13.400, 15 attempts, timeout",
        ],
        "states": [
          "3.000 fw1 carp0 MASTER",
          "3.000 fw1 carp1 MASTER",
          "13.391 fw2 carp0 MASTER",
          "13.391 fw2 carp1 MASTER",
          "25.906 fw1 carp0 MASTER",
          "25.906 fw1 carp1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('a reboot in good order costs one delay, and no client a request', async () => {
    const run = (await loadExample('carp-pair/reboot.yaml')).run();
    for (const address of [INSIDE, OUTSIDE]) {
      expect(run.report.vip(address).handovers[0]?.at).toBe(10.3e9 + 100_000);
      expect(run.report.vip(address).headless).toEqual([{ from: 10.3e9, to: 10.3e9 + 100_000 }]);
    }
    expect(run.report.client('c1').outages).toEqual([]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "aaf89fb45bdf93ab",
        "dual": [
          ".1 25.597 to 25.597",
          ".1 25.597 to 25.597",
        ],
        "handovers": [
          ".1 10.300 fw1 to fw2, shutdown",
          ".1 25.597 fw2 to fw1, power-on",
          ".1 10.300 fw1 to fw2, shutdown",
          ".1 25.597 fw2 to fw1, power-on",
        ],
        "headless": [
          ".1 10.300 to 10.300",
          ".1 10.300 to 10.300",
        ],
        "isExpected": true,
        "moves": {
          "arp": 2,
          "cam": 4,
          "landing": 4,
        },
        "outages": [],
        "states": [
          "3.000 fw1 carp0 MASTER",
          "3.000 fw1 carp1 MASTER",
          "10.300 fw1 carp0 INIT",
          "10.300 fw1 carp1 INIT",
          "10.300 fw2 carp0 MASTER",
          "10.300 fw2 carp1 MASTER",
          "25.597 fw1 carp0 MASTER",
          "25.597 fw1 carp1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('a pulled cable inside takes the outside along at once', async () => {
    const run = (await loadExample('carp-pair/cable.yaml')).run();
    expect(run.report.vip(OUTSIDE).handovers[0]?.at).toBe(10.3e9 + 100_000);
    expect(run.report.vip(INSIDE).handovers[0]?.at).toBe(13_390_725_000);
    const [first] = run.trace.filter('carp.state').filter(({ reason }) => reason === 'demoted-master');
    expect(first).toMatchObject({ node: 'fw2', instance: 'carp1', to: 'MASTER', peer: '198.51.100.11' });
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "d0dd07868c3c63c6",
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
          "arp": 2,
          "cam": 3,
          "landing": 4,
        },
        "outages": [
          "c1 .1 10.400 to 13.400, 15 attempts, timeout",
        ],
        "states": [
          "3.000 fw1 carp0 MASTER",
          "3.000 fw1 carp1 MASTER",
          "10.300 fw1 carp0 INIT",
          "10.300 fw2 carp1 MASTER",
          "13.391 fw2 carp0 MASTER",
          "25.597 fw1 carp1 MASTER",
          "25.906 fw1 carp0 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('a cable that is out for less than a delay leaves two masters outside, up to the next advert', async () => {
    const lab = await loadExample('carp-pair/cable.yaml');
    const run = lab
      .with({
        schedule: [
          { at: '10.3s', do: 'unplug', node: 'fw1', interface: 'em0' },
          { at: '10.3001s', do: 'plug', node: 'fw1', interface: 'em0' },
        ],
      })
      .run({ until: '20s' });
    // The demotion was told and taken back; what is taken back is not told, and a worse advert is not answered.
    expect(run.report.vip(OUTSIDE).dual.map(({ from, to }) => [from, to])).toEqual([
      [10.3e9 + 100_000, 11.3e9 + 100_000],
    ]);
  });

  test('one interface, from its files alone: proved, away for M + d at most', async () => {
    const readme = readFileSync(README, 'utf8');
    const [words = []] = checksIn(readme);
    const { first } = await atConfigurations('carp-pair', words);
    expect(first.code).toBe(0);
    const verdict = first.out.slice(first.out.indexOf('PROVED'), first.out.indexOf('not varied'));
    // 3 x 1 s + 100/256 s and 0.1 ms.
    expect(verdict).toMatch(/^PROVED[\s\S]*headless {2}3\.39 s/);
    await expect(withStories(readme, [verdict])).toMatchFileSnapshot(README);
  });

  test('the log lines are those of the kernel', async () => {
    const run = (await loadExample('carp-pair/lab.yaml')).run();
    const lines = run.trace.filter('daemon.log').filter(({ node }) => node === 'fw2');
    expect(lines.map(({ daemon, line }) => `${daemon}: ${line}`)).toEqual(
      expect.arrayContaining(['kernel: carp0: state transition: BACKUP -> MASTER']),
    );
  });
});
