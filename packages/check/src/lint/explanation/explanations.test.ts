import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineLab, type LabDesign, type Run, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { LINT_CODES, type LintCode } from '../codes.js';
import { lintLab } from '../lint-lab.js';
import { EXPLANATIONS, WORDS } from './index.js';

const VIP = '192.168.1.100';

/** A design whose nodes carry on with what keepalived's own test objects to. */
function likeDaemon(design: LabDesign): LabDesign {
  const nodes = Object.entries(design.nodes).map(([name, node]) =>
    node.kind === 'switch' || typeof node.keepalived !== 'object'
      ? [name, node]
      : [name, { ...node, keepalived: { ...node.keepalived, likeDaemon: true } }],
  );
  return { ...design, nodes: Object.fromEntries(nodes) };
}

const runs = new Map<LintCode, Run>();
function runOf(code: LintCode): Run {
  const design = EXPLANATIONS.find((each) => each.code === code)?.lab;
  if (design === undefined) throw new Error(`${code} is not explained`);
  const run = runs.get(code) ?? defineLab(likeDaemon(design)).run();
  runs.set(code, run);
  return run;
}

/** Instants in seconds at which a node became master. */
const mastersOf = (run: Run, node: string): readonly number[] =>
  run.trace
    .filter('vrrp.state')
    .flatMap((event) => (event.node === node && event.to === 'MASTER' ? [event.time / SECOND] : []));

const advertsOf = (run: Run, node: string): number =>
  run.trace.filter('vrrp.advert-sent').filter((event) => event.node === node).length;

const meansOf = (code: LintCode): string => {
  const { lab } = runOf(code);
  return lintLab(lab.design, lab.plan)[0]?.means ?? '';
};

/** How long c1 sent to nobody while somebody owned the address, in seconds. */
const blackHoleOf = (run: Run): number =>
  run.report
    .vip(VIP)
    .landings.reduce((sum, { astray }) => sum + astray.reduce((all, { from, to }) => all + to - from, 0), 0) /
  SECOND;

/** From the start of the outage to its end, in seconds; the longest one. */
const outageOf = (run: Run): number =>
  Math.max(0, ...run.report.client('c1').outages.map(({ from, to }) => (to - from) / SECOND));

test('every code is explained, in the order of the list', () => {
  expect(EXPLANATIONS.map(({ code }) => code)).toEqual(LINT_CODES);
});

describe.each(EXPLANATIONS.map((explanation) => ({ code: explanation.code, explanation })))(
  '$code',
  ({ explanation }) => {
    test('its smallest files give it and no other', () => {
      const { design, plan } = runOf(explanation.code).lab;
      expect([...new Set(lintLab(design, plan).map(({ code }) => code))]).toEqual([explanation.code]);
    });

    test('says why, what it shows, and what a cure costs', () => {
      const { rule, why, shows, cures } = explanation;
      for (const text of [rule, why, shows, ...cures.flatMap(({ cure, price }) => [cure, price])]) {
        expect(text).toMatch(/^\S.*[^.\s]$/s);
      }
      expect(cures.length).toBeGreaterThan(0);
    });
  },
);

