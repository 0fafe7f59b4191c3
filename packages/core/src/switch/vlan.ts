import {
  ETHER_TYPES,
  type EthernetFrame,
  type VlanTag,
  vlanTag,
  withPoppedTag,
  withPushedTag,
  withTag,
} from '../wire/index.js';

/** The VLAN in which ports are unless they say otherwise (IEEE 802.1Q §9.6: the default PVID). */
export const DEFAULT_VLAN = 1;
/** Not in any VLAN of the port. VID 0 is a priority tag and never a VLAN (IEEE 802.1Q §9.6). */
export const NO_VLAN = 0;
/** VIDs are 1..4094; 4095 is reserved (IEEE 802.1Q §9.6). */
export const LAST_VLAN = 4094;

/** Which VLANs a port carries, and how. */
export interface VlanMembership {
  /** Where untagged frames belong, or {@link NO_VLAN} where they are dropped; this VLAN leaves untagged. */
  readonly untagged: number;
  /** One byte per VID: 1 where the port carries it. */
  readonly carried: Uint8Array;
}

/** Of ports about which nothing is said: nearly all, so they share it. */
const DEFAULT_MEMBERSHIP: VlanMembership = {
  untagged: DEFAULT_VLAN,
  carried: new Uint8Array(LAST_VLAN + 2).fill(1, DEFAULT_VLAN, DEFAULT_VLAN + 1),
};

/**
 * Makes a membership. It is never written to afterwards.
 *
 * @throws RangeError naming the port if a VID is not 1..4094.
 */
export function vlanMembership(
  path: string,
  untagged: number | null,
  tagged: readonly number[] | 'all',
): VlanMembership {
  if (untagged === DEFAULT_VLAN && tagged.length === 0) return DEFAULT_MEMBERSHIP;
  const carried = new Uint8Array(LAST_VLAN + 2);
  const check = (vlan: number): number => {
    if (!Number.isInteger(vlan) || vlan < 1 || vlan > LAST_VLAN) {
      throw new RangeError(`${path}: ${vlan} is not a VLAN: 1..${LAST_VLAN}`);
    }
    return vlan;
  };
  if (tagged === 'all') carried.fill(1, 1, LAST_VLAN + 1);
  else for (const vlan of tagged) carried[check(vlan)] = 1;
  if (untagged !== null) carried[check(untagged)] = 1;
  return { untagged: untagged ?? NO_VLAN, carried };
}

/** A service tag (802.1ad) means nothing to a customer bridge. */
const isCustomerTag = (tag: VlanTag | null): tag is VlanTag =>
  tag !== null && tag.protocol === ETHER_TYPES.vlan;

/** In which VLAN a frame enters, or {@link NO_VLAN} where it is dropped (IEEE 802.1Q §6.9.1). */
export function ingressVlan(membership: VlanMembership, frame: EthernetFrame): number {
  const { tag } = frame;
  if (!isCustomerTag(tag) || tag.vlan === 0) return membership.untagged;
  return membership.carried[tag.vlan] === 1 ? tag.vlan : NO_VLAN;
}

/** The frame without its customer tag. */
export function untaggedForm(frame: EthernetFrame): EthernetFrame {
  if (!isCustomerTag(frame.tag)) return frame;
  return frame.innerTags.length === 0 ? withTag(frame, null) : withPoppedTag(frame);
}

/** The frame with a customer tag that names its VLAN; priority bits stay. */
export function taggedForm(frame: EthernetFrame, vlan: number): EthernetFrame {
  const { tag } = frame;
  if (!isCustomerTag(tag)) return withPushedTag(frame, vlanTag(vlan));
  return tag.vlan === vlan ? frame : withTag(frame, vlanTag(vlan, tag.priority, tag.dropEligible));
}
