import { type DurationInput, defineLab, ms, type Run } from '@viplab/core';
import { describe, expect, expectTypeOf, test } from 'vitest';
import './index.js';
import type { ViplabMatchers } from './index.js';
import { brokenByLostMulticast, checked, DUAL, FAILS_OVER, VIP, worstCase } from './judged-labs.fixture.js';

const run: Run = defineLab(FAILS_OVER).run();
const verdict = checked('proved', { worst: [worstCase('failover', 3.6e9)] });

/** What vitest shows of an expectation that is not met. */
function failureOf(expectation: () => void): string {
  try {
    expectation();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'it passed';
}

describe('the matchers', () => {
  test('take a run or a verdict', () => {
    expect(run).toBeFlapFree();
    expect(verdict).toBeFlapFree({ proved: true });
    expect(checked('held')).not.toBeFlapFree({ proved: true });
    expect(run).toFailOverWithin('4s');
    expect(run).not.toFailOverWithin(ms(10));
    expect(verdict).toFailOverWithin('4s');
    expect(run).toHaveSingleOwner();
    expect(verdict).toHaveSingleOwner();
    expect(defineLab(DUAL).run()).not.toHaveSingleOwner();
    expect(run).toMatchTimeline(VIP, 'n1 @3.474  n2 @13 ±1s  n1 @28 ±1s');
    expect(run).not.toMatchTimeline(VIP, 'n2 @3.475');
  });

  test('wait for a promise', async () => {
    await expect(Promise.resolve(verdict)).resolves.toBeFlapFree();
  });

  test('fail with the story and the token', () => {
    const broken = brokenByLostMulticast();
    const message = failureOf(() => expect(broken).toBeFlapFree());
    expect(message).toContain('expected pair to be flap-free, but 192.168.1.100 is owned by n1 and n2');
    expect(message).toContain('n1 (150) becomes master of .100');
    expect(message).toContain(`npx viplab run --replay ${broken.counterexamples[0]?.token}`);
    const dual = defineLab(DUAL).run();
    expect(failureOf(() => expect(dual).toHaveSingleOwner())).toContain(
      `npx viplab run --replay ${dual.token}`,
    );
    expect(failureOf(() => expect(run).toFailOverWithin('1s'))).toContain(run.token);
    expect(failureOf(() => expect(run).not.toBeFlapFree())).toContain(run.token);
  });

  test('are typed by one import', () => {
    expectTypeOf(expect(run).toBeFlapFree).toEqualTypeOf<ViplabMatchers['toBeFlapFree']>();
    expectTypeOf(expect(run).not.toFailOverWithin).parameter(0).toEqualTypeOf<DurationInput>();
    // @ts-expect-error a bare number is no duration: seconds, milliseconds or nanoseconds?
    expect(() => expect(run).toFailOverWithin(4)).toThrow();
    // @ts-expect-error no such option
    expect(run).toBeFlapFree({ prooved: true });
    // @ts-expect-error an address and its owners
    expect(() => expect(run).toMatchTimeline(VIP)).toThrow();
  });
});
