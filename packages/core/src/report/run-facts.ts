import type { Nanoseconds } from '../engine/index.js';
import type { VerdictWord } from './verdict-word.js';

/**
 * What a report must be told beside the trace: who is in the lab, what its timers allow, and how to get the run again.
 * Everything else is read from the events.
 */
export interface RunFacts {
  /** The lab's name; null where only daemons' files were given. */
  readonly name: string | null;
  /** In the order of the lab. */
  readonly nodes: readonly NodeFacts[];
  readonly vips: readonly VipFacts[];
  readonly clients: readonly ClientFacts[];
  /** How long the run took in simulated ns. */
  readonly duration: Nanoseconds;
  readonly seed: number;
  /** The replay token. */
  readonly token: string;
  readonly inferred: readonly InferredFact[];
  /** The longest way through the network, one direction, in ns. */
  readonly latencyNs: Nanoseconds;
  /** What was planned; what really happened is in the `cause.began` events. */
  readonly schedule: readonly ScheduledFact[];
  /** What the lab's author expects to see, with the place where it is written. */
  readonly expected?: ExpectedFact;
}

/** A machine or a switch. */
export interface NodeFacts {
  readonly name: string;
  readonly kind: 'host' | 'switch';
  /** Its first address, as text without a prefix length. */
  readonly address?: string;
  /** When it boots, if not at the start of the run. */
  readonly start?: Nanoseconds;
}

/** A virtual IP address and what its protocol allows. */
export interface VipFacts {
  /** For example `192.168.1.100`. */
  readonly address: string;
  /** The protocol instances that compete for it, in the order of the nodes. */
  readonly instances: readonly InstanceFacts[];
  /** How long after a cause a handover still follows from it. */
  readonly settlingNs: Nanoseconds;
  /** How long two may own it at once; a state that lasts longer is settled. */
  readonly dualBudgetNs: Nanoseconds;
  /** How long nobody may own it. */
  readonly headlessBudgetNs: Nanoseconds;
}

/** One VRRP instance, or one virtual host of CARP, on one node. */
export interface InstanceFacts {
  readonly node: string;
  /** `VI_1`, `carp0`, `1@em0`, `ucarp`. */
  readonly name: string;
  readonly protocol: 'vrrp' | 'carp';
  /** The virtual host of CARP (and of VRRP in FreeBSD's kernel); null: keepalived. */
  readonly vhid: number | null;
  /** VRRP: the configured priority, the higher the better. CARP: advskew, the lower the better. */
  readonly priority: number;
  readonly advertIntervalNs: Nanoseconds;
  /** How long a backup waits for an advert. */
  readonly masterDownNs: Nanoseconds;
}

/** A program that asks a VIP; `name` is that of its `client.result` events, `node` where it runs. */
export interface ClientFacts {
  readonly name: string;
  readonly node: string;
  /** The address it asks, without the port. */
  readonly target: string;
  /** Of a client that keeps one connection and asks on it without a limit: from one request to the next, ns. */
  readonly asksEvery?: Nanoseconds;
}

/** Something that was not said and is assumed. */
export interface InferredFact {
  readonly what: string;
  readonly value: string;
  readonly why: string;
}

/** One line of the schedule. */
export interface ScheduledFact {
  readonly time: Nanoseconds;
  readonly action: string;
  readonly target: string;
}

/** What a lab `expect`s. */
export interface ExpectedFact {
  readonly words: readonly VerdictWord[];
  /** A failover is to happen, and none may take longer than this, in ns, from its cause to the new owner. */
  readonly failoverWithinNs?: Nanoseconds;
  /** `lab.yaml:14:10`. */
  readonly where: string;
}
