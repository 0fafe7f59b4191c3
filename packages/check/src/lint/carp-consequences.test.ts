import { defineLab, type LabDesign, planLab, type Run } from '@viplab/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LintCode } from './codes.js';
import {
  freeBsd,
  openBsd,
  type SmallCarp,
  type SmallNode,
  smallCarpLab,
} from './explanation/carp/small-carp-lab.js';
import { smallConf } from './explanation/smallest-lab.js';
import { lintLab, sourcesOf } from './lint-lab.js';

/** A pair as a tired engineer would set it up: each thing right most of the time. */
const wrongSometimes = <T>(right: T, wrong: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constant(wrong) });

const VIPS = ['192.168.1.100/24', '192.168.1.101/24'];
const LINK_LOCAL = ['192.168.1.100/24', 'fe80::100/64'];

const node = (peer: string, [min, max]: readonly [number, number]): fc.Arbitrary<SmallNode> =>
  fc
    .record({
      isOpenBsd: fc.boolean(),
      advskew: fc.integer({ min, max }),
      vhid: wrongSometimes(1, 2),
      pass: wrongSometimes('mekmitasdigoat', 'mekmitasdigoaT'),
      vips: fc.oneof(
        { weight: 8, arbitrary: fc.constant(VIPS.slice(0, 1)) },
        { weight: 1, arbitrary: fc.constant(VIPS) },
        { weight: 2, arbitrary: fc.constant(LINK_LOCAL) },
      ),
      preempt: fc.boolean(),
      cast: fc.oneof(
        { weight: 9, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constant(peer) },
        { weight: 1, arbitrary: fc.constant('192.168.1.99') },
      ),
      version: wrongSometimes(undefined, 'carpver 3 vrrpprio 100'),
    })
    .map(({ isOpenBsd, cast, version, ...conf }): SmallNode => {
      const common: SmallCarp = conf;
      if (isOpenBsd)
        return openBsd({ ...common, ...(cast === undefined ? {} : { words: `carppeer ${cast}` }) });
      const words = [
        ...(cast === undefined ? [] : [`peer ${cast}`]),
        ...(version === undefined ? [] : [version]),
      ];
      return freeBsd({
        ...common,
        system: 'freebsd',
        ...(words.length === 0 ? {} : { words: words.join(' ') }),
      });
    });

/** Errors that leave two masters in any run. */
const TWO_MASTERS: ReadonlySet<string> = new Set<LintCode>([
  'carp/password-mismatch',
  'carp/vip-list-mismatch',
  'carp/version-mismatch',
  'carp/vhid-mismatch',
  'carp/peer-one-sided',
]);

/** Whether the address has two owners for longer than a handover takes, 0.1 ms, once both know of each other. */
const isDualLater = (run: Run): boolean =>
  run.report.vip('192.168.1.100').dual.some(({ from, to }) => to > 5e9 && to - from > 1e6);

test('two masters in the run are an error in the files, and the other way round', () => {
  let [errors, clean] = [0, 0];
  fc.assert(
    fc.property(node('192.168.1.12', [0, 60]), node('192.168.1.11', [61, 239]), (n1, n2) => {
      const lab = defineLab(smallCarpLab({ name: 'pair', nodes: { n1, n2 } }));
      const found = lintLab(lab.design, lab.plan).filter(
        ({ code, severity }) => severity === 'error' && TWO_MASTERS.has(code),
      );
      const isDual = isDualLater(lab.run({ until: '20s' }));
      if (isDual) errors++;
      else clean++;
      expect(isDual).toBe(found.length > 0);
    }),
    { numRuns: 150, seed: 1 },
  );
  expect(Math.min(errors, clean)).toBeGreaterThan(20);
});

