/**
 * Learning switches: VLANs, the CAM table, MAC-move detection, multicast, storms.
 */
export type { CamEntry } from './cam-table.js';
export type { DroppedKind } from './frame-drops.js';
export { MacMoveDetector } from './mac-move-detector.js';
export {
  MAC_MOVE_PROFILES,
  type MacMove,
  type MacMoveAction,
  type MacMoveProfile,
  type MacMoveProfileName,
} from './mac-move-profiles.js';
export type {
  PortTreeOptions,
  SpanningTree,
  SpanningTreeOptions,
  SpanningTreeProtocol,
  TreeRole,
  TreeState,
} from './spanning-tree/index.js';
export { BroadcastStormError } from './storm-guard.js';
export { Switch } from './switch.js';
export {
  type ArpInspectionOptions,
  type BondHash,
  type BondOptions,
  DEFAULT_AGEING,
  DEFAULT_STORM_GUARD,
  type IgmpSnoopingOptions,
  type MulticastDrop,
  type PortSecurityOptions,
  type StaticCamEntry,
  type StormControlOptions,
  type StormGuardOptions,
  type SwitchOptions,
  type SwitchPortOptions,
} from './switch-options.js';
export { SwitchPort } from './switch-port.js';
export { DEFAULT_VLAN } from './vlan.js';
