import { type Nanoseconds, SECOND } from '../../engine/index.js';
import type { Bpdu, BridgeId } from '../../wire/index.js';

/** Which protocol finds the tree. */
export type SpanningTreeProtocol = 'stp' | 'rstp';

/** What a port is in the tree. STP knows no backup; `disabled` has no carrier or is shut. */
export type TreeRole = 'disabled' | 'root' | 'designated' | 'alternate' | 'backup';

/** What a port does with frames. RSTP calls `blocking` and `listening` `discarding`. */
export type TreeState = 'disabled' | 'blocking' | 'listening' | 'discarding' | 'learning' | 'forwarding';

/** Spanning tree of one bridge; what is left out is as in IEEE 802.1D-2004 §17.14. */
export interface SpanningTreeOptions {
  readonly protocol: SpanningTreeProtocol;
  /** 0..61440 in steps of 4096; 32768. The lowest becomes root; the lower MAC address decides between equals. */
  readonly priority?: number;
  /** Between two BPDUs of the root, ns; 2 s. */
  readonly helloTime?: Nanoseconds;
  /** How long what a BPDU said is believed, ns; 20 s. */
  readonly maxAge?: Nanoseconds;
  /** How long a port listens, and how long it learns, ns; 15 s. */
  readonly forwardDelay?: Nanoseconds;
}

/** Spanning tree at one port. */
export interface PortTreeOptions {
  /** Path cost; by the cable's bandwidth if left out. */
  readonly cost?: number;
  /** 0..240 in steps of 16; 128. Decides between parallel cables. */
  readonly priority?: number;
  /**
   * True: forwards at once, for a port with a host ("portfast"); a BPDU ends that. `auto`: becomes so where no BPDU is
   * heard for 3 s (RSTP only). False if left out.
   */
  readonly edge?: boolean | 'auto';
  /** True: a BPDU shuts the port. */
  readonly bpduGuard?: boolean;
}

/** A port as the tree needs it. */
export interface TreePort {
  readonly name: string;
  readonly tree: PortTreeOptions;
  /** Has carrier, power, and nobody has shut it. */
  readonly isUp: boolean;
  /** Bits per second, or null where no limit is modelled. */
  readonly bandwidth: number | null;
}

/** What the tree does to its bridge. */
export interface TreeBridge {
  readonly name: string;
  readonly id: BridgeId;
  readonly ports: readonly TreePort[];
  sendBpdu(port: number, bpdu: Bpdu): void;
  /** A port has another role or state. */
  portSettled(port: number, role: TreeRole, state: TreeState): void;
  /** Another root, or another way to it. */
  rootChanged(root: BridgeId, port: number | null, cost: number): void;
  /** Something has moved in the tree: noticed here (`port` began or ceased to forward), or told by a neighbour. */
  topologyChanged(port: number, isOwn: boolean): void;
  /** What was learned at a port is no longer true. */
  flushPort(port: number): void;
  /** {@link SpanningTree.shortAgeing} is no longer what it was. */
  ageingChanged(before: Nanoseconds | null): void;
  /** A BPDU has come in at a port with a guard. */
  guardTripped(port: number): void;
}

/** A bridge's part in finding a tree. Ports are indices. */
export interface SpanningTree {
  /** Begins, at the present instant, with the ports that are up then. */
  start(): void;
  /** The power has gone: forgets everything. */
  stop(): void;
  /** A port has carrier. */
  portUp(port: number): void;
  portDown(port: number): void;
  receive(port: number, bpdu: Bpdu): void;
  /** Whether the source addresses of frames from a port are learned. */
  learns(port: number): boolean;
  /** Whether frames from and to a port pass. */
  forwards(port: number): boolean;
  /** How long an address lives while the topology changes (802.1D), ns; null where it lives as long as always. */
  readonly shortAgeing: Nanoseconds | null;
}

