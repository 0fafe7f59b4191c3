import { prove } from '@viplab/check';
import { formatSeconds, type Lab, type Run } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

const VIRTUAL_MAC = '00:00:5e:00:01:07';
const CARP = '192.0.2.1';
const VRRP = '192.0.2.100';

/** The lab with the keepalived.conf of both web servers changed. */
function withConf(lab: Lab, change: (conf: string) => string): Lab {
  const nodes = Object.fromEntries(
    Object.entries(lab.design.nodes).map(([name, node]) =>
      node.kind !== 'switch' && typeof node.keepalived === 'object'
        ? [name, { ...node, keepalived: { ...node.keepalived, conf: change(node.keepalived.conf) } }]
        : [name, node],
    ),
  );
  return lab.with({ nodes });
}

const rejectionsAt = (run: Run, node: string): string[] =>
  run.trace.filter('carp.rejected').flatMap((event) => (event.node === node ? [event.reason] : []));
const takeovers = (run: Run, node: string): number =>
  run.trace.filter('vrrp.state').filter((event) => event.node === node && event.to === 'MASTER').length;
/** Moves of the virtual MAC, once both elections are over. */
const movesOf = (run: Run): string[] =>
  run.trace
    .filter('cam.moved')
    .filter(({ mac, time }) => mac === VIRTUAL_MAC && time > 4e9)
    .map(({ from, to }) => `${from} to ${to}`);
const isHurt = (run: Run, address: string): boolean =>
  run.report.clients.some(({ outages }) => outages.some(({ target }) => target === address));

describe('carp-meets-vrrp', () => {
  test('each throws away what it hears of the other, and no state changes', async () => {
    const run = (await loadExample('carp-meets-vrrp/lab.yaml')).run();
    for (const node of ['fw1', 'fw2']) {
      expect(new Set(rejectionsAt(run, node))).toEqual(new Set(['badlen']));
      expect(rejectionsAt(run, node).length).toBe(11);
    }
    expect(new Set(run.trace.filter('vrrp.rejected').map(({ reason }) => reason))).toEqual(
      new Set(['length']),
    );
    const lines = run.trace.filter('daemon.log').flatMap(({ node, line }) => (node === 'n2' ? [line] : []));
    expect(lines).toContain('(VI_WEB) vrrp packet too short, length 56 and expect 64');
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "e2aaf8da37d04344",
        "dual": [],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 4,
          "cam": 26,
          "landing": 0,
        },
        "outages": [
          "c1 .1 3.600 to 4.200, 3 attempts, timeout",
          "c1 .1 8.200 to 8.400, 1 attempts, timeout",
          "c1 .1 8.600 to 9.400, 4 attempts, timeout",
          "c1 .1 13.400 to 13.600, 1 attempts, timeout",
          "c1/2 .100 4.200 to 8.200, 20 attempts, timeout",
          "c1/2 .100 8.400 to 8.600, 1 attempts, timeout",
          "c1/2 .100 9.400 to 13.400, 20 attempts, timeout",
          "c1/2 .100 13.600 to the end, 7 attempts, timeout",
        ],
        "states": [
          "3.039 fw1 carp0 MASTER",
          "3.474 n1 VI_WEB MASTER",
        ],
        "verdict": "unsettled",
      }
    `);
  });

  test('the MAC of both is at the firewall for 1 s and at the web server for 39 ms, again and again', async () => {
    const run = (await loadExample('carp-meets-vrrp/lab.yaml')).run();
    const moves = run.trace.filter('cam.moved').filter(({ mac, time }) => mac === VIRTUAL_MAC && time > 10e9);
    expect(moves.length).toBe(10);
    const gaps = moves.slice(1).map(({ time, from }, index) => ({
      at: from,
      ms: Math.round((time - (moves[index]?.time ?? 0)) / 1e6),
    }));
    expect(new Set(gaps.map(({ at, ms }) => `${at} ${ms} ms`))).toEqual(new Set(['fw1 1000 ms', 'n1 39 ms']));
  });

  test('a web server that advertises less often than the firewall falls silent', async () => {
    const lab = await loadExample('carp-meets-vrrp/slower.yaml');
    const run = lab.run();
    const sent = run.trace
      .filter('vrrp.advert-sent')
      .flatMap(({ node, time }) => (node === 'n1' ? [formatSeconds(time)] : []));
    // One of its own, then only answers to n2's.
    expect(sent).toEqual(['6.474', '13.084', '19.693', '26.303']);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "f765fc1f4815fef9",
        "dual": [
          ".100 13.084 to 13.084",
          ".100 19.693 to 19.693",
          ".100 26.303 to 26.303",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 16,
          "cam": 0,
          "landing": 0,
        },
        "outages": [],
        "states": [
          "3.039 fw1 carp0 MASTER",
          "6.474 n1 VI_WEB MASTER",
          "13.084 n2 VI_WEB MASTER",
          "19.693 n2 VI_WEB MASTER",
          "26.303 n2 VI_WEB MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
    const cured = withConf(lab, (conf) =>
      conf.replace('advert_int 2', 'advert_int 2\n    lower_prio_no_advert'),
    ).run();
    expect([takeovers(run, 'n2'), takeovers(cured, 'n2')]).toEqual([3, 0]);
  });

  test('another VRID cures both', async () => {
    for (const name of ['lab', 'slower']) {
      const lab = await loadExample(`carp-meets-vrrp/${name}.yaml`);
      const run = withConf(lab, (conf) => conf.replace('virtual_router_id 7', 'virtual_router_id 8')).run();
      expect(run.report.verdict.words).toEqual(['no-flap']);
      expect(movesOf(run)).toEqual([]);
      expect([isHurt(run, CARP), isHurt(run, VRRP), takeovers(run, 'n2')]).toEqual([false, false, 0]);
      // Still the firewalls count what is too short, whatever its number.
      expect(new Set(rejectionsAt(run, 'fw1'))).toEqual(new Set(['badlen']));
      expect(run.trace.filter('vrrp.rejected')).toEqual([]);
    }
  });

  test('without use_vmac nobody but the firewalls has the MAC', async () => {
    const lab = await loadExample('carp-meets-vrrp/lab.yaml');
    const run = withConf(lab, (conf) => conf.replace('    use_vmac\n', '')).run();
    expect(run.report.verdict.words).toEqual(['no-flap']);
    expect(movesOf(run)).toEqual([]);
    expect([isHurt(run, CARP), isHurt(run, VRRP)]).toEqual([false, false]);
  });

  test('with net.inet.carp.log as it is by default the log of the firewall says nothing of it', async () => {
    const run = (await loadExample('carp-meets-vrrp/lab.yaml')).run();
    const lines = run.trace.filter('daemon.log').flatMap(({ node, line }) => (node === 'fw1' ? [line] : []));
    expect(lines).toEqual(['carp0: state transition: BACKUP -> MASTER']);
  });

  test('check breaks it without any cause: a client whose frames arrive at the other pair', async () => {
    const lab = await loadExample('carp-meets-vrrp/lab.yaml');
    // Two pairs do not close; the first of its random runs shows it.
    const { word, counterexamples } = await prove(lab, { budget: '8s' });
    expect([word, counterexamples[0]?.property]).toEqual(['broken', 'every-client-lands']);
    expect(counterexamples[0]?.scenario.actions).toEqual([]);
  });
});
