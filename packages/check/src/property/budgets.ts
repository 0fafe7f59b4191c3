import { clientsAsking, type LabDesign, type LabPlan, type VipPlan, vipFactsOf } from '@viplab/core';
import type { VipBudgets } from './property.js';

/** The VIPs of a lab and what their protocol allows: the numbers by which the report of a run judges. */
export function budgetsOf(_design: LabDesign, plan: LabPlan): VipBudgets[] {
  return vipFactsOf(plan).map(
    ({ address, instances, settlingNs, dualBudgetNs, headlessBudgetNs }, index) => ({
      address,
      holders: [...new Set(instances.map(({ node }) => node))],
      settling: settlingNs,
      dual: dualBudgetNs,
      headless: headlessBudgetNs,
      clients: clientsAsking(plan.hosts, plan.vips, plan.vips[index] as VipPlan).map(({ name }) => name),
    }),
  );
}
