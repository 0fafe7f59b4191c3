import { readFileSync } from 'node:fs';
import { defaultCampaign, oneFaultAndRepair, prove } from '@viplab/check';
import { describe, expect, test } from 'vitest';
import { atConfigurations, checksIn, storyOf, withStories } from '../checks.testing.js';
import { landingsOf, loadExample, outcomeOf, pathOf } from '../labs.testing.js';

const FOLDER = 'ticket-three-equal-stop';
const README = pathOf(`${FOLDER}/README.md`);

describe(FOLDER, () => {
  test("n3's second burst of gratuitous ARP comes just after n1 has announced itself", async () => {
    const run = (await loadExample(`${FOLDER}/lab.yaml`)).run();
    expect(landingsOf(run, 'c1', '192.168.1.100').at(-1)).toMatch(/ n1$/);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "eefd5ba230963ee8",
        "dual": [
          ".100 11.609 to 11.610",
          ".100 16.609 to 16.610",
        ],
        "handovers": [
          ".100 11.609 n1 to n3, stop",
          ".100 16.609 n3 to n1, start",
        ],
        "headless": [
          ".100 11.000 to 11.609",
        ],
        "isExpected": true,
        "moves": {
          "arp": 6,
          "cam": 0,
          "landing": 2,
        },
        "outages": [
          "c1 .100 11.000 to 11.800, 4 attempts, timeout",
          "c1 .100 16.800 to 21.800, 25 attempts, timeout",
        ],
        "states": [
          "3.510 n1 VI_1 MASTER",
          "11.609 n2 VI_1 MASTER",
          "11.609 n3 VI_1 MASTER",
          "16.609 n1 VI_1 MASTER",
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
    expect(second?.out).toMatch(
      /c1 reaches nobody {3}\.100: its frames go to n3, which does not own it, for 5\.00 s/,
    );
  }, 60_000);

  test('what decides without --faults finds it too', async () => {
    const lab = await loadExample(`${FOLDER}/lab.yaml`);
    const { word, counterexamples } = await prove(lab, { causes: defaultCampaign(lab.plan) });
    expect([word, counterexamples[0]?.property]).toEqual(['broken', 'every-client-lands']);
  }, 60_000);

  test('priorities that differ are proved', async () => {
    const lab = await loadExample(`${FOLDER}/lab.yaml`);
    const { n3, ...others } = lab.design.nodes;
    if (n3 === undefined || n3.kind === 'switch' || typeof n3.keepalived !== 'object') throw new Error('n3');
    const conf = n3.keepalived.conf.replace('priority 100', 'priority 50');
    const cured = lab.with({ nodes: { ...others, n3: { ...n3, keepalived: { ...n3.keepalived, conf } } } });
    expect((await prove(cured, { causes: oneFaultAndRepair({ of: ['stop'] }) })).word).toBe('proved');
  }, 60_000);
});
