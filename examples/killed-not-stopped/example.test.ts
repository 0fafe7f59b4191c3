import { describe, expect, test } from 'vitest';
import { landingsOf, loadExample, outcomeOf } from '../labs.testing.js';

const VIP = '192.168.1.100';

describe('killed-not-stopped', () => {
  test('the address stays; each ARP request is answered twice; the restart takes the address away under the client', async () => {
    const run = (await loadExample('killed-not-stopped/lab.yaml')).run();
    // Killed at 10 s: no priority 0 advert, no address removed.
    expect(run.trace.filter('vrrp.priority-zero-sent')).toEqual([]);
    expect(
      run.trace.filter('address.removed').map(({ node, time }) => [node, Math.floor(time / 1e9)]),
    ).toEqual([
      ['n1', 30],
      ['n2', 33],
    ]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "a51624276c58271f",
        "dual": [
          ".100 13.084 to 30.060",
          ".100 33.474 to 33.474",
        ],
        "handovers": [
          ".100 13.084 n1 to n2, kill-9",
          ".100 33.474 n2 to n1, start",
        ],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 6,
          "cam": 0,
          "landing": 4,
        },
        "outages": [
          "c1 .100 30.145 to 33.545, 17 attempts, timeout",
        ],
        "states": [
          "3.474 n1 VI_1 MASTER",
          "13.084 n2 VI_1 MASTER",
          "33.474 n1 VI_1 MASTER",
        ],
        "verdict": "flux, dual",
      }
    `);
    expect(landingsOf(run, 'c1', VIP)).toMatchInlineSnapshot(`
      [
        "3.474 n1",
        "13.084 n2",
        "20.000 n1",
        "22.000 n2",
        "25.000 nowhere",
        "25.145 n1",
      ]
    `);
  });

  test('started again at once: never two owners for longer than a handover, and an ordinary outage', async () => {
    const lab = await loadExample('killed-not-stopped/lab.yaml');
    const run = lab
      .with({
        schedule: [
          { at: '10s', do: 'kill-9', node: 'n1' },
          { at: '10100ms', do: 'start', node: 'n1' },
        ],
      })
      .run();
    expect(run.report.verdict.words).toEqual(['no-flap']);
    expect(run.report.client('c1').outages).toMatchObject([
      { attempts: 14, kind: 'timeout', hasEnded: true },
    ]);
  });

  test('stopped instead of killed: a priority 0 advert, and n2 takes over after its skew time alone', async () => {
    const lab = await loadExample('killed-not-stopped/lab.yaml');
    const run = lab.with({ schedule: [{ at: '10s', do: 'stop', node: 'n1' }] }).run();
    const [handover] = run.report.vip(VIP).handovers;
    // (256 - 100)/256 s, and a latency.
    expect((handover?.at ?? 0) - 10e9).toBeGreaterThanOrEqual(609_375_000);
    expect((handover?.at ?? 0) - 10e9).toBeLessThan(609_600_000);
    expect(run.report.verdict.words).toEqual(['no-flap']);
  });
});
