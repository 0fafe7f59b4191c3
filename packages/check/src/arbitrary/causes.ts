import { type ActionDesign, formatDuration, type Lab } from '@viplab/core';
import type * as fc from 'fast-check';
import { type CampaignOptions, oneFaultAndRepair } from '../campaign/ready-made.js';
import { scenarios } from './scenario.js';

/** Which causes may be drawn. */
export interface CausesOptions extends CampaignOptions {
  /** How many faults there may be, and last at once. A repair is not one of its own. */
  readonly atMost: number;
}

/**
 * Faults with their repairs as lines of a schedule, none after the end of the lab. Shrinks to the fewest, and to the
 * roundest and earliest instants. Use them with `lab.run({ causes })`.
 *
 * @throws RangeError if `atMost` is no whole number, or a node is unknown.
 * @example
 * ```ts
 * test.prop([arb.causes(pair, { atMost: 1 })])('one owner', (causes) => {
 *   expect(pair.run({ causes })).toBeFlapFree();
 * });
 * ```
 */
export function causes(lab: Lab, options: CausesOptions): fc.Arbitrary<ActionDesign[]> {
  const { atMost, ...rest } = options;
  const campaign = { ...oneFaultAndRepair(rest), atOnce: atMost, inAll: atMost };
  const { duration } = lab.plan;
  return scenarios(lab, campaign).map(({ actions }) =>
    actions
      .filter(({ at }) => at <= duration)
      .map(({ at, deed }): ActionDesign => ({ at: formatDuration(at), ...deed })),
  );
}
