import type { LabDesign, SwitchDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { landingsOf, loadExample, outcomeOf } from '../labs.testing.js';

const NAME = 'igmp-snooping-split-brain/lab.yaml';
const VIP = '192.168.1.100';

/** Longer than two memberships. */
const LONG = '600s';

async function snooping(how: SwitchDesign['snooping']): Promise<ReturnType<typeof loadExample>> {
  const lab = await loadExample(NAME);
  const sw1: SwitchDesign = { kind: 'switch', ...(how === undefined ? {} : { snooping: how }) };
  return lab.with({ nodes: { ...lab.design.nodes, sw1 } });
}

describe('igmp-snooping-split-brain', () => {
  test('both are master 260 s after the last report and as long as the down timer takes', async () => {
    const run = (await loadExample(NAME)).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "80ed2bbc0395e0ef",
        "dual": [
          ".100 264.084 to the end",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 2,
          "cam": 0,
          "landing": 1,
        },
        "outages": [],
        "states": [
          "3.474 n1 VI_1 MASTER",
          "264.084 n2 VI_1 MASTER",
        ],
        "verdict": "flap, dual",
      }
    `);
    expect(landingsOf(run, 'c1', VIP).slice(-2)).toEqual(['3.474 n1', '264.084 n2']);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'seed %i: whenever the last report was, n2 takes over within the next advert',
    async (seed) => {
      const run = (await loadExample(NAME)).run({ seed });
      const [, second] = run.trace.filter('vrrp.state').filter(({ to }) => to === 'MASTER');
      // Reports end within 1.1 s, memberships 260 s later; the last advert before that, and 3.609 s.
      expect(second).toMatchObject({ node: 'n2' });
      expect(second?.time).toBeGreaterThan(262.6e9);
      expect(second?.time).toBeLessThan(264.8e9);
    },
  );

  test('cure: a querier keeps the memberships alive', async () => {
    const run = (await snooping({ filterWithoutQuerier: true, linkLocal: true, querier: true })).run({
      until: LONG,
    });
    expect(outcomeOf(run)).toMatchObject({ verdict: 'no-flap', states: ['3.474 n1 VI_1 MASTER'], dual: [] });
  });

  test('cure: adverts to the peer itself', async () => {
    const lab = await loadExample(NAME);
    const peers: Readonly<Record<string, string>> = { n1: '192.168.1.12', n2: '192.168.1.11' };
    const nodes: LabDesign['nodes'] = Object.fromEntries(
      Object.entries(lab.design.nodes).map(([name, node]) => {
        if (node.kind === 'switch' || typeof node.keepalived !== 'object') return [name, node];
        const peer = `advert_int 1\n    unicast_peer {\n        ${peers[name]}\n    }`;
        const conf = node.keepalived.conf.replace('advert_int 1', peer);
        return [name, { ...node, keepalived: { ...node.keepalived, conf } }];
      }),
    );
    const run = lab.with({ nodes }).run({ until: LONG });
    expect(outcomeOf(run)).toMatchObject({ verdict: 'no-flap', states: ['3.474 n1 VI_1 MASTER'], dual: [] });
  });

  test.each([true, false])('cure: a switch that floods 224.0.0.0/24 (snooping %s)', async (how) => {
    const run = (await snooping(how)).run({ until: LONG });
    expect(outcomeOf(run)).toMatchObject({ verdict: 'no-flap', dual: [] });
  });
});
