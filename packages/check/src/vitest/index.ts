/**
 * @packageDocumentation
 * Matchers for vitest. One import registers them and their types:
 *
 * ```ts
 * import '@viplab/check/vitest';
 *
 * test('the pair survives any one fault', async () => {
 *   expect(await prove(pair)).toBeFlapFree();
 * });
 * ```
 */
import type { DurationInput } from '@viplab/core';
import { expect } from 'vitest';
import { judgeConnections, judgeLosses, judgeOutage } from './judge-clients.js';
import { judgeFailover } from './judge-failover.js';
import { type FlapFreeOptions, judgeFlapFree, judgeSingleOwner } from './judge-flap-free.js';
import { judgeTimeline } from './judge-timeline.js';
import type { Judgement } from './subject.js';

export type { FlapFreeOptions } from './judge-flap-free.js';

/** What can be expected of a run of a lab, or of the verdict of a check. */
export interface ViplabMatchers {
  /**
   * Flap-free: a run that shows no flap, flux, dual or headless time over its budget and has settled; a lab for which that
   * is proved, or held in random runs.
   */
  toBeFlapFree(options?: FlapFreeOptions): void;
  /**
   * Every failover takes so long at most, and there is one.
   *
   * @param within - `4s`, `1500ms`
   */
  toFailOverWithin(within: DurationInput): void;
  /** No address has two owners at once for longer than the masters need to hear of each other. */
  toHaveSingleOwner(): void;
  /**
   * No connection that a client opened is broken, and one was opened. Of a check: `keepsConnections()` was asked, and
   * proved or held.
   */
  toKeepConnections(): void;
  /** Every request of a client is answered once it was served. Of a check: `neverLoses()` was asked, and held. */
  toLoseNothing(): void;
  /**
   * No client is without service for longer, from the first attempt that fails to the next that is answered. Of a check:
   * `clientOutageWithin()` was asked for that or less, or the longest that was measured is no longer.
   *
   * @param within - `4s`, `1500ms`
   */
  toServeAgainWithin(within: DurationInput): void;
  /**
   * The settled owners of a VIP and when each began to own it. Of a run only.
   *
   * @param address - `192.168.1.100`
   * @param owners - `n1 @3.475  n2 @13.084 ±10ms`: seconds; without a tolerance to the last digit written
   */
  toMatchTimeline(address: string, owners: string): void;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: an interface can only be merged with the same type parameters.
  interface Matchers<T = any> extends ViplabMatchers {}
}

const result = ({ pass, message }: Judgement): { pass: boolean; message: () => string } => ({
  pass,
  message: () => message,
});

expect.extend({
  toBeFlapFree: (received: unknown, options?: FlapFreeOptions) => result(judgeFlapFree(received, options)),
  toFailOverWithin: (received: unknown, within: DurationInput) => result(judgeFailover(received, within)),
  toHaveSingleOwner: (received: unknown) => result(judgeSingleOwner(received)),
  toKeepConnections: (received: unknown) => result(judgeConnections(received)),
  toLoseNothing: (received: unknown) => result(judgeLosses(received)),
  toServeAgainWithin: (received: unknown, within: DurationInput) => result(judgeOutage(received, within)),
  toMatchTimeline: (received: unknown, address: string, owners: string) =>
    result(judgeTimeline(received, address, owners)),
});