test('equal backups: when the master dies both are masters, and neither a moment later', () => {
  const nodes = { n1: openBsd(), n2: openBsd({ advskew: 100 }), n3: openBsd({ advskew: 100 }) };
  const schedule = [{ at: '10.5s', do: 'power-off', node: 'n1' }] as const;
  const design: LabDesign = smallCarpLab({ name: 'trio', nodes, schedule });
  const lab = defineLab(design);
  expect(lintLab(lab.design, lab.plan)[0]?.means).toContain('nobody has .100 for 3.39 s, again and again');
  const masters = lab
    .run()
    .trace.filter('carp.state')
    .filter(({ to, time }) => to === 'MASTER' && time > 10e9);
  const instants = masters.map(({ time }) => (time / 1e9).toFixed(2));
  expect(instants.slice(0, 4)).toEqual(['13.39', '13.39', '16.78', '16.78']);
  expect(masters.length).toBeGreaterThan(8);
});

test('whatever stands in the files, it neither throws nor points outside of them', () => {
  const word = fc.constantFrom(
    'vhid 1',
    'vhid 300',
    'vhid',
    'carpdev em0',
    'advskew 0',
    'advskew 254',
    'advskew x',
    'advbase 0',
    'advbase 4',
    'pass secret',
    'pass 0123456789012345678901234',
    'carpnodes 1:0,2:100',
    'carpnodes 0:1',
    'balancing ip-unicast',
    'carppeer 192.168.1.12',
    'inet 192.168.1.100/24',
    'alias 192.168.1.100/24',
    'inet6 2001:db8::100/64',
    'ifconfig em0',
    'ifconfig_em0_alias0="inet vhid 1 advskew 250 pass a alias 192.168.1.100/24"',
    'net.inet.carp.preempt=0',
    'net.inet.carp.preempt=x',
    'carpver 3 vrrpprio 200',
    'ucarp -i em0 -s 192.168.1.11 -v 1',
    '-a 192.168.1.100 -p secret',
    '-k 300',
    '-b 0',
    '-P',
    '-u /etc/vip-up',
    '\\',
    '# viplab: accept carp/equal-skew because x',
    '\u0000',
    '𝕀"',
    "'",
  );
  const text = fc
    .array(fc.tuple(word, fc.constantFrom(' ', '\n', ' \\\n')), { maxLength: 25 })
    .map((words) => words.flat().join(''));
  const host = fc
    .tuple(text, text, text, fc.constantFrom('openbsd', 'freebsd', 'freebsd-9', 'openbsd-5.6'))
    .map(
      ([carp, sysctl, command, system]): SmallNode =>
        (node, address) => ({
          interfaces: { em0: { address } },
          system,
          carp: { files: { [`${node}/hostname.carp0`]: carp, [`${node}/sysctl.conf`]: sysctl } },
          ucarp: { command },
        }),
    );
  fc.assert(
    fc.property(host, host, (n1, n2) => {
      const design = smallCarpLab({ name: 'fuzz', nodes: { n1, n2 } });
      const sources = sourcesOf(design);
      for (const { file, range } of lintLab(design, planLab(design).plan)) {
        const lines = sources.get(file)?.split('\n') ?? [];
        expect(range.start.line).toBeLessThanOrEqual(lines.length);
        expect(range.start.column).toBeLessThanOrEqual([...(lines[range.start.line - 1] ?? '')].length);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('CARP under the number of a VRID: keepalived flaps where it is silenced, and nowhere else', () => {
  const keepalived =
    (priority: number, interval: number): SmallNode =>
    (_node, address) => ({
      address,
      keepalived: {
        conf: smallConf({ priority, vips: ['192.168.1.150/24'], lines: [`advert_int ${interval}`] }),
        ready: '410ms',
      },
    });
  for (const [advskew, interval, severity, takeovers] of [
    [0, 1, 'error', 7],
    [10, 2, 'error', 3],
    [10, 1, 'warning', 0],
  ] as const) {
    const nodes = {
      n1: openBsd({ vhid: 51, advskew }),
      d1: keepalived(150, interval),
      d2: keepalived(100, interval),
    };
    const lab = defineLab(smallCarpLab({ name: 'vrid', nodes, asks: ['192.168.1.150'] }));
    expect(lintLab(lab.design, lab.plan)).toMatchObject([{ code: 'carp/vhid-reused', severity }]);
    const masters = lab
      .run()
      .trace.filter('vrrp.state')
      .filter(({ node, to }) => node === 'd2' && to === 'MASTER');
    expect(masters).toHaveLength(takeovers);
  }
});
