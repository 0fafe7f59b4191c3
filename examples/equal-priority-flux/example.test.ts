import { bootStorm, oneFault, prove } from '@viplab/check';
import { lifeSteps } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { landingsOf, loadExample, macsOf, outcomeOf } from '../labs.testing.js';

const VIP = '192.168.1.100';

/** The lab with launch times as real ones are: anywhere from 30 to 150 ms. */
async function withDrawnLaunches() {
  const lab = await loadExample('equal-priority-flux/lab.yaml');
  const { n1, n2, ...others } = lab.design.nodes;
  const drawn = (node: typeof n1) => {
    if (node === undefined || node.kind === 'switch' || typeof node.keepalived !== 'object')
      throw new Error();
    return { ...node, keepalived: { ...node.keepalived, ready: ['30ms', '150ms'] as const } };
  };
  return lab.with({ nodes: { ...others, n1: drawn(n1), n2: drawn(n2) } });
}

describe('equal-priority-flux', () => {
  test('healthy LAN: whoever boots first is master, for good', async () => {
    const lab = await loadExample('equal-priority-flux/lab.yaml');
    const run = lab.run();
    expect(run.report.verdict.word).toBe('no-flap');
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n2']);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "0327104ec5c600d8",
        "dual": [],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 1,
          "cam": 0,
          "landing": 0,
        },
        "outages": [],
        "states": [
          "3.484 n2 VI_1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'healthy LAN, drawn launch times, seed %i: one master at a time',
    async (seed) => {
      const run = (await withDrawnLaunches()).run({ seed });
      const booted = run.trace.filter('vrrp.state').filter(({ to }) => to === 'BACKUP');
      const [first, second] = [booted[0], booted[1]];
      // Closer together than a frame needs, both would claim it, and the higher address would win.
      expect((second?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThan(100_000);
      expect(run.report.verdict.words).toEqual(['no-flap']);
      expect(run.report.vip(VIP).dual).toEqual([]);
      expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual([first?.node]);
    },
  );

  test('healthy LAN, any start within 5 s, any launch time: proved to settle', async () => {
    const { word, exploration } = await prove(await withDrawnLaunches(), {
      causes: bootStorm({ within: '5s' }),
    });
    expect([word, exploration.isClosed]).toEqual(['proved', true]);
  });

  test.each(['one-way-loss', 'drop-multicast'] as const)(
    'as soon as there may be %s it is broken: two owners',
    async (kind) => {
      const lab = await withDrawnLaunches();
      const { word, counterexamples } = await prove(lab, { causes: oneFault({ of: [kind] }) });
      expect([word, counterexamples[0]?.property]).toEqual(['broken', 'single-owner']);
    },
  );

  test('multicast lost: two masters; each announces itself twice, and then nothing moves', async () => {
    const run = (await loadExample('equal-priority-flux/multicast-lost-silent.yaml')).run();
    expect(landingsOf(run, 'c1', VIP)).toEqual(['3.484 n2', '3.502 n1', '8.484 n2', '8.502 n1']);
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n1', 'n2']);
    expect(run.log().filter((line) => /lower|higher|same/.test(line))).toEqual([]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "d9d1d05f6f4d52ae",
        "dual": [
          ".100 3.502 to the end",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 4,
          "cam": 0,
          "landing": 3,
        },
        "outages": [],
        "states": [
          "3.484 n2 VI_1 MASTER",
          "3.502 n1 VI_1 MASTER",
        ],
        "verdict": "flux, dual",
      }
    `);
  });

  test('multicast lost, garp_master_refresh: ARP caches flip for ever, the CAM table does not', async () => {
    const run = (await loadExample('equal-priority-flux/multicast-lost.yaml')).run({ until: '60s' });
    // The flips of ten rounds, 5 s from one to the next, n1 18 ms after n2 as their daemons were.
    const landings = landingsOf(run, 'c1', VIP).map((line) => line.split(' '));
    const rounds = landings.filter(([, at]) => at === 'n2').map(([time]) => Number(time));
    expect(rounds).toEqual([3, 8, 13, 18, 23, 28, 33, 38, 43, 48, 53, 58].map((second) => second + 0.484));
    expect(landings.filter(([, at]) => at === 'n1').map(([time]) => Number(time))).toEqual(
      rounds.map((time) => Math.round((time + 0.018) * 1000) / 1000),
    );
    expect(new Set(macsOf(run, 'c1', VIP))).toEqual(new Set(['02:00:c0:a8:01:0b', '02:00:c0:a8:01:0c']));
    expect(run.report.switches[0]?.moves).toEqual([]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "8e98bd95f0cbf2b2",
        "dual": [
          ".100 3.502 to the end",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 24,
          "cam": 0,
          "landing": 23,
        },
        "outages": [],
        "states": [
          "3.484 n2 VI_1 MASTER",
          "3.502 n1 VI_1 MASTER",
        ],
        "verdict": "flux, dual",
      }
    `);
  });

  test('multicast lost, databases: each flip resets the connection that is kept, and n2 keeps its ends of them', async () => {
    const run = (await loadExample('equal-priority-flux/multicast-lost-databases.yaml')).run();
    const { report } = run;
    const [target] = report.client('db').targets;
    expect(target?.connections).toMatchObject({ opened: 11, broken: 10, resetBy: { n1: 5, n2: 5 }, open: 1 });
    expect(target?.failed).toMatchObject({ reset: 10, timeout: 0, refused: 0, eof: 0, error: 0 });
    expect(report.vip(VIP).flux.find(({ client }) => client === 'db')?.moves).toHaveLength(10);
    expect(report.client('job').outages).toEqual([]);
    expect(report.vip(VIP).service).toMatchObject({ failed: { reset: 10 }, connections: { broken: 10 } });
    const reasons = report.connections.flatMap(({ end }) => (end.reset === null ? [] : [end.reset.reason]));
    expect(new Set(reasons)).toEqual(new Set(['no-connection']));
    // Each RST is told with its flip, and comes within the 10 ms to the next query.
    const flips = landingsOf(run, 'db', VIP).map((line) => Number(line.split(' ')[0]));
    for (const { broken } of report.connections) {
      const flip = flips.findLast((time) => time * 1e9 <= (broken?.at ?? 0));
      if (broken !== null) expect(broken.at - (flip ?? 0) * 1e9).toBeLessThan(11e6);
    }
    const left = report.connections.filter((life) =>
      lifeSteps(report, life).some(({ text }) => text === 'n2 still holds its end of it: nobody told it'),
    );
    expect(left.map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "db#2",
        "db#4",
        "db#6",
        "db#8",
        "db#10",
      ]
    `);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "a3aa2683f4db78fc",
        "dual": [
          ".100 3.502 to the end",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 22,
          "cam": 0,
          "landing": 20,
        },
        "outages": [
          "db .100 8.490 to 8.491, 1 attempts, reset",
          "db .100 8.511 to 8.511, 1 attempts, reset",
          "db .100 13.491 to 13.492, 1 attempts, reset",
          "db .100 13.512 to 13.512, 1 attempts, reset",
          "db .100 18.492 to 18.492, 1 attempts, reset",
          "db .100 18.502 to 18.503, 1 attempts, reset",
          "db .100 23.493 to 23.493, 1 attempts, reset",
          "db .100 23.503 to 23.504, 1 attempts, reset",
          "db .100 28.494 to 28.494, 1 attempts, reset",
          "db .100 28.504 to 28.504, 1 attempts, reset",
        ],
        "states": [
          "3.484 n2 VI_1 MASTER",
          "3.502 n1 VI_1 MASTER",
        ],
        "verdict": "flux, dual",
      }
    `);
  });

  test('multicast lost, use_vmac: the CAM table flips, ARP caches do not', async () => {
    const run = (await loadExample('equal-priority-flux/multicast-lost-vmac.yaml')).run();
    expect(macsOf(run, 'c1', VIP)).toEqual(['00:00:5e:00:01:33']);
    const moves = run.report.switches[0]?.moves ?? [];
    expect(new Set(moves.map(({ mac }) => mac))).toEqual(new Set(['00:00:5e:00:01:33']));
    // Settled, both adverts of each second move it: 18 ms at n2, 982 ms at n1.
    const last = moves
      .filter(({ at }) => at > 20e9 && at < 25e9)
      .map(({ at, to }) => [Math.floor(at / 1e6) % 1000, to]);
    expect(last).toEqual(
      Array.from({ length: 5 }, () => [
        [484, 'n2'],
        [502, 'n1'],
      ]).flat(),
    );
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "3f0b7911a05c3477",
        "dual": [
          ".100 3.502 to the end",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 1,
          "cam": 55,
          "landing": 49,
        },
        "outages": [],
        "states": [
          "3.484 n2 VI_1 MASTER",
          "3.502 n1 VI_1 MASTER",
        ],
        "verdict": "flux, dual",
      }
    `);
  });

  test('one-way loss: the node that hears the other outshouts it, 10 gratuitous ARPs a second', async () => {
    const run = (await loadExample('equal-priority-flux/one-way-loss.yaml')).run();
    const announced = (node: string, from: number, to: number) =>
      run.trace
        .filter('arp.announced')
        .filter((event) => event.node === node && event.time >= from * 1e9 && event.time < to * 1e9).length;
    // n2 answers each of n1's adverts with one of its own and 5 gratuitous ARPs, and 5 more 5 s later.
    expect(announced('n2', 20, 25)).toBe(50);
    expect(announced('n1', 20, 25)).toBe(0);
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n1', 'n2']);
    expect(run.trace.filter('vip.landed').at(-1)?.at).toBe('n2');
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "a285033c5635c6f2",
        "dual": [
          ".100 3.502 to the end",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 5,
          "cam": 0,
          "landing": 0,
        },
        "outages": [],
        "states": [
          "3.484 n2 VI_1 MASTER",
          "3.502 n1 VI_1 MASTER",
        ],
        "verdict": "dual",
      }
    `);
  });
});
