export { boundsOf } from './bounds-of.js';
export { type Campaign, CLEAN_FAULTS, type FaultKind, GREY_FAULTS, OPERATOR_FAULTS } from './campaign.js';
export { checkCampaign, FAULT_KINDS } from './check-campaign.js';
export { designOf } from './design-of.js';
export type { Deed, Fault } from './fault.js';
export { faultsOf } from './faults-of.js';
export {
  bootStorm,
  type CampaignOptions,
  defaultCampaign,
  greyCampaigns,
  lossyLan,
  type MaintenanceOptions,
  maintenance,
  oneFault,
  oneFaultAndRepair,
} from './ready-made.js';
export type { Scenario } from './scenario.js';
