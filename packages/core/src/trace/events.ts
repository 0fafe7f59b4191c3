import type { Nanoseconds } from '../engine/index.js';

/**
 * The catalogue of what can be said to happen in a run: a name, and its fields beside the instant and the node.
 *
 * Addresses are text here (`192.168.1.100`, `02:00:00:00:01:01`), since events are for readers; names of nodes,
 * ports and interfaces are those of the lab. This table is what `--json`, the report and the digest are made from.
 */
export interface EventFields {
  // ---- VRRP (keepalived)
  /** An instance entered a state. */
  'vrrp.state': { instance: string; from: VrrpStateName; to: VrrpStateName; priority: number };
  /** A sync group entered a state. */
  'vrrp.group-state': { group: string; to: VrrpStateName };
  /** The Master_Down_Timer of a backup expired. */
  'vrrp.timeout': { instance: string; master: string | null };
  /** A master steps down for another: to whom and why. */
  'vrrp.yielded': {
    instance: string;
    to: string;
    priority: number;
    reason: 'higher-priority' | 'higher-address';
  };
  /** A master heard an advert of lower precedence and forces a new election. */
  'vrrp.lower-advert': { instance: string; from: string; priority: number };
  'vrrp.priority-zero-sent': { instance: string };
  'vrrp.priority-zero-received': { instance: string; from: string };
  /** The effective priority changed, by trackers. */
  'vrrp.priority': { instance: string; from: number; to: number };
  /** An advert was sent. */
  'vrrp.advert-sent': {
    instance: string;
    vrid: number;
    priority: number;
    interval: Nanoseconds;
    destination: string;
  };
  /** An advert was received and rejected (a KO or DROP of keepalived's checks). */
  'vrrp.rejected': { instance: string; from: string; reason: string };
  /** A tracked script, process, file or interface gave a result that counts. */
  'track.result': {
    tracker: string;
    kind: 'script' | 'process' | 'interface' | 'file';
    good: boolean;
    count: string;
  };
  /** A daemon wrote a log line; shown by `--log`. */
  'daemon.log': { daemon: string; line: string };
  'daemon.started': { daemon: string };
  'daemon.stopped': { daemon: string; how: 'stopped' | 'killed' | 'crashed' };

  // ---- kernel
  'address.added': { interface: string; address: string; prefixLength: number };
  'address.removed': { interface: string; address: string };
  /** The kernel learned that an interface's carrier came or went. */
  'link.carrier': { interface: string; up: boolean };
  /** A gratuitous ARP was sent. */
  'arp.announced': { interface: string; address: string; mac: string; op: 'request' | 'reply' };
  'arp.requested': { interface: string; address: string; unicast: boolean };
  'arp.replied': { interface: string; address: string; mac: string; to: string };
  /** A neighbour entry got another MAC (null: it has none any more). */
  'arp.learned': { interface: string; address: string; mac: string | null; was: string | null };
  /** A neighbour entry changed its state. */
  'arp.state': { interface: string; address: string; from: string; to: string };
  /** Packets given up because their next hop never answered. */
  'arp.failed': { interface: string; address: string; dropped: number };
  'icmp.sent': { type: number; code: number; to: string };

  // ---- switch
  'cam.learned': { vlan: number; mac: string; port: string };
  'cam.moved': { vlan: number; mac: string; from: string; to: string };
  'cam.forgotten': { vlan: number; mac: string; port: string; reason: 'aged' | 'port-down' | 'flushed' };
  'cam.full': { vlan: number; mac: string; port: string };
  /** A MAC-move detector raised its alarm; `profile` is the vendor's rule. */
  'cam.alarm': { profile: string; vlan: number; mac: string; moves: number; action: string; line: string };
  'switch.port': { port: string; up: boolean };

  // ---- client programs
  /** An attempt of a client ended. */
  'client.result': {
    client: string;
    server: string;
    attempt: number;
    result: 'ok' | 'timeout' | 'unreachable' | 'refused';
    by: string | null;
    sentAt: Nanoseconds;
  };

  // ---- faults and repairs of the schedule
  /** A single frame was lost, as `lose-next` said: at its receiver; who sent it. */
  'frame.lost': { kind: 'vrrp' | 'arp'; mac: string; sender: string };
  'cause.began': { action: string; target: string; disruptive: boolean; detail: string };

  // ---- what the lab itself observes
  /** The set of hosts that own a VIP changed: running, address configured, interface up. */
  'vip.owner': { address: string; owners: readonly string[] };
  /** Where a frame from this node (a client) to the VIP would arrive now; null: nowhere. */
  'vip.landed': { address: string; at: string | null; was: string | null };
  'node.power': { on: boolean };
  'node.frozen': { frozen: boolean };
}

/** States of a VRRP instance; INIT and STOPPED are those before the start and after the end of the daemon. */
export type VrrpStateName = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT' | 'STOPPED';

/** The names of events. */
export type EventName = keyof EventFields;

/** One event: when, what, at which node, and the fields of its name. */
export type TraceEvent<N extends EventName = EventName> = {
  [K in N]: { readonly time: Nanoseconds; readonly name: K; readonly node: string } & Readonly<
    EventFields[K]
  >;
}[N];
