import type { LabPlan } from '@viplab/core';
import { flapFree } from './flap-free.js';
import { healthyOwner } from './healthy-owner.js';
import type { Property } from './property.js';

/**
 * What is asked of a lab if nothing else is said: the flap-free family, and, where an instance of a VIP tracks something,
 * that its owner is a healthy one. An address that stays where its service is dead does not flap; but who writes a check
 * wants it to move. CARP in a kernel always does so: a vhid whose link is down demotes the others.
 */
export function checkedProperties(plan: LabPlan): Property[] {
  const tracks = plan.hosts.some((host) => {
    if (host.carp !== null) return true;
    const config = host.keepalived?.config;
    const blocks = [...(config?.instances ?? []), ...(config?.syncGroups ?? [])];
    return blocks.some(
      ({ trackScripts, trackProcesses, trackInterfaces }) =>
        trackScripts.length + trackProcesses.length + trackInterfaces.length > 0,
    );
  });
  return tracks ? [...flapFree(), healthyOwner()] : flapFree();
}
