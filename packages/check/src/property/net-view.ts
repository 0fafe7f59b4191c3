/** What a predicate may see of the network now: no clock, nothing it could change. */
export interface NetView {
  vip(address: string): VipView;
  node(name: string): NodeView;
  client(name: string): ClientView;
  /**
   * The best configured priority among running instances of a name (or of a VIP's holders): the highest of VRRP, the
   * lowest advskew of CARP.
   */
  best(instance: string): number | undefined;
}

/** A virtual address now. */
export interface VipView {
  readonly address: string;
  /** Names of the nodes that own it. */
  readonly owners: readonly string[];
  /** The only owner. */
  readonly owner: OwnerView | undefined;
}

export interface OwnerView {
  readonly name: string;
  /** Its effective priority; of CARP its advskew, with what FreeBSD's demotion adds. */
  readonly priority: number;
  toString(): string;
}

/** A machine now. */
export interface NodeView {
  readonly name: string;
  readonly isOn: boolean;
  readonly isFrozen: boolean;
  /** State of its instance (`VI_1`, `carp0`, `1@em0`, `ucarp`): INIT, BACKUP, MASTER, FAULT, STOPPED. */
  state(instance: string): string | undefined;
  readonly addresses: readonly string[];
}

/** A client now. */
export interface ClientView {
  readonly name: string;
  /** The node on which its frames for an address land, or null. */
  landsOn(address: string): string | null;
  servedBy(node: string): boolean;
}
