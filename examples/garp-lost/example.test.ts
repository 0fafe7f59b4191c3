import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

const VIP = '192.168.1.100';
/** Linux: REACHABLE for 15 to 45 s, DELAY 5 s, three probes 1 s apart (net/ipv4/arp.c). */
const BLACK_HOLE = { shortest: 3e9, longest: 53e9 };

describe('garp-lost', () => {
  test('the loser yields in silence, the winner knows of nothing, and the client talks to nobody', async () => {
    const run = (await loadExample('garp-lost/lab.yaml')).run();
    const healed = run.trace.filter('vrrp.yielded');
    expect(healed.map(({ node, to }) => [node, to])).toEqual([['n2', '192.168.1.11']]);
    // n1 never heard n2: it has nothing to force, and announces nothing after the heal.
    expect(run.trace.filter('vrrp.lower-advert')).toEqual([]);
    expect(run.trace.filter('arp.announced').filter(({ time }) => time > 90.1e9)).toEqual([]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "ab171b557b399b33",
        "dual": [
          ".100 33.084 to 90.474",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 4,
          "cam": 0,
          "landing": 2,
        },
        "outages": [
          "c1 .100 90.600 to 122.000, 157 attempts, timeout",
        ],
        "states": [
          "3.474 n1 VI_1 MASTER",
          "33.084 n2 VI_1 MASTER",
        ],
        "verdict": "dual",
      }
    `);
  });

  test('over 40 seeds the black hole lasts as long as ARP needs: up to 53 s, and mostly half a minute', async () => {
    const lab = await loadExample('garp-lost/lab.yaml');
    const lengths: number[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const [astray] = lab.run({ seed }).report.vip(VIP).landings[0]?.astray ?? [];
      if (astray !== undefined) lengths.push(astray.to - astray.from);
    }
    expect(lengths.length).toBe(40);
    expect(Math.min(...lengths)).toBeGreaterThan(BLACK_HOLE.shortest);
    expect(Math.max(...lengths)).toBeLessThan(BLACK_HOLE.longest);
    const sorted = lengths.toSorted((one, other) => one - other);
    expect(sorted[20] ?? 0).toBeGreaterThan(20e9);
  });

  test("healed 0.5 s later n2's advert crosses first, n1 hears it and announces itself: nobody waits", async () => {
    const lab = await loadExample('garp-lost/lab.yaml');
    const [split] = lab.design.schedule ?? [];
    if (split === undefined) throw new Error('no schedule');
    const run = lab.with({ schedule: [split, { at: '90600ms', do: 'heal', node: 'sw1' }] }).run();
    expect(run.trace.filter('vrrp.lower-advert').map(({ node }) => node)).toEqual(['n1']);
    expect(run.report.client('c1').outages.every(({ from, to }) => to - from < 1e9)).toBe(true);
  });

  test.each(['garp_master_refresh 5', 'higher_prio_send_advert'])('cure: %s', async (line) => {
    const lab = await loadExample('garp-lost/lab.yaml');
    const cured = (name: string) => {
      const node = lab.design.nodes[name];
      if (node === undefined || node.kind === 'switch' || typeof node.keepalived !== 'object')
        throw new Error(name);
      const conf = node.keepalived.conf.replace('advert_int 1', `advert_int 1\n    ${line}`);
      return { ...node, keepalived: { ...node.keepalived, conf } };
    };
    const run = lab.with({ nodes: { ...lab.design.nodes, n1: cured('n1'), n2: cured('n2') } }).run();
    for (const outage of run.report.client('c1').outages) expect(outage.to - outage.from).toBeLessThan(6e9);
  });
});
