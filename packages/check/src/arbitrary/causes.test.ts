import { defineLab } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PAIR } from '../campaign/labs.fixture.js';
import { causes } from './causes.js';

const pair = defineLab({ ...PAIR, duration: '60s' });

describe('arb.causes', () => {
  test('shrink to one cause, for good, at a round instant', () => {
    const details = fc.check(
      fc.property(causes(pair, { atMost: 3 }), (drawn) => {
        const { report } = pair.run({ causes: drawn });
        return report.vip('192.168.1.100').handovers.every(({ to }) => to !== 'n2');
      }),
      { seed: 1, numRuns: 50 },
    );
    expect(details.counterexample).toEqual([[{ at: '10s', do: 'power-off', node: 'n1' }]]);
  });

  test('a run with causes is the run of the lab that has them in its schedule', () => {
    const lab = defineLab({ ...PAIR, schedule: [{ at: '5s', do: 'stop', node: 'n2' }] });
    const wanted = [{ at: '10s', do: 'power-off', node: 'n1' }] as const;
    const run = lab.run({ causes: wanted, until: '20s' });
    expect(run.report.causes.map(({ action, target }) => `${action} ${target}`)).toEqual([
      'stop n2',
      'power-off n1',
    ]);
    const same = lab
      .with({ schedule: [{ at: '5s', do: 'stop', node: 'n2' }, ...wanted] })
      .run({ until: '20s' });
    expect(run.digest).toBe(same.digest);
    expect(run.token).toBe(same.token);
    expect(() => lab.run({ causes: [{ at: '10s', do: 'power-off', node: 'n9' }] })).toThrow(/n9/);
  });

  test('none lies after the end of the lab; the kinds and nodes are those that were asked for', () => {
    const short = defineLab({ ...PAIR, duration: '15s' });
    const drawn = fc.sample(causes(short, { atMost: 2, of: ['freeze'], nodes: ['n2'] }), {
      seed: 1,
      numRuns: 200,
    });
    const lines = drawn.flat();
    expect(new Set(lines.map((line) => `${line.do} ${line.node}`))).toEqual(
      new Set(['freeze n2', 'thaw n2']),
    );
    expect(short.with({ schedule: lines }).diagnostics).toEqual([]);
    expect(drawn.some((each) => each.length === 0)).toBe(true);
    expect(drawn.some((each) => each.length >= 2)).toBe(true);
  });

  test.each([-1, 1.5, Number.NaN])('refuses at most %d', (atMost) => {
    expect(() => causes(pair, { atMost })).toThrow(/write a whole number of 0 or more/);
  });
});
