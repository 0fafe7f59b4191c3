import { type LabPlan, type Nanoseconds, suggest } from '@viplab/core';
import { type Campaign, CLEAN_FAULTS, type FaultKind, GREY_FAULTS, OPERATOR_FAULTS } from './campaign.js';

/** Every kind of fault in its canonical order: the clean ones, the grey ones, those that an operator makes on purpose. */
export const FAULT_KINDS: readonly FaultKind[] = [...CLEAN_FAULTS, ...GREY_FAULTS, ...OPERATOR_FAULTS];

/** The largest drift that a lab takes; see the action `clock-drift`. */
const MAX_DRIFT_PPM = 100_000;

/**
 * Whether a campaign can be carried out in a lab: its names exist and its numbers are ones.
 *
 * @throws RangeError naming what is wrong and what to write instead.
 */
export function checkCampaign(plan: LabPlan, campaign: Campaign): void {
  const hosts = plan.hosts.map((host) => host.name);
  const nodes = [...hosts, ...plan.switches.map((part) => part.name)];
  const where = `campaign '${campaign.name}'`;
  for (const kind of campaign.faults) checkName(where, 'kind of fault', kind, FAULT_KINDS);
  for (const node of campaign.nodes ?? []) checkName(where, 'node', node, nodes);
  for (const host of campaign.lostTowards ?? []) checkName(where, 'host', host, hosts);
  checkCount(where, 'atOnce', campaign.atOnce);
  checkCount(where, 'inAll', campaign.inAll);
  checkCount(where, 'lostFrames', campaign.lostFrames);
  checkSpan(where, 'startWithin', campaign.startWithin, 0);
  if (campaign.latency !== undefined) {
    const { lo, hi } = campaign.latency;
    checkSpan(where, 'latency.lo', lo, 1);
    checkSpan(where, 'latency.hi', hi, 1);
    if (hi < lo)
      throw new RangeError(
        `${where}: the range of latency ends (${hi} ns) before it begins (${lo} ns): swap lo and hi`,
      );
  }
  if (!Number.isInteger(campaign.driftPpm) || campaign.driftPpm < 0 || campaign.driftPpm > MAX_DRIFT_PPM)
    throw new RangeError(
      `${where}: driftPpm is ${campaign.driftPpm}; write a whole number of 0 to ${MAX_DRIFT_PPM}, it counts both ways`,
    );
}

function checkName(where: string, what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = suggest(name, known);
  throw new RangeError(
    `${where}: no ${what} '${name}'${near === undefined ? '' : `, did you mean ${near}?`} (there are ${known.join(', ')})`,
  );
}

function checkCount(where: string, what: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new RangeError(`${where}: ${what} is ${count}; write a whole number of 0 or more`);
}

function checkSpan(where: string, what: string, span: Nanoseconds, least: Nanoseconds): void {
  if (Number.isSafeInteger(span) && span >= least) return;
  throw new RangeError(`${where}: ${what} is ${span}; write whole nanoseconds, ${least} or more`);
}