/** IEEE 802.1D-2004 §17.14, table 17-1; the same in 802.1D-1998 table 8-3. */
export const DEFAULT_HELLO_TIME: Nanoseconds = 2 * SECOND;
export const DEFAULT_MAX_AGE: Nanoseconds = 20 * SECOND;
export const DEFAULT_FORWARD_DELAY: Nanoseconds = 15 * SECOND;
/** IEEE 802.1D-2004 §17.14, table 17-2. */
export const DEFAULT_BRIDGE_PRIORITY = 0x8000;
export const DEFAULT_PORT_PRIORITY = 128;
/** The unit of all times in BPDUs (IEEE 802.1D-2004 §9.2.8): exactly 1/256 s. */
export const BPDU_TIME_UNIT: Nanoseconds = SECOND / 256;

/** A span as a BPDU says it. */
export const bpduTime = (span: Nanoseconds): number => Math.round(span / BPDU_TIME_UNIT);

/** Port priority and number, as compared and sent (IEEE 802.1D-2004 §9.2.7). Numbers begin with 1. */
export const portIdOf = (port: number, { priority = DEFAULT_PORT_PRIORITY }: PortTreeOptions): number =>
  priority * 0x100 + port + 1;

const MEGABIT = 1_000_000;
/** Linux br_if.c port_cost: what a kernel bridge reckons. */
const SHORT_COSTS = [
  [10_000 * MEGABIT, 2],
  [2_500 * MEGABIT, 4],
  [1_000 * MEGABIT, 5],
  [100 * MEGABIT, 19],
] as const;
const SHORT_COST_BELOW = 100;
/** IEEE 802.1D-2004 §17.14, table 17-3: 20 Tbit/s divided by the bandwidth. */
const LONG_COST_BANDWIDTH = 20_000_000 * MEGABIT;
const MOST_LONG_COST = 200_000_000;
/** A cable without a limit counts as the usual one. */
const USUAL_BANDWIDTH = 1_000 * MEGABIT;

/** What a port adds to the cost of the way to the root. */
export function pathCost(protocol: SpanningTreeProtocol, port: TreePort): number {
  if (port.tree.cost !== undefined) return port.tree.cost;
  const bandwidth = port.bandwidth ?? USUAL_BANDWIDTH;
  if (protocol === 'rstp')
    return Math.min(MOST_LONG_COST, Math.max(1, Math.round(LONG_COST_BANDWIDTH / bandwidth)));
  return SHORT_COSTS.find(([least]) => bandwidth >= least)?.[1] ?? SHORT_COST_BELOW;
}

/** @throws RangeError naming the bridge for a priority or a time that the standard does not allow. */
export function checkTreeOptions(
  bridge: string,
  options: SpanningTreeOptions,
  ports: readonly TreePort[],
): void {
  const { priority = DEFAULT_BRIDGE_PRIORITY } = options;
  if (!Number.isInteger(priority) || priority < 0 || priority > 0xf000 || priority % 0x1000 !== 0)
    throw new RangeError(`${bridge}: a bridge priority is 0 to 61440 in steps of 4096, not ${priority}`);
  for (const [name, span, least, most] of [
    ['hello time', options.helloTime, 1, 10],
    ['max age', options.maxAge, 6, 40],
    ['forward delay', options.forwardDelay, 2, 30],
  ] as const) {
    if (
      span !== undefined &&
      !(span >= least * SECOND && span <= most * SECOND && span % BPDU_TIME_UNIT === 0)
    )
      throw new RangeError(`${bridge}: a ${name} is ${least} to ${most} s in whole 1/256 s, not ${span} ns`);
  }
  for (const { name, tree } of ports) {
    const { priority: own = DEFAULT_PORT_PRIORITY, cost = 1 } = tree;
    if (!Number.isInteger(own) || own < 0 || own > 240 || own % 16 !== 0)
      throw new RangeError(`${bridge}:${name}: a port priority is 0 to 240 in steps of 16, not ${own}`);
    if (!Number.isInteger(cost) || cost < 1 || cost > MOST_LONG_COST)
      throw new RangeError(`${bridge}:${name}: a path cost is 1 to ${MOST_LONG_COST}, not ${cost}`);
  }
}
