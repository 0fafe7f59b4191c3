import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

/** 3 x 1 s and the skew of 100 and 90, in s: how long each backup waits for its silenced master. */
const DOWN = { n2: 3.609375, d2: 3.648437 };

describe('vrid-collision', () => {
  test('a rejected advert silences a master, so that its own backup takes over, every 5.6 to 6.6 s', async () => {
    const run = (await loadExample('vrid-collision/lab.yaml')).run();
    expect(new Set(run.trace.filter('vrrp.rejected').map(({ reason }) => reason))).toEqual(
      new Set(['password']),
    );
    // While d1's adverts come, n1 sends none: after 3.474 its next one is the answer to n2's at 7.083.
    const sent = (node: string, from: number, to: number) =>
      run.trace
        .filter('vrrp.advert-sent')
        .filter((event) => event.node === node && event.time > from * 1e9 && event.time < to * 1e9).length;
    expect(sent('n1', 3.48, 7.08)).toBe(0);
    expect(sent('d1', 3.48, 7.08)).toBe(4);
    // Then it is d1 that is silent, until d2's takeover at 10.590.
    expect(sent('n1', 7.09, 10.58)).toBe(3);
    expect(sent('d1', 7.09, 10.58)).toBe(0);
    const takeovers = (node: string) =>
      run.trace
        .filter('vrrp.state')
        .filter((event) => event.node === node && event.to === 'MASTER')
        .map(({ time }) => time / 1e9);
    expect([sent('n1', 0, 60), sent('d1', 0, 60)]).toEqual([32, 33]);
    expect(takeovers('n2').length).toBe(9);
    expect(takeovers('d2').length).toBe(9);
    for (const node of ['n2', 'd2'] as const) {
      const times = takeovers(node);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      // One's own wait, and the two or three adverts that the own master had time for in between.
      for (const gap of gaps)
        expect(gap - DOWN[node]).toSatisfy((rest: number) => Math.abs(rest - Math.round(rest)) < 0.001);
      expect(new Set(gaps.map((gap) => Math.round(gap - DOWN[node])))).toEqual(new Set([2, 3]));
    }
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "b3d4694662a2e198",
        "dual": [
          ".100 7.084 to 7.084",
          ".100 13.693 to 13.693",
          ".100 20.303 to 20.303",
          ".100 26.912 to 26.912",
          ".100 33.522 to 33.522",
          ".100 39.131 to 39.132",
          ".100 44.741 to 44.741",
          ".100 50.351 to 50.351",
          ".100 55.960 to 55.960",
          ".150 10.590 to 10.590",
          ".150 17.238 to 17.239",
          ".150 23.887 to 23.887",
          ".150 30.536 to 30.536",
          ".150 36.184 to 36.185",
          ".150 41.833 to 41.833",
          ".150 47.482 to 47.482",
          ".150 53.130 to 53.130",
          ".150 58.779 to 58.779",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 76,
          "cam": 0,
          "landing": 0,
        },
        "outages": [],
        "states": [
          "3.474 n1 VI_WEB MASTER",
          "3.941 d1 VI_DB MASTER",
          "7.084 n2 VI_WEB MASTER",
          "10.590 d2 VI_DB MASTER",
          "13.693 n2 VI_WEB MASTER",
          "17.238 d2 VI_DB MASTER",
          "20.303 n2 VI_WEB MASTER",
          "23.887 d2 VI_DB MASTER",
          "26.912 n2 VI_WEB MASTER",
          "30.536 d2 VI_DB MASTER",
          "33.522 n2 VI_WEB MASTER",
          "36.184 d2 VI_DB MASTER",
          "39.131 n2 VI_WEB MASTER",
          "41.833 d2 VI_DB MASTER",
          "44.741 n2 VI_WEB MASTER",
          "47.482 d2 VI_DB MASTER",
          "50.351 n2 VI_WEB MASTER",
          "53.130 d2 VI_DB MASTER",
          "55.960 n2 VI_WEB MASTER",
          "58.779 d2 VI_DB MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('another VRID for one pair cures it', async () => {
    const lab = await loadExample('vrid-collision/lab.yaml');
    const nodes = Object.fromEntries(
      Object.entries(lab.design.nodes).map(([name, node]) =>
        node.kind !== 'switch' && typeof node.keepalived === 'object' && name.startsWith('d')
          ? [
              name,
              {
                ...node,
                keepalived: {
                  ...node.keepalived,
                  conf: node.keepalived.conf.replace('virtual_router_id 51', 'virtual_router_id 52'),
                },
              },
            ]
          : [name, node],
      ),
    );
    const run = lab.with({ nodes }).run();
    expect(run.trace.filter('vrrp.rejected')).toEqual([]);
    expect(run.trace.filter('vrrp.state').filter(({ to }) => to === 'MASTER')).toHaveLength(2);
  });
});
