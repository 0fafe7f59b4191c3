import {
  type CheckVerdict,
  checkedProperties,
  defaultCampaign,
  holdsInRuns,
  type ProveOptions,
  prove,
} from '@viplab/check';
import type { Lab } from '@viplab/core';

/** Checks a lab under a campaign. */
export type Prove = (lab: Lab, options: ProveOptions) => Promise<CheckVerdict>;

/** Explores where that is possible, and samples where it is not. */
export const prover: Prove = prove;

/** Random runs only. */
export const sampler: Prove = (lab, { causes, properties, ...options }) =>
  holdsInRuns(lab, causes ?? defaultCampaign(lab.plan), properties ?? checkedProperties(lab.plan), options);
