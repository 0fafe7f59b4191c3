import { readFileSync } from 'node:fs';
import { oneFaultAndRepair, prove } from '@viplab/check';
import { describe, expect, test } from 'vitest';
import { atConfigurations, checksIn, storyOf, withStories } from '../checks.testing.js';
import { loadExample, outcomeOf, pathOf } from '../labs.testing.js';

const VIP = '192.168.1.100';

describe('track-script-too-light', () => {
  test('haproxy dies, 150 - 20 is still above 100: nothing moves and every client is refused', async () => {
    const run = (await loadExample('track-script-too-light/lab.yaml')).run();
    expect(run.trace.filter('vrrp.priority').map(({ node, from, to }) => [node, from, to])).toEqual([
      ['n1', 150, 130],
    ]);
    expect(run.report.vip(VIP).handovers).toEqual([]);
    expect(run.report.client('c1').outages[0]).toMatchObject({ kind: 'refused', hasEnded: false });
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "99357aee0784d3cf",
        "dual": [],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 1,
          "cam": 0,
          "landing": 0,
        },
        "outages": [
          "c1 .100 10.145 to the end, 20 attempts, refused",
        ],
        "states": [
          "3.474 n1 VI_1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test.each([
    [-49, 'n1'],
    [-50, 'n1'],
    [-51, 'n2'],
    [-60, 'n2'],
  ])('with weight %i the VIP ends at %s', async (weight, owner) => {
    const lab = await loadExample('track-script-too-light/lab.yaml');
    const { n1, ...others } = lab.design.nodes;
    if (n1 === undefined || n1.kind === 'switch' || typeof n1.keepalived !== 'object') throw new Error('n1');
    const conf = n1.keepalived.conf.replace('weight -20', `weight ${weight}`);
    expect(conf).toContain(`weight ${weight}`);
    const run = lab
      .with({ nodes: { ...others, n1: { ...n1, keepalived: { ...n1.keepalived, conf } } } })
      .run();
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual([owner]);
  });

  test('check finds it in the configurations; its token shows the same run', async () => {
    const file = pathOf('track-script-too-light/README.md');
    const readme = readFileSync(file, 'utf8');
    const [words = []] = checksIn(readme);
    const { first, second } = await atConfigurations('track-script-too-light', words, (out) => [
      'run',
      '--replay',
      /viplab run --replay (vl2-\S+)/.exec(out)?.[1] ?? '',
    ]);
    expect(first.code).toBe(1);
    expect(first.out).toContain('property: healthy-owner\n');
    await expect(withStories(readme, [storyOf(first.out, 'cure')])).toMatchFileSnapshot(file);
    expect(second?.out).toMatch(/ stop n1 +haproxy/);
    expect(second?.out).toContain('no flap   .100 never moved');
  }, 60_000);

  test.each([
    [-50, 'broken'],
    [-51, 'proved'],
  ] as const)(
    'with weight %i in both files check says %s',
    async (weight, word) => {
      const lab = await loadExample('track-script-too-light/lab.yaml');
      const nodes = Object.fromEntries(
        Object.entries(lab.design.nodes).map(([name, node]) => {
          if (node.kind === 'switch' || typeof node.keepalived !== 'object') return [name, node];
          const conf = node.keepalived.conf.replace('weight -20', `weight ${weight}`);
          return [name, { ...node, keepalived: { ...node.keepalived, conf } }];
        }),
      );
      const verdict = await prove(lab.with({ nodes }), {
        causes: oneFaultAndRepair({ of: ['check-fails'] }),
      });
      expect(verdict.word).toBe(word);
      expect(verdict.counterexamples.map(({ property }) => property)).toEqual(
        word === 'broken' ? ['healthy-owner'] : [],
      );
    },
    60_000,
  );
});
