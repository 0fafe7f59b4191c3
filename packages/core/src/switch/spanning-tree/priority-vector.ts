import type { BpduVector, BridgeId } from '../../wire/index.js';

/** What bridges compare to find a tree (IEEE 802.1D-2004 §17.5): the lower, the better. */
export interface PriorityVector {
  readonly root: BridgeId;
  /** From the sending bridge to the root. */
  readonly rootPathCost: number;
  /** The designated bridge: who sends on the segment. */
  readonly bridge: BridgeId;
  /** The designated port: by which port it does. */
  readonly portId: number;
}

/** Orders bridges: negative where `a` is rather root than `b`, 0 where they are the same. */
export const compareBridges = (a: BridgeId, b: BridgeId): number => a.priority - b.priority || a.mac - b.mac;

/** Orders vectors: negative where `a` is better, 0 where they are the same (IEEE 802.1D-2004 §17.6). */
export const compareVectors = (a: PriorityVector, b: PriorityVector): number =>
  compareBridges(a.root, b.root) ||
  a.rootPathCost - b.rootPathCost ||
  compareBridges(a.bridge, b.bridge) ||
  a.portId - b.portId;

/** The vector of a BPDU, without its times. */
export const vectorOf = ({ root, rootPathCost, bridge, portId }: BpduVector): PriorityVector => ({
  root,
  rootPathCost,
  bridge,
  portId,
});
