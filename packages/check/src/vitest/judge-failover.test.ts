import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { judgeFailover } from './judge-failover.js';
import { brokenByLostMulticast, checked, FAILS_OVER, pair, worstCase } from './judged-labs.fixture.js';

describe('a run', () => {
  const run = defineLab(FAILS_OVER).run();

  test('passes from its slowest failover on', () => {
    // n1 preempts 3.474 s after its power came back; n2 needed 3.084 s.
    expect(judgeFailover(run, '4s').pass).toBe(true);
    const { pass, message } = judgeFailover(run, '3s');
    expect(pass).toBe(false);
    expect(message).toMatch(
      /^expected pair to fail over within 3\.00 s, but 192\.168\.1\.100 took 3\.\d\d s$/m,
    );
    expect(message).toContain('power');
    expect(message).toContain(`--replay ${run.token}`);
  });

  test('without a failover does not pass', () => {
    const { pass, message } = judgeFailover(pair.run({ until: '20s' }), '4s');
    expect(pass).toBe(false);
    expect(message).toContain('no address changed its owner for a cause');
  });
});

describe('a verdict', () => {
  test('passes by its worst failover, else by its longest time without an owner', () => {
    const fast = checked('proved', { worst: [worstCase('failover', 3.6e9), worstCase('headless', 9e9)] });
    expect(judgeFailover(fast, '4s').pass).toBe(true);
    const slow = checked('proved', { worst: [worstCase('dual', 1e9), worstCase('headless', 4.2e9)] });
    expect(judgeFailover(slow, '4s')).toMatchObject({
      pass: false,
      message: expect.stringContaining('192.168.1.100 is without an owner for 4.20 s in the worst case'),
    });
    expect(judgeFailover(slow, '5s').pass).toBe(true);
  });

  test('passes where it was asked for it', () => {
    const asked = checked('held', { properties: ['failover-within-4s'] });
    expect(judgeFailover(asked, '4s').pass).toBe(true);
    expect(judgeFailover(asked, '3s').pass).toBe(false);
  });

  test('does not pass if nothing failed over, or it is inconclusive or broken', () => {
    expect(judgeFailover(checked('proved'), '4s').message).toContain('the check saw no failover');
    expect(judgeFailover(checked('inconclusive', { worst: [worstCase('failover', 1)] }), '4s').pass).toBe(
      false,
    );
    const broken = brokenByLostMulticast();
    expect(judgeFailover(broken, '4s')).toMatchObject({
      pass: false,
      message: expect.stringContaining(broken.counterexamples[0]?.token ?? '?'),
    });
  });
});
