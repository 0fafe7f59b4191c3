import {
  type EthernetFrame,
  type HostDesign,
  type Lab,
  paddedFrameLength,
  type Run,
  SECOND,
} from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { atConfigurations } from '../checks.testing.js';
import { loadExample, outcomeOf, pathOf } from '../labs.testing.js';

const LAB = 'carp-balancing-ip/lab.yaml';
const VIP = '192.0.2.10';
const HALVES = [`${VIP} (1/2)`, `${VIP} (2/2)`] as const;
const GROUP_MAC = '01:00:5e:00:01:01';
const VIRTUAL_MAC = '00:00:5e:00:01:01';

/** The lab with other hostname.carp0 files. */
function withCarp(lab: Lab, change: (text: string) => string): Lab {
  const nodes = Object.fromEntries(
    Object.entries(lab.design.nodes).map(([name, node]) => {
      if (node.kind === 'switch' || typeof node.carp !== 'object') return [name, node];
      const files = Object.fromEntries(
        Object.entries(node.carp.files).map(([file, text]) => [
          file,
          file.endsWith('carp0') ? change(text) : text,
        ]),
      );
      return [name, { ...node, carp: { ...node.carp, files } } satisfies HostDesign];
    }),
  );
  return lab.with({ nodes });
}

/** One virtual host, as everybody has it who balances nothing. */
const alone = (text: string): string =>
  text.replace(/carpnodes 1:(\d+),2:\d+ balancing \S+/, 'vhid 1 advskew $1');

const withMode = (lab: Lab, mode: string): Lab =>
  withCarp(lab, mode === 'none' ? alone : (text) => text.replace(/balancing \S+/, `balancing ${mode}`));

/** What db, which nobody asks, is sent while both hosts are well: per second. */
function heardByDb(lab: Lab): { frames: number; bytes: number } {
  const heard = { frames: 0, bytes: 0 };
  const from = 6 * SECOND;
  const simulation = lab.start({
    frames: {
      onFrame: (time, port, fate, frame) => {
        if (port !== 'sw1:db' || fate !== 'sent' || time < from) return;
        heard.frames++;
        heard.bytes += paddedFrameLength(frame as EthernetFrame);
      },
    },
  });
  simulation.runUntil(10 * SECOND - 1);
  return { frames: heard.frames / 4, bytes: heard.bytes / 4 };
}

/** By whom a client was served. */
const servedBy = (run: Run, client: string): string[] =>
  run.report.client(client).targets.flatMap(({ served }) => served.map(({ by }) => by));