describe('the run shows what the finding says', () => {
  test.each<LintCode>([
    'vrrp/auth-mismatch',
    'vrrp/interval-mismatch',
    'vrrp/version-mismatch',
    'vrrp/vip-list-mismatch',
    'vrrp/vrid-mismatch',
  ])('%s: both are masters at the instants of its means, for good', (code) => {
    const [, first = '', at, second = '', later] =
      /(\w+) master at ([\d.]+) s, (\w+) at ([\d.]+) s, both for good/.exec(meansOf(code)) ?? [];
    const run = runOf(code);
    // n1 is ready after 60 ms, n2 after 80.
    expect(mastersOf(run, first).map((time) => (time - 0.06).toFixed(2))).toEqual([at]);
    expect(mastersOf(run, second).map((time) => (time - 0.08).toFixed(2))).toEqual([later]);
    expect(run.report.vip(VIP).dual.at(-1)?.to).toBe(run.until);
  });

  test.each<LintCode>(['vrrp/unicast-one-sided', 'vrrp/group-mismatch'])(
    '%s: two masters, and no line about it',
    (code) => {
      const run = runOf(code);
      expect(meansOf(code)).toContain('two masters from 3.61 s');
      expect((mastersOf(run, 'n2')[0] ?? 0) - 0.08).toBeCloseTo(3.61, 2);
      expect(run.report.vip(VIP).dual.at(-1)?.to).toBe(run.until);
      expect(run.log().filter((line) => /invalid|mismatch|unicast|received/i.test(line))).toEqual([]);
    },
  );

  test('vrrp/interval-mismatch: the slower one sends a single advert', () => {
    const run = runOf('vrrp/interval-mismatch');
    expect(advertsOf(run, 'n2')).toBe(1);
    expect(advertsOf(run, 'n1')).toBeGreaterThan(20);
  });

  test('vrrp/equal-priority: who boots first is master, and after lost adverts the higher address', () => {
    const run = runOf('vrrp/equal-priority');
    expect(meansOf('vrrp/equal-priority')).toMatch(/make two after 3\.41 s, .* higher address, n2's,/);
    const [first] = mastersOf(run, 'n1');
    const [second = 0] = mastersOf(run, 'n2');
    expect(first).toBeLessThan(4);
    const lastHeard = run.trace
      .filter('vrrp.advert-sent')
      .filter(({ node, time }) => node === 'n1' && time < 10 * SECOND)
      .at(-1);
    expect(second - (lastHeard?.time ?? 0) / SECOND).toBeCloseTo(3.41, 2);
    expect(run.report.verdict.words).toContain('dual');
    expect(run.report.vip(VIP).owners.at(-1)?.owners).toEqual(['n2']);
  });

  test('vrrp/weight-too-light and -beside-nopreempt: refused until the end, and n2 is never master', () => {
    for (const code of ['vrrp/weight-too-light', 'vrrp/weight-beside-nopreempt'] as const) {
      const run = runOf(code);
      expect(mastersOf(run, 'n2')).toEqual([]);
      expect(run.report.client('c1').outages.at(-1)?.to).toBe(run.until);
      expect(run.trace.filter('client.result').some(({ result }) => result === 'refused')).toBe(true);
    }
  });

  test('vrrp/nopreempt-master: n1 takes the address back 3.41 s after its start', () => {
    const run = runOf('vrrp/nopreempt-master');
    expect(meansOf('vrrp/nopreempt-master')).toContain('3.41 s after its start');
    expect((mastersOf(run, 'n1')[1] ?? 0) - 20.06).toBeCloseTo(3.41, 2);
  });

  test('vrrp/vrid-reused: backups take over again and again', () => {
    const run = runOf('vrrp/vrid-reused');
    for (const backup of ['n2', 'd2']) expect(mastersOf(run, backup)).toHaveLength(9);
    expect(run.report.verdict.word).toBe('no-flap');
    expect(advertsOf(run, 'n1')).toBeLessThan(40);
  });

  test('vrrp/timer-shorter-than-delay: two owners for 6.1 ms', () => {
    const code = 'vrrp/timer-shorter-than-delay';
    expect(meansOf(code)).toContain('two masters for up to 6.1 ms');
    const [dual, ...more] = runOf(code).report.vip(VIP).dual;
    expect(more).toEqual([]);
    expect(((dual?.to ?? 0) - (dual?.from ?? 0)) / 1e6).toBeCloseTo(6.1, 1);
    expect(mastersOf(runOf(code), 'n3')).toHaveLength(1);
  });

  test('vrrp/check-outlasts-timers: 15 s, and 3.61 s more', () => {
    const code = 'vrrp/check-outlasts-timers';
    expect(meansOf(code)).toMatch(/up to 15\.00 s before the check fails, and 3\.61 s more/);
    expect(outageOf(runOf(code))).toBeGreaterThan(17);
    expect(outageOf(runOf(code))).toBeLessThan(15 + 3.61 + 0.2);
  });

  test('vrrp/one-garp-only: a black hole of half a minute', () => {
    expect(blackHoleOf(runOf('vrrp/one-garp-only'))).toBeGreaterThan(20);
    expect(blackHoleOf(runOf('vrrp/one-garp-only'))).toBeLessThanOrEqual(53);
  });

  test('lint/…: nothing, it is a healthy pair', () => {
    for (const code of ['lint/accept-unused', 'lint/accept-without-reason'] as const)
      expect(runOf(code).report.verdict.words).toEqual(['no-flap']);
  });
});

test('the words are those of the verdicts, and each is explained in sentences', () => {
  for (const word of ['owner', 'dual', 'headless', 'landing', 'caused', 'flap', 'flux', 'settled', 'cure'])
    expect(Object.keys(WORDS)).toContain(word);
  for (const text of Object.values(WORDS)) expect(text).toMatch(/^[A-Zv].*[.]$|^vl1/);
});

test('docs/lint.md has a row for each code, and no other', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../../../docs/lint.md', import.meta.url)), 'utf8');
  expect([...page.matchAll(/^\| `([a-z]+\/[a-z-]+)` \|/gm)].map(([, code]) => code)).toEqual(LINT_CODES);
});
