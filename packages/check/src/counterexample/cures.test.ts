import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defineLab, type Lab, type LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { Scenario } from '../campaign/scenario.js';
import { cureCandidates } from './cure-candidates.js';
import { curesFor } from './cures.js';
import { pairDesign } from './pair.fixture.js';
import { counterexampleWith, recheckBy, scenarioWith, verdictWith } from './verdict.fixture.js';

const search = (lab: Lab, scenario: Scenario, at: number) =>
  curesFor(lab, counterexampleWith(lab, scenario, { property: 'x', message: 'y', at }), recheckBy(scenario));

/** The patch, applied by patch(1), gives what the cure says. */
function applied(patch: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'viplab-cure-'));
  try {
    for (const [file, text] of before) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    execFileSync('patch', ['-p0', '--fuzz=0', '-s'], { cwd: folder, input: patch });
    return new Map([...before.keys()].map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('equal priorities and a lost multicast', () => {
  const lab = defineLab(pairDesign(150, 150));
  const scenario = scenarioWith({ actions: [{ at: 4e9, deed: { do: 'drop-multicast', node: 'sw1' } }] });

  test('are cured by unicast, in the style of the files, and by a patch that applies', async () => {
    const { cures, tried, count } = await search(lab, scenario, 7e9);
    expect([tried, count]).toEqual([['priority', 'unicast_peer'], 2]);
    const [cure] = cures;
    expect(cure?.keyword).toBe('unicast_peer');
    expect(cure?.files.map(({ file }) => file)).toEqual(['n1/keepalived.conf', 'n2/keepalived.conf']);
    expect(cure?.patch).toMatch(
      /^--- n1\/keepalived\.conf\n\+\+\+ n1\/keepalived\.conf\n@@ -3,6 \+3,9 @@\n {5}interface eth0\n {5}virtual_router_id 51\n {5}priority 150\n\+ {4}unicast_peer \{\n\+ {8}192\.168\.1\.12 {4}# n2\n\+ {4}\}\n {5}advert_int 1\n/,
    );
    const files = cure?.files ?? [];
    const after = applied(cure?.patch ?? '', new Map(files.map(({ file, before }) => [file, before])));
    expect([...after]).toEqual(files.map(({ file, after: text }) => [file, text]));
  });

  test('with tabs and CR LF keep them', async () => {
    const design = JSON.parse(
      JSON.stringify(lab.design).replaceAll('    ', '\\t').replaceAll('\\n', '\\r\\n'),
    ) as LabDesign;
    const { cures } = await search(defineLab(design), scenario, 7e9);
    expect(cures[0]?.files[0]?.after).toContain(
      '\tpriority 150\r\n\tunicast_peer {\r\n\t\t192.168.1.12    # n2\r\n\t}\r\n\tadvert_int 1\r\n',
    );
  });

  test('say so where none proves it', async () => {
    const counterexample = counterexampleWith(lab, scenario, { property: 'x', message: 'y', at: 7e9 });
    const found = await curesFor(lab, counterexample, async (changed) =>
      verdictWith(changed, 'inconclusive'),
    );
    expect(found.cures).toEqual([]);
    expect(found.count).toBeGreaterThan(5);
    expect(found.tried).toContain('garp_master_refresh');
  });

  test('are not searched when nobody waits any more', async () => {
    const counterexample = counterexampleWith(lab, scenario, { property: 'x', message: 'y', at: 7e9 });
    const found = await curesFor(lab, counterexample, recheckBy(scenario), { signal: AbortSignal.abort() });
    expect(found).toEqual({ cures: [], tried: [], count: 0 });
  });
});

test('a weight lighter than the gap is cured by a heavier one', async () => {
  const script =
    'vrrp_script chk {\n    script "/usr/bin/killall -0 haproxy"\n    interval 2\n    weight -20\n}\n';
  const tracked = pairDesign(150, 100, '    track_script {\n        chk\n    }\n');
  const { n1, n2 } = tracked.nodes;
  const withScript = (node: typeof n1) =>
    node !== undefined && node.kind !== 'switch' && typeof node.keepalived === 'object'
      ? {
          ...node,
          services: { haproxy: 80 },
          keepalived: { ...node.keepalived, conf: script + node.keepalived.conf },
        }
      : { address: '' };
  const lab = defineLab({ ...tracked, nodes: { ...tracked.nodes, n1: withScript(n1), n2: withScript(n2) } });
  const weight = cureCandidates(lab).find(({ keyword }) => keyword === 'weight');
  expect([...(weight?.edits ?? [])]).toEqual([
    ['n1', [{ kind: 'replace', file: 'n1/keepalived.conf', line: 4, from: 12, to: 15, text: '-60' }]],
  ]);
  expect(weight?.title).toContain('-60 for chk');
});

test('four lost adverts are cured by a backup with more patience, and by nothing cheaper', async () => {
  const lab = defineLab(pairDesign(150, 100));
  const losses = [15e9, 15.1e9, 15.2e9, 15.3e9].map((at) => ({ at, node: 'n2', kind: 'vrrp' as const }));
  const { cures, tried } = await search(lab, scenarioWith({ losses, until: 40e9 }), 20e9);
  expect(tried).toEqual(['unicast_peer', 'nopreempt', 'garp_master_refresh', 'down_timer_adverts']);
  expect(cures.map(({ keyword }) => keyword)).toEqual(['down_timer_adverts']);
  expect(cures[0]?.patch).toContain('\n+    down_timer_adverts 6\n');
});

test('nopreempt beside state MASTER gets the state that lets it work', () => {
  const text = JSON.stringify(pairDesign(150, 100, '    nopreempt\n'))
    .replaceAll('state BACKUP', 'state MASTER')
    .replaceAll('"ready"', '"likeDaemon":true,"ready"');
  const lab = defineLab(JSON.parse(text) as LabDesign);
  const candidate = cureCandidates(lab).find(({ keyword }) => keyword === 'nopreempt');
  expect(candidate?.edits.get('n1')).toEqual([
    { kind: 'replace', file: 'n1/keepalived.conf', line: 2, from: 11, to: 17, text: 'BACKUP' },
  ]);
});

test('a block in one line, or one that cannot be found, has no candidates that insert', () => {
  const conf =
    'vrrp_instance VI_1 { interface eth0 virtual_router_id 51 priority 100\nvirtual_ipaddress { 192.168.1.100/24 } }\n';
  const design = pairDesign(150, 100);
  const node = (last: number) => ({
    address: `192.168.1.${last}/24`,
    keepalived: { conf, likeDaemon: true },
  });
  const lab = defineLab({ ...design, nodes: { n1: node(11), n2: node(12) } });
  for (const { keyword } of cureCandidates(lab)) expect(['priority']).toContain(keyword);
});
