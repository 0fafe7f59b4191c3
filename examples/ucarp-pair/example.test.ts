import { oneFaultAndRepair, prove } from '@viplab/check';
import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

const VIP = '192.168.1.100';

describe('ucarp-pair', () => {
  test('killed, the address stays; the backup comes 5.16 s after the last advert; the restart clears up', async () => {
    const run = (await loadExample('ucarp-pair/lab.yaml')).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "8b6265679362720a",
        "dual": [
          ".100 24.208 to 35.046",
        ],
        "handovers": [
          ".100 24.208 n1 to n2, kill-9",
        ],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 2,
          "cam": 1,
          "landing": 1,
        },
        "outages": [],
        "states": [
          "3.046 n1 ucarp MASTER",
          "20.000 n1 ucarp INIT",
          "24.208 n2 ucarp MASTER",
        ],
        "verdict": "dual",
      }
    `);
    // The down script of n1, 46 ms after its start; nobody else's.
    expect(run.trace.filter('address.removed').map(({ node, time }) => [node, time / 1e9])).toEqual([
      ['n1', 35.046],
    ]);
    expect(run.log('n1')).toMatchInlineSnapshot(`
      [
        "   0.046000  n1 ucarp: [INFO] Local advertised ethernet address is [02:00:c0:a8:01:0b]",
        "   0.046000  n1 ucarp: [WARNING] Switching to state: BACKUP",
        "   0.046000  n1 ucarp: [WARNING] Spawning [/etc/ucarp/vip-down.sh eth0 192.168.1.100]",
        "   3.046003  n1 ucarp: [WARNING] Switching to state: MASTER",
        "   3.046003  n1 ucarp: [WARNING] Spawning [/etc/ucarp/vip-up.sh eth0 192.168.1.100]",
        "  35.046000  n1 ucarp: [INFO] Local advertised ethernet address is [02:00:c0:a8:01:0b]",
        "  35.046000  n1 ucarp: [WARNING] Switching to state: BACKUP",
        "  35.046000  n1 ucarp: [WARNING] Spawning [/etc/ucarp/vip-down.sh eth0 192.168.1.100]",
      ]
    `);
  });

  test('power off: the same wait without the blocks, and no other owner', async () => {
    const run = (await loadExample('ucarp-pair/power-off.yaml')).run();
    const [handover] = run.report.vip(VIP).handovers;
    const last = run.trace.filter('carp.advert-sent').findLast(({ node }) => node === 'n1');
    // Two cables of 50 us, and 3 polls of 1.390001 s.
    expect((handover?.at ?? 0) - (last?.time ?? 0)).toBe(4_170_103_000);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "5d1d048cf018a03b",
        "dual": [],
        "handovers": [
          ".100 23.216 n1 to n2, power-off",
        ],
        "headless": [
          ".100 20.000 to 23.216",
        ],
        "isExpected": true,
        "moves": {
          "arp": 2,
          "cam": 0,
          "landing": 1,
        },
        "outages": [
          "c1 .100 20.145 to 23.345, 16 attempts, timeout",
        ],
        "states": [
          "3.046 n1 ucarp MASTER",
          "20.000 n1 ucarp INIT",
          "23.216 n2 ucarp MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('equal skews: two masters until each has read the other, and the lower address stays', async () => {
    const run = (await loadExample('ucarp-pair/equal.yaml')).run();
    expect(run.trace.filter('carp.state').map(({ node, to, reason }) => `${node} ${to} ${reason}`)).toEqual([
      'n2 BACKUP start',
      'n1 BACKUP start',
      'n2 MASTER timeout',
      'n1 MASTER timeout',
      'n2 BACKUP equal-advert',
    ]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "8dfa4e46ec786b35",
        "dual": [
          ".100 3.053 to 4.033",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 2,
          "cam": 3,
          "landing": 0,
        },
        "outages": [],
        "states": [
          "3.045 n2 ucarp MASTER",
          "3.053 n1 ucarp MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('one power cut and its repair at any instant, packets read at once: proved, 4.17 s at the most', async () => {
    const lab = (await loadExample('ucarp-pair/power-off.yaml')).with({ schedule: [] });
    const { word, exploration, worst } = await prove(lab, {
      causes: oneFaultAndRepair({ of: ['power-off'] }),
    });
    expect([word, exploration.isClosed]).toEqual(['proved', true]);
    const headless = worst.find(({ what, phase }) => what === 'headless' && phase === 'settled');
    expect(headless?.lasted).toBe(4_170_103_000);
  });

  test('stopped, it leaves the address: broken; with --shutdown proved', async () => {
    const lab = (await loadExample('ucarp-pair/power-off.yaml')).with({ schedule: [] });
    const causes = oneFaultAndRepair({ of: ['stop'] });
    const { word, counterexamples } = await prove(lab, { causes });
    expect([word, counterexamples[0]?.property]).toEqual(['broken', 'single-owner']);
    const tidy = lab.with({ nodes: await withOption('--shutdown') });
    expect((await prove(tidy, { causes })).word).toBe('proved');
  });
});

/** The nodes of the pair, each ucarp with one more option. */
async function withOption(option: string) {
  const { design } = (await loadExample('ucarp-pair/power-off.yaml')).with({ schedule: [] });
  return Object.fromEntries(
    Object.entries(design.nodes).map(([name, node]) => {
      if (!('ucarp' in node) || typeof node.ucarp !== 'object' || 'length' in node.ucarp) return [name, node];
      const command = node.ucarp.command.replace('exec ucarp', `exec ucarp ${option}`);
      return [name, { ...node, ucarp: { ...node.ucarp, command } }];
    }),
  );
}