describe('carp-balancing-ip', () => {
  test('each has half of the clients; the survivor has all of them 3.391 s after the last advert', async () => {
    const run = (await loadExample(LAB)).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "93c528154e37129b",
        "dual": [],
        "handovers": [
          ".10 (1/2) 13.391 fw1 to fw2, power-off",
        ],
        "headless": [
          ".10 (1/2) 10.001 to 13.391",
        ],
        "isExpected": true,
        "moves": {
          "arp": 3,
          "cam": 0,
          "landing": 1,
        },
        "outages": [
          "c2 .10 (1/2) 10.200 to 13.400, 16 attempts, timeout",
        ],
        "states": [
          "3.000 fw1 carp0:1 MASTER",
          "3.000 fw2 carp0:2 MASTER",
          "13.391 fw2 carp0:1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
    expect(servedBy(run, 'c2')).toEqual(['fw1', 'fw2']);
    for (const client of ['c1', 'late']) expect(servedBy(run, client)).toEqual(['fw2']);
  });

  test('nothing is announced, and only the master of the leader answers ARP', async () => {
    const run = (await loadExample(LAB)).run();
    expect(run.trace.filter('arp.announced').filter(({ address }) => address === VIP)).toEqual([]);
    const replies = run.trace.filter('arp.replied').filter(({ address }) => address === VIP);
    expect(new Set(replies.map(({ mac }) => mac))).toEqual(new Set([GROUP_MAC]));
    expect(new Set(replies.map(({ node, time }) => `${node} ${time < 10e9}`))).toEqual(
      new Set(['fw1 true', 'fw2 false']),
    );
    // The clients have one entry throughout.
    for (const client of ['c1', 'c2'])
      expect(run.report.client(client).arpChanges.map(({ mac }) => mac)).toEqual([GROUP_MAC]);
  });

  test('late, whose half is well, waits for an answer to its ARP until the leader has a master again', async () => {
    const run = (await loadExample(LAB)).run();
    const [seen] = run.report.client('late').targets;
    expect(seen?.target).toBe(HALVES[1]);
    expect(run.report.vip(HALVES[1]).headless).toEqual([]);
    expect(seen?.startup).toMatchObject({ from: 11e9, attempts: 15, hasEnded: true });
  });

  test.each(['ip', 'ip-stealth'])('%s: db hears every request', async (mode) => {
    const lab = withMode(await loadExample(LAB), mode);
    expect(heardByDb(lab)).toEqual({ frames: 12, bytes: 740 });
  });

  test('ip-unicast and no balancing: db hears adverts', async () => {
    const lab = await loadExample(LAB);
    expect(heardByDb(withMode(lab, 'ip-unicast'))).toEqual({ frames: 2, bytes: 140 });
    expect(heardByDb(withMode(lab, 'none'))).toEqual({ frames: 1, bytes: 70 });
  });

  test('stealth: the same, and no switch knows the MAC', async () => {
    const run = (await loadExample('carp-balancing-ip/stealth.yaml')).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "72acdd1ef55ca801",
        "dual": [],
        "handovers": [
          ".10 (1/2) 13.391 fw1 to fw2, power-off",
        ],
        "headless": [
          ".10 (1/2) 10.001 to 13.391",
        ],
        "isExpected": true,
        "moves": {
          "arp": 3,
          "cam": 0,
          "landing": 1,
        },
        "outages": [
          "c2 .10 (1/2) 10.200 to 13.400, 16 attempts, timeout",
        ],
        "states": [
          "3.000 fw1 carp0:1 MASTER",
          "3.000 fw2 carp0:2 MASTER",
          "13.391 fw2 carp0:1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
    expect(run.trace.filter('cam.learned').filter(({ mac }) => mac === VIRTUAL_MAC)).toEqual([]);
    expect(run.report.client('c1').arpChanges.map(({ mac }) => mac)).toEqual([VIRTUAL_MAC]);
  });

  test('unicast: the switch sends both halves to the host that spoke last', async () => {
    const run = (await loadExample('carp-balancing-ip/unicast.yaml')).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "e90a698378533f1c",
        "dual": [],
        "handovers": [
          ".10 (1/2) 13.391 fw1 to fw2, power-off",
        ],
        "headless": [
          ".10 (1/2) 10.001 to 13.391",
        ],
        "isExpected": true,
        "moves": {
          "arp": 3,
          "cam": 15,
          "landing": 1,
        },
        "outages": [
          "c2 .10 (1/2) 4.000 to 13.400, 47 attempts, timeout",
        ],
        "states": [
          "3.000 fw1 carp0:1 MASTER",
          "3.000 fw2 carp0:2 MASTER",
          "13.391 fw2 carp0:1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
    const moves = run.trace.filter('cam.moved').filter(({ mac }) => mac === VIRTUAL_MAC);
    expect(moves.length).toBeGreaterThan(12);
  });

  test('a return with preempt gives the half back; for two latencies both serve it', async () => {
    const lab = await loadExample(LAB);
    const back = { at: '20s', do: 'power-on', node: 'fw1' } as const;
    const run = lab.with({ schedule: [...(lab.design.schedule ?? []), back], duration: '30s' }).run();
    const { handovers, dual } = run.report.vip(HALVES[0]);
    expect(handovers.map(({ from, to, at }) => `${from} ${to} ${at}`)).toMatchInlineSnapshot(`
      [
        "fw1 fw2 13390725000",
        "fw2 fw1 20343950000",
      ]
    `);
    expect(dual.map(({ from, to }) => to - from)).toEqual([100_000]);
    expect(servedBy(run, 'c2')).toEqual(['fw1', 'fw2', 'fw1']);
  });

  test('cure: shut down in good order it costs 0.1 ms', async () => {
    const lab = await loadExample(LAB);
    const run = lab.with({ schedule: [{ at: '10.0005s', do: 'shutdown', node: 'fw1' }] }).run();
    expect(run.report.vip(HALVES[0]).headless.map(({ from, to }) => to - from)).toMatchInlineSnapshot(`
      [
        100000,
      ]
    `);
    expect(servedBy(run, 'c2')).toEqual(['fw1', 'fw2']);
    expect(run.report.client('late').targets[0]?.startup).toBeNull();
  });

  test('check: in whatever order they boot, each half finds its owner; with ip-unicast no client keeps it', async () => {
    const { first, second } = await atConfigurations(
      'carp-balancing-ip',
      ['check', pathOf(LAB), '--faults', 'none'],
      () => ['check', pathOf('carp-balancing-ip/unicast.yaml'), '--faults', 'none'],
    );
    expect(first.code, first.out).toBe(0);
    expect(first.out).toContain('PROVED');
    expect(first.out).toContain('the state space closes');
    expect(second?.out).toContain('BROKEN');
    expect(second?.out).toContain('property: every-client-lands');
    expect(second?.out).toContain('no cause at all');
  }, 120_000);
});
