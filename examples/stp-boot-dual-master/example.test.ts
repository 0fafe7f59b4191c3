import type { LabDesign, SwitchDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

const NAME = 'stp-boot-dual-master/lab.yaml';
const VIP = '192.168.1.100';

/** The lab with another switch. */
async function withSwitch(changes: Partial<SwitchDesign>): Promise<ReturnType<typeof loadExample>> {
  const lab = await loadExample(NAME);
  const sw1: SwitchDesign = { kind: 'switch', spanningTree: 'stp', ...changes };
  return lab.with({ nodes: { ...lab.design.nodes, sw1 } });
}

/** The lab with a line more in the global_defs of both nodes. */
async function withGlobal(line: string): Promise<ReturnType<typeof loadExample>> {
  const lab = await loadExample(NAME);
  const nodes: LabDesign['nodes'] = Object.fromEntries(
    Object.entries(lab.design.nodes).map(([name, node]) => {
      if (node.kind === 'switch' || typeof node.keepalived !== 'object') return [name, node];
      const conf = node.keepalived.conf.replace('global_defs {', `global_defs {\n    ${line}`);
      return [name, { ...node, keepalived: { ...node.keepalived, conf } }];
    }),
  );
  return lab.with({ nodes });
}

const allPorts = (edge: boolean | 'auto') => ({ n1: { edge }, n2: { edge }, c1: { edge } });

describe('stp-boot-dual-master', () => {
  test('both take over behind closed ports, until the first advert that gets through', async () => {
    const run = (await loadExample(NAME)).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "c913fae682e1b60d",
        "dual": [
          ".100 3.689 to 30.474",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 1,
          "cam": 0,
          "landing": 0,
        },
        "outages": [],
        "states": [
          "3.474 n1 VI_1 MASTER",
          "3.689 n2 VI_1 MASTER",
        ],
        "verdict": "dual",
      }
    `);
    const ports = run.trace.filter('stp.port').filter(({ port }) => port === 'n1');
    expect(ports.map(({ time, state }) => [time / 1e9, state])).toEqual([
      [0, 'listening'],
      [15, 'learning'],
      [30, 'forwarding'],
    ]);
    // Whatever was announced before came to nobody.
    const learned = run.trace.filter('arp.learned').filter(({ address }) => address === VIP);
    expect(learned.map(({ time }) => time > 30e9)).not.toContain(false);
    expect(run.trace.filter('arp.announced').filter(({ time }) => time < 30e9).length).toBe(20);
    // n2 yields before n1 has heard of it, so n1 has no reason to announce itself again.
    expect(run.trace.filter('vrrp.lower-advert')).toEqual([]);
    expect(run.trace.filter('arp.announced').filter(({ time }) => time > 30e9)).toEqual([]);
    // Not an outage, since there was no service before: but nobody was served for half a minute.
    expect(run.trace.filter('client.result').find(({ result }) => result === 'ok')?.time).toBeGreaterThan(
      30e9,
    );
  });

  test('cure: edge ports, and there is one master only', async () => {
    const run = (await withSwitch({ ports: allPorts(true) })).run();
    expect(outcomeOf(run)).toMatchObject({ verdict: 'no-flap', states: ['3.474 n1 VI_1 MASTER'], dual: [] });
    expect(run.trace.filter('client.result').find(({ result }) => result === 'ok')?.time).toBeLessThan(4e9);
  });

  test('cure: rapid spanning tree that finds out by itself opens after 3 s; without edges it is as slow', async () => {
    const auto = (await withSwitch({ spanningTree: 'rstp', ports: allPorts('auto') })).run();
    expect(outcomeOf(auto)).toMatchObject({ verdict: 'no-flap', states: ['3.474 n1 VI_1 MASTER'], dual: [] });
    const opened = auto.trace.filter('stp.port').filter(({ state }) => state === 'forwarding');
    expect([...new Set(opened.map(({ time }) => time))]).toEqual([3e9]);
    const rapid = (await withSwitch({ spanningTree: 'rstp' })).run();
    expect(outcomeOf(rapid)).toMatchObject({ verdict: 'dual', dual: ['.100 3.689 to 30.474'] });
  });

  test('cure: the daemons wait for the network', async () => {
    const run = (await withGlobal('vrrp_startup_delay 31')).run();
    expect(outcomeOf(run)).toMatchObject({ verdict: 'no-flap', dual: [] });
    expect(outcomeOf(run).states).toEqual(['34.474 n1 VI_1 MASTER']);
  });
});
