import { defineLab, MICROSECOND, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { defaultCampaign, maintenance } from './campaign/ready-made.js';
import { runOfCounterexample } from './counterexample/counterexample-of.js';
import { curesFor } from './counterexample/cures.js';
import { scenarioOfToken } from './counterexample/scenario-token.js';
import { storyOfBreak } from './counterexample/story.js';
import { storyMarkdown, writeUpOf } from './counterexample/write-up.js';
import { carpCluster, ucarpCluster } from './explore/carp-clusters.fixture.js';
import { prove } from './prove.js';
import type { CheckVerdict } from './verdict.js';

const D = 200 * MICROSECOND;
/** 3 s and 100/256 s. */
const WAIT_100 = 3_390_625 * MICROSECOND;

const asUsual = (lab: ReturnType<typeof carpCluster>): Promise<CheckVerdict> =>
  prove(lab, { causes: defaultCampaign(lab.plan) });

const worst = (verdict: CheckVerdict, what: string, phase = 'settled'): number | undefined =>
  verdict.worst.find((each) => each.what === what && each.phase === phase)?.lasted;

describe('a pair of 0 and 100 with preempt', () => {
  test.each(['openbsd', 'freebsd', 'freebsd-13'] as const)('of %s is proved', async (system) => {
    const verdict = await asUsual(carpCluster([0, 100], { system, preempt: true }));
    expect(verdict.word).toBe('proved');
    expect(verdict.properties).toContain('healthy-owner');
    expect(verdict.bounds).toEqual([
      `at most 1 fault and its repair: power-off/on, unplug/plug${system === 'openbsd' ? ', shutdown/power-on' : ''}`,
      'any node and instant once settled',
      'any start order, offsets up to 4.79 s',
      'at one instant adverts before CARP timers',
      'links 100 µs, no loss',
    ]);
    // M + d without an owner after a power cut, d with two when the better one takes it back.
    expect(worst(verdict, 'headless')).toBe(WAIT_100 + D);
    expect(worst(verdict, 'dual')).toBe(D);
    expect(verdict.worst.every(({ token }) => token !== undefined)).toBe(true);
  });

  test('survives that its MASTER is told to be a backup, and to be MASTER again', async () => {
    const lab = carpCluster([0, 100], { preempt: true });
    const verdict = await prove(lab, { causes: maintenance({ of: ['carp-state'], times: 1 }) });
    expect(verdict.bounds[0]).toBe('at most 1 fault and its repair: CARP state forced/forced back');
    expect(verdict.word).toBe('proved');
    // It waits for 3 s like any backup, unless the other one has waited long enough before.
    expect(worst(verdict, 'headless')).toBe(3 * SECOND);
  });

  test('has two owners for long if a demotion is taken back while the adverts are on their way', async () => {
    const demoted = (repairs: boolean) => ({
      ...maintenance({ of: ['carp-demote'], times: 1 }),
      repairs,
    });
    const lab = carpCluster([0, 100], { preempt: true });
    expect((await prove(lab, { causes: demoted(false) })).word).toBe('proved');
    const [found] = (await prove(lab, { causes: demoted(true) })).counterexamples;
    expect(found?.property).toBe('single-owner');
    const [one, other] = found?.scenario.actions ?? [];
    expect(one?.deed).toEqual({ do: 'carp-demote', node: 'n1', by: 1 });
    expect(other?.deed).toEqual({ do: 'carp-demote', node: 'n1', by: -1 });
    expect((other?.at ?? 0) - (one?.at ?? 0)).toBeLessThanOrEqual(2 * D);
  });
});

describe('an equal pair', () => {
  test('is broken by its own boot: a stem and a cycle, which its token replays', async () => {
    const lab = carpCluster([0, 0]);
    const verdict = await asUsual(lab);
    expect(verdict.word).toBe('broken');
    const [found] = verdict.counterexamples;
    expect(found).toMatchObject({
      property: 'settles',
      message:
        '192.168.1.100 can change owners for ever: what happens in 3.0002 s (3 s of waiting and 0.2 ms on the way) comes again and again, without a cause',
      lasso: { from: 3 * SECOND + D, period: 3 * SECOND + D },
      scenario: { starts: {}, actions: [], losses: [] },
    });
    if (found?.lasso === undefined) return;
    expect(scenarioOfToken(lab, found.token)).toEqual(found.scenario);
    const { from, period } = found.lasso;
    const run = runOfCounterexample(found);
    const changes = run.trace.filter('vip.owner');
    const inRound = (round: number) =>
      changes
        // Of one instant either may be the first.
        .map(({ time, owners }) => ({ time: time - from - round * period, many: owners.length }))
        .filter(({ time }) => time >= 0 && time < period);
    expect(inRound(0).length).toBeGreaterThan(2);
    expect(inRound(1)).toEqual(inRound(0));
    const story = storyOfBreak(run.report, found).map(({ text }) => text);
    expect(story.some((text) => text.includes('equal'))).toBe(true);
    expect(storyMarkdown(found, run)).toContain('it repeats every 3.000 s for ever.');
    expect(writeUpOf(found, run).map(({ name }) => name)).toEqual([
      ...['story.md', 'sw1.pcapng', 'n1.kernel.log', 'n2.kernel.log'],
    ]);
  });

  test('is cured by different skews', async () => {
    const lab = carpCluster([0, 0]);
    const [found] = (await asUsual(lab)).counterexamples;
    if (found === undefined) throw new Error('nothing found');
    const { cures, tried } = await curesFor(lab, found, asUsual);
    expect(tried).toEqual(['advskew']);
    const [cure] = cures;
    expect(cure?.title).toContain('different skews (100 on n2)');
    expect(cure?.patch).toContain(
      '+inet 192.168.1.100 255.255.255.0 NONE vhid 1 carpdev em0 advbase 1 advskew 100 pass',
    );
    expect(cure?.verdict.word).toBe('proved');
  });
});

test('two vhids of FreeBSD on two links: a link that is lost splits them, which preempt cures', async () => {
  const node = (last: number, skew: number) => ({
    interfaces: { em0: { address: `192.168.1.${last}/24` }, em1: { address: `192.168.2.${last}/24` } },
    system: 'freebsd' as const,
    carp: {
      files: {
        [`n${last}/rc.conf`]: [
          `ifconfig_em0_alias0="inet vhid 1 advskew ${skew} pass one alias 192.168.1.100/32"`,
          `ifconfig_em1_alias0="inet vhid 2 advskew ${skew} pass two alias 192.168.2.100/32"`,
          '',
        ].join('\n'),
      },
    },
  });
  const lab = defineLab({
    name: 'two-vhids',
    nodes: {
      left: { kind: 'switch' },
      right: { kind: 'switch' },
      n1: node(1, 0),
      n2: node(2, 100),
    },
    links: [
      ['n1:em0', 'left'],
      ['n2:em0', 'left'],
      ['n1:em1', 'right'],
      ['n2:em1', 'right'],
    ],
  });
  const unplugged = (each: typeof lab): Promise<CheckVerdict> =>
    prove(each, {
      causes: {
        ...defaultCampaign(each.plan),
        faults: ['unplug'],
        repairs: false,
        startWithin: 0,
        nodes: ['n1'],
      },
    });
  const verdict = await unplugged(lab);
  expect(verdict.word).toBe('broken');
  const [found] = verdict.counterexamples;
  expect(found?.message).toMatch(/stays at n1 \(advskew 0, demoted by 240\) and not at n2 \(advskew 100\)/);
  if (found === undefined) return;
  const { cures } = await curesFor(lab, found, unplugged);
  expect(cures[0]).toMatchObject({ keyword: 'net.inet.carp.preempt', verdict: { word: 'proved' } });
  expect(cures[0]?.patch).toContain(
    '--- n2/sysctl.conf\n+++ n2/sysctl.conf\n@@ -0,0 +1 @@\n+net.inet.carp.preempt=1\n',
  );
}, 60_000);

describe('a pair of ucarps', () => {
  test('that leave the address behind when they are stopped is broken, and -z cures it', async () => {
    const lab = ucarpCluster([0, 100], { capture: 'immediate', leavesAddress: true });
    const stopped = (each: typeof lab): Promise<CheckVerdict> =>
      prove(each, { causes: { ...defaultCampaign(each.plan), faults: ['stop'], startWithin: 0 } });
    const verdict = await stopped(lab);
    expect(verdict.bounds).toContain('ucarp ready 0 s after its launch');
    const [found] = verdict.counterexamples;
    expect(found?.property).toBe('single-owner');
    expect(found?.scenario.actions[0]?.deed).toEqual({ do: 'stop', node: 'n1', daemon: 'ucarp' });
    if (found === undefined) return;
    const { cures } = await curesFor(lab, found, stopped);
    expect(cures[0]).toMatchObject({ keyword: '-z', verdict: { word: 'proved' } });
  }, 120_000);

  test.each([
    [[0, 100], true],
    [[0, 0], false],
  ] as const)(
    '%j that stop, and lose power, is proved',
    async (skews, preempt) => {
      const lab = ucarpCluster(skews, { capture: 'immediate', preempt });
      const causes = { ...defaultCampaign(lab.plan), faults: ['power-off', 'stop'] as const, startWithin: 0 };
      const verdict = await prove(lab, { causes });
      expect(verdict.word).toBe('proved');
      expect(verdict.exploration.deadEnds).toBe(0);
    },
    120_000,
  );
});
