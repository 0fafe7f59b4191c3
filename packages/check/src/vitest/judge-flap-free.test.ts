import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { judgeFlapFree, judgeSingleOwner } from './judge-flap-free.js';
import { brokenByLostMulticast, checked, DUAL, FAILS_OVER } from './judged-labs.fixture.js';

describe('a run', () => {
  test('that fails over for a cause is flap-free, and its .not says how to see it', () => {
    const run = defineLab(FAILS_OVER).run();
    expect(judgeFlapFree(run)).toEqual({
      pass: true,
      message: `expected pair not to be flap-free, but in this run it does\n    replay  npx viplab run --replay ${run.token}`,
    });
    expect(judgeSingleOwner(run).pass).toBe(true);
  });

  test('with two owners is not, and tells how they came to be, to the instant at which it was too long', () => {
    const run = defineLab(DUAL).run();
    const { pass, message } = judgeFlapFree(run);
    expect(pass).toBe(false);
    const lines = message.split('\n');
    expect(lines[0]).toMatch(
      /^expected pair to be flap-free, but 192\.168\.1\.100 has two owners for 2\d\.\d\d s \(allowed 0\.2 ms\) \(single-owner\)$/,
    );
    expect(lines[1]).toMatch(/^ {6}3\.474 {3}n1 \(150\) becomes master of \.100/);
    expect(message).toMatch(/^ {2}a {3}5 {7}\S.*multicast/m);
    expect(message).toMatch(/^ {6}8\.\d{3} {3}n2 \(100\) becomes master of \.100, and n1 still has it/m);
    expect(lines.at(-1)).toBe(`    replay  npx viplab run --replay ${run.token}`);
    for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(100);
    expect(judgeSingleOwner(run).message).toContain('to have a single owner of each address');
  });

  test('proves nothing', () => {
    const run = defineLab(FAILS_OVER).run();
    expect(judgeFlapFree(run, { proved: true })).toMatchObject({
      pass: false,
      message: expect.stringContaining('one run proves nothing'),
    });
  });
});

describe('a verdict', () => {
  test.each(['proved', 'held'] as const)('%s passes', (word) => {
    expect(judgeFlapFree(checked(word)).pass).toBe(true);
    expect(judgeSingleOwner(checked(word)).pass).toBe(true);
  });

  test('only a proof passes for a proof', () => {
    expect(judgeFlapFree(checked('proved'), { proved: true }).pass).toBe(true);
    const { pass, message } = judgeFlapFree(checked('held'), { proved: true });
    expect(pass).toBe(false);
    expect(message).toContain('which is no proof');
    expect(message).toContain('    bounds  one fault and its repair');
  });

  test('broken tells the story of the counterexample, its token, and what else is broken', () => {
    const verdict = brokenByLostMulticast();
    const [first] = verdict.counterexamples;
    if (first === undefined) throw new RangeError('no counterexample');
    const other = { ...first, property: 'settles', message: 'it never settles', token: 'vl2-other' };
    const { pass, message } = judgeFlapFree({ ...verdict, counterexamples: [first, other] });
    expect(pass).toBe(false);
    expect(message.split('\n')[0]).toBe(
      'expected pair to be flap-free, but 192.168.1.100 is owned by n1 and n2 for longer than the 0.2 ms allowed (single-owner)',
    );
    expect(message).toMatch(/^ {2}a {3}5 {7}/m);
    expect(message).toContain('n2 (100) becomes master of .100, and n1 still has it');
    expect(message).toContain(`    replay  npx viplab run --replay ${first.token}`);
    expect(message).toContain('    also    settles: it never settles  vl2-other');
    expect(judgeSingleOwner(verdict).message).toContain(first.token);
  });

  test('inconclusive is not enough, and says what never happened', () => {
    const { pass, message } = judgeFlapFree(
      checked('inconclusive', {
        covered: [
          { what: 'failover of .100 to n2', share: 0 },
          { what: 'two owners', share: 1 },
        ],
      }),
    );
    expect(pass).toBe(false);
    expect(message).toContain('the check is inconclusive: what is of interest never happened');
    expect(message).toContain('    never   failover of .100 to n2');
    expect(message).not.toContain('two owners');
  });

  test('of other properties says nothing about this', () => {
    const { pass, message } = judgeFlapFree(checked('proved', { properties: ['no-flap', 'mine'] }));
    expect(pass).toBe(false);
    expect(message).toContain(
      'it was not asked for: the check left out no-flux, single-owner, not-headless, settles, every-client-lands',
    );
    expect(judgeSingleOwner(checked('proved', { properties: ['no-flap'] })).pass).toBe(false);
  });
});

test('of anything else it is a mistake, and a promise is the usual one', () => {
  expect(() => judgeFlapFree(Promise.resolve(checked('proved')))).toThrow(
    'toBeFlapFree is about a run or the verdict of a check, not about another object: it is a promise, write `expect(await prove(…))`',
  );
  expect(() => judgeFlapFree(null)).toThrow(TypeError);
  expect(() => judgeSingleOwner('proved')).toThrow('not about string');
});
