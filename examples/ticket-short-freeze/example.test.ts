import { readFileSync } from 'node:fs';
import { oneFaultAndRepair, prove } from '@viplab/check';
import { describe, expect, test } from 'vitest';
import { atConfigurations, checksIn, storyOf, withStories } from '../checks.testing.js';
import { loadExample, macsOf, outcomeOf, pathOf } from '../labs.testing.js';

const FOLDER = 'ticket-short-freeze';
const README = pathOf(`${FOLDER}/README.md`);

describe(FOLDER, () => {
  test('n1 goes on as master, n2 yields without a word, and c1 keeps its MAC address', async () => {
    const run = (await loadExample(`${FOLDER}/lab.yaml`)).run();
    expect(run.trace.filter('arp.announced').filter(({ time }) => time > 15e9)).toEqual([]);
    expect(macsOf(run, 'c1', '192.168.1.100').length).toBeGreaterThan(1);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "b665b16b7c4ee83a",
        "dual": [
          ".100 15.000 to 15.000",
        ],
        "handovers": [
          ".100 14.124 n1 to n2, freeze",
          ".100 15.000 n2 to n1, thaw",
        ],
        "headless": [
          ".100 11.000 to 14.124",
        ],
        "isExpected": true,
        "moves": {
          "arp": 4,
          "cam": 0,
          "landing": 2,
        },
        "outages": [
          "c1 .100 11.000 to 14.200, 16 attempts, timeout",
          "c1 .100 15.000 to 46.400, 157 attempts, timeout",
        ],
        "states": [
          "3.514 n1 VI_1 MASTER",
          "14.124 n2 VI_1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('check finds it in the configurations; its token shows the same run', async () => {
    const readme = readFileSync(README, 'utf8');
    const [words = []] = checksIn(readme);
    const { first, second } = await atConfigurations(FOLDER, words, (out) => [
      'run',
      '--replay',
      /viplab run --replay (vl2-\S+)/.exec(out)?.[1] ?? '',
    ]);
    expect(first.code).toBe(1);
    expect(first.out).toContain('property: every-client-lands\n');
    await expect(withStories(readme, [storyOf(first.out)])).toMatchFileSnapshot(README);
    expect(second?.out).toMatch(/c1 reaches nobody {3}\.100: its frames go to n2, which does not own it/);
  }, 60_000);

  test('check without options is broken too, and has freezes in a line of their own', async () => {
    const files = ['n1/keepalived.conf', 'n2/keepalived.conf'];
    const { first } = await atConfigurations(FOLDER, ['check', ...files, '--budget', '8s']);
    expect(first.code).toBe(1);
    expect(first.out).toContain('property: every-client-lands\n');
    expect(first.out).toMatch(/BROKEN {2}a node frozen and thawed: frames of c1 to \.100 arrive at n2/);
  }, 60_000);

  test.each([
    ['the line taken out', (conf: string) => conf.replace(/ +vrrp_garp_lower_prio_repeat 0\n/, '')],
    [
      'garp_master_refresh',
      (conf: string) => conf.replace(/( +)advert_int/, '$1garp_master_refresh 1\n$1advert_int'),
    ],
  ])(
    '%s: proved',
    async (_, change) => {
      const lab = await loadExample(`${FOLDER}/lab.yaml`);
      const nodes = Object.fromEntries(
        Object.entries(lab.design.nodes).map(([name, node]) => {
          if (node.kind === 'switch' || typeof node.keepalived !== 'object') return [name, node];
          const conf = change(node.keepalived.conf);
          expect(conf).not.toBe(node.keepalived.conf);
          return [name, { ...node, keepalived: { ...node.keepalived, conf } }];
        }),
      );
      const freeze = oneFaultAndRepair({ of: ['freeze'] });
      expect((await prove(lab.with({ nodes }), { causes: freeze })).word).toBe('proved');
    },
    60_000,
  );
});
