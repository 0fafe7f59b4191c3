import type { HostDesign, Lab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { loadExample, macsOf, outcomeOf } from '../labs.testing.js';

const NAME = 'multihomed-arp-flux/lab.yaml';
const VIP = '192.168.1.100';
const OTHER = '192.168.1.21';
const ETH0 = '02:00:c0:a8:01:0b';
const ETH1 = '02:00:c0:a8:01:15';

/** The lab with kernel settings on n1; the client asks for the address of eth1 too. */
async function cured(sysctl: NonNullable<HostDesign['sysctl']>): Promise<Lab> {
  const lab = await loadExample(NAME);
  const { n1, c1 } = lab.design.nodes as Readonly<Record<string, HostDesign>>;
  const client = [VIP, OTHER].map(
    (address) => ({ request: `${address}:8080`, every: '200ms', from: '10s' }) as const,
  );
  const nodes = { ...lab.design.nodes, n1: { ...n1, sysctl }, c1: { ...c1, client } };
  return lab.with({ nodes });
}

/** Which cards answered the first question for an address. */
function answersOf(lab: Lab, address: string): string[] {
  const replies = lab.run({ until: '15s' }).trace.filter('arp.replied');
  return replies.filter((event) => event.address === address).map((event) => event.interface);
}

describe('multihomed-arp-flux', () => {
  test('two answers, the first one counts, and its card dies', async () => {
    const run = (await loadExample(NAME)).run();
    const [first, second, ...later] = run.trace
      .filter('arp.replied')
      .filter(({ address }) => address === VIP);
    expect([first?.mac, second?.mac]).toEqual([ETH1, ETH0]);
    expect((second?.time ?? 0) - (first?.time ?? 0)).toBe(2000);
    expect(macsOf(run, 'c1', VIP)).toEqual([ETH1, null, ETH0]);
    expect(later.map(({ mac }) => mac)).toEqual([ETH0]);
    // Nothing moved: keepalived watches eth0, and eth0 is well.
    expect(run.trace.filter('vrrp.state').filter(({ time }) => time > 4e9)).toEqual([]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "58e71c86ef390a1f",
        "dual": [],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 3,
          "cam": 0,
          "landing": 0,
        },
        "outages": [
          "c1 .100 20.000 to 51.400, 157 attempts, timeout",
        ],
        "states": [
          "3.474 n1 VI_1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('over 40 seeds the hole lasts as long as ARP needs', async () => {
    const lab = await loadExample(NAME);
    const lengths = Array.from({ length: 40 }, (_, seed) => {
      const [outage] = lab.run({ seed: seed + 1 }).report.client('c1').outages;
      return outage === undefined ? 0 : outage.to - outage.from;
    });
    expect(Math.min(...lengths)).toBeGreaterThan(12e9);
    expect(Math.max(...lengths)).toBeLessThan(54e9);
  });

  test('with the cables as long as each other eth0 answers first, and nobody notices anything', async () => {
    const lab = await loadExample(NAME);
    const links = lab.design.links?.map((link) => ('between' in link ? link.between : link)) ?? [];
    const run = lab.with({ links }).run();
    expect(macsOf(run, 'c1', VIP)[0]).toBe(ETH0);
    expect(outcomeOf(run).outages).toEqual([]);
  });

  test.each([
    ['nothing', {}, ['eth1', 'eth0'], ['eth1', 'eth0']],
    ['arp_ignore', { arp_ignore: 1 }, ['eth0'], ['eth1']],
    ['arp_ignore and arp_announce', { arp_ignore: 1, arp_announce: 2 }, ['eth0'], ['eth1']],
    ['arp_filter', { arp_filter: 1 }, ['eth0'], ['eth0']],
  ])(
    '%s: who answers for the virtual address, and who for that of eth1',
    async (_name, sysctl, vip, other) => {
      const lab = await cured(sysctl);
      expect([answersOf(lab, VIP), answersOf(lab, OTHER)]).toEqual([vip, other]);
    },
  );

  test.each([{ arp_ignore: 1, arp_announce: 2 }, { arp_filter: 1 }])(
    'cure: %o, and the cable of eth1 is nobody’s loss',
    async (sysctl) => {
      const run = (await cured(sysctl)).run();
      expect(macsOf(run, 'c1', VIP)).toEqual([ETH0]);
      expect(outcomeOf(run).outages.filter((outage) => outage.includes('.100'))).toEqual([]);
    },
  );
});
