import { carpLab, skew } from './carp-lab.js';
import { causes } from './causes.js';
import { configuration } from './configuration.js';
import { chance } from './fast-check-choices.js';
import { lab } from './lab.js';
import { priorities } from './priorities.js';
import { scenarios } from './scenario.js';
import { timeBetween } from './time-arbitrary.js';
import { topology } from './topology.js';

export type { CarpLabOptions } from './carp-lab.js';
export type { CausesOptions } from './causes.js';
export type { ConfigurationOptions } from './configuration.js';
export { FastCheckChoices } from './fast-check-choices.js';
export type { ClientKind, LabOptions } from './lab.js';
export { type Priorities, withPriorities } from './priorities.js';
export type { Topology, TopologyOptions } from './topology.js';

/**
 * fast-check's arbitraries for labs and their bad luck. All shrink to the simplest: the fewest nodes, causes and frames,
 * the roundest and earliest instants.
 */
export const arb = {
  /** Kernels that share an address by CARP. */
  carpLab,
  /** Faults with repairs for `lab.run({ causes })`. */
  causes,
  /** Chance inside the simulator for `lab.run({ choices })`. */
  chance,
  /** One node's keepalived.conf. */
  configuration,
  lab,
  /** Priorities by node for `withPriorities(lab, priorities)`. */
  priorities,
  /** Runs within a campaign, for `designOf` and `runScenario`. */
  scenario: scenarios,
  /** An advskew of CARP, 0 to 254. */
  skew,
  /** Instants or spans in ns. */
  timeBetween,
  topology,
} as const;
