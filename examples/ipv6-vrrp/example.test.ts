import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

const IPV4 = '192.168.1.100';
const IPV6 = '2001:db8:1::100';

describe('ipv6-vrrp', () => {
  test('both families fail over alike, and after a boot IPv6 comes back later', async () => {
    const run = (await loadExample('ipv6-vrrp/lab.yaml')).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "8ff632e4f2b2cc5b",
        "dual": [
          ".100 28.474 to 28.474",
          "fe80::100 29.738 to 29.738",
          "2001:db8:1::100 29.738 to 29.738",
        ],
        "handovers": [
          ".100 13.084 n1 to n2, power-off",
          ".100 28.474 n2 to n1, power-on",
          "fe80::100 13.084 n1 to n2, power-off",
          "fe80::100 29.738 n2 to n1, power-on",
          "2001:db8:1::100 13.084 n1 to n2, power-off",
          "2001:db8:1::100 29.738 n2 to n1, power-on",
        ],
        "headless": [
          ".100 10.000 to 13.084",
          "fe80::100 10.000 to 13.084",
          "2001:db8:1::100 10.000 to 13.084",
        ],
        "isExpected": true,
        "moves": {
          "arp": 6,
          "cam": 0,
          "landing": 4,
        },
        "outages": [
          "c4 .100 10.000 to 13.200, 16 attempts, timeout",
          "c6 2001:db8:1::100 10.000 to 13.200, 16 attempts, timeout",
        ],
        "states": [
          "3.474 n1 VI_4 MASTER",
          "3.474 n1 VI_6 MASTER",
          "13.084 n2 VI_4 MASTER",
          "13.084 n2 VI_6 MASTER",
          "25.060 n1 VI_6 FAULT",
          "28.474 n1 VI_4 MASTER",
          "29.738 n1 VI_6 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
    const [, back4] = run.report.vip(IPV4).handovers;
    const [, back6] = run.report.vip(IPV6).handovers;
    expect([back4?.to, back6?.to]).toEqual(['n1', 'n1']);
    // Duplicate address detection of n1's link-local address: up to 1 s of waiting, and 1 s of listening.
    const later = (back6?.at ?? 0) - (back4?.at ?? 0);
    expect(later).toBeGreaterThan(0.9e9);
    expect(later).toBeLessThan(2e9);
  });

  test('the virtual addresses themselves are not probed: keepalived adds them with IFA_F_NODAD', async () => {
    const run = (await loadExample('ipv6-vrrp/lab.yaml')).run();
    const master = run.trace.filter('vrrp.state').find(({ node, to, instance }) => {
      return node === 'n2' && to === 'MASTER' && instance === 'VI_6';
    });
    const added = run.trace.filter('address.added').find(({ node, address }) => {
      return node === 'n2' && address === IPV6;
    });
    expect(added?.time).toBe(master?.time);
  });

  test('cure: a sync group moves both families together', async () => {
    const lab = await loadExample('ipv6-vrrp/lab.yaml');
    const grouped = (name: string) => {
      const node = lab.design.nodes[name];
      if (node === undefined || node.kind === 'switch' || typeof node.keepalived !== 'object')
        throw new Error(name);
      const conf = `${node.keepalived.conf}\nvrrp_sync_group BOTH {\n    group {\n        VI_4\n        VI_6\n    }\n}\n`;
      return { ...node, keepalived: { ...node.keepalived, conf } };
    };
    const run = lab.with({ nodes: { ...lab.design.nodes, n1: grouped('n1'), n2: grouped('n2') } }).run();
    const at = (address: string) => run.report.vip(address).handovers.map((handover) => handover.at);
    expect(at(IPV6)).toHaveLength(2);
    expect(at(IPV4).every((instant, index) => Math.abs(instant - (at(IPV6)[index] ?? 0)) < 1e6)).toBe(true);
  });
});
