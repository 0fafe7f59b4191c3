import type { Lab } from '@viplab/core';

/**
 * Tries a lab whose switches form a loop before many runs of it are made: they would all end in the same storm.
 *
 * @throws BroadcastStormError naming the loop, unless the lab bounds it
 */
export function refuseStorm(lab: Lab): void {
  if (lab.diagnostics.some(({ code }) => code === 'lab/loop')) lab.start().runUntil(lab.plan.duration);
}
