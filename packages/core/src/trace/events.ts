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

  // ---- CARP (kernels and ucarp). `instance` is `carp0`, `carp0:2` (of several nodes), `1@em0` or `ucarp`.
  /** A virtual host entered a state, and why; `peer` is whose advert did it, null if none. */
  'carp.state': {
    instance: string;
    vhid: number;
    from: CarpStateName;
    to: CarpStateName;
    advbase: number;
    advskew: number;
    /** OpenBSD: the demotion count of its groups; FreeBSD: the counter of the machine; ucarp: 0 or 1. */
    demotion: number;
    reason: CarpReason;
    peer: string | null;
  };
  /** An advert was sent; `advskew` and `demotion` as they stand in it. */
  'carp.advert-sent': {
    instance: string;
    vhid: number;
    advbase: number;
    advskew: number;
    demotion: number;
    /** To the next one. */
    interval: Nanoseconds;
    destination: string;
  };
  /** An advert was received and dropped, under the name of the kernel's counter (netstat -sp carp). */
  'carp.rejected': { instance: string | null; vhid: number; from: string; reason: CarpRejection };
  /** ucarp: a master heard an advert of lower precedence and announces its address again. */
  'carp.lower-advert': { instance: string; from: string; advbase: number; advskew: number };
  /** A demotion counter changed: OpenBSD's of an interface group, FreeBSD's of the machine (`scope` is `machine`). */
  'carp.demotion': { scope: string; from: number; to: number; reason: string };
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
  /** Somebody else has an IPv6 address that was to become ours (`mac`): it cannot be used. */
  'address.duplicate': { interface: string; address: string; mac: string };
  /** The kernel learned that an interface's carrier came or went. */
  'link.carrier': { interface: string; up: boolean };
  // The arp events tell of IPv6 neighbours too, with their addresses: a solicitation is a request, an advertisement a
  // reply, an unsolicited one an announcement. Type and code of icmp are those of IPv4, into which ICMPv6's translate.
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
  'cam.forgotten': {
    vlan: number;
    mac: string;
    port: string;
    reason: 'aged' | 'port-down' | 'flushed' | 'topology-change';
  };
  'cam.full': { vlan: number; mac: string; port: string };
  /** A MAC-move detector raised its alarm; `profile` is the vendor's rule. */
  'cam.alarm': { profile: string; vlan: number; mac: string; moves: number; action: string; line: string };
  'switch.port': { port: string; up: boolean };
  /** A frame circles through a loop of switches, by these ports: the run ends. */
  'switch.storm': { vlan: number; floods: number; loop: readonly string[] };
  /** The switch shut one of its ports itself. */
  'switch.err-disabled': { port: string; reason: ErrDisableReason };
  /** A source address that a secure port does not admit. */
  'switch.violation': { port: string; vlan: number; mac: string };
  /** Spanning tree gave a port another role or state. */
  'stp.port': {
    port: string;
    role: 'disabled' | 'root' | 'designated' | 'alternate' | 'backup';
    state: 'disabled' | 'blocking' | 'listening' | 'discarding' | 'learning' | 'forwarding';
  };
  /** A switch believes in another root, or reaches it by another port (null: it is the root itself). */
  'stp.root': { root: string; priority: number; port: string | null; cost: number };
  /** A topology change: noticed at a port of its own, or told by the neighbour there. */
  'stp.topology-change': { port: string; isOwn: boolean };

  // ---- TCP. `local` and `remote` are `address:port` of the node's own end and of the other.
  /** A connection was begun here: asked for by a program, or by a SYN that a listener answers. */
  'tcp.opened': { local: string; remote: string; side: 'active' | 'passive' };
  'tcp.established': { local: string; remote: string; side: 'active' | 'passive' };
  /** Something was sent again: `count` times by now, for want of an acknowledgement. */
  'tcp.retransmitted': {
    local: string;
    remote: string;
    /** As it stands in the segment. */
    sequence: number;
    length: number;
    kind: 'syn' | 'syn-ack' | 'timeout' | 'fast' | 'tail-probe' | 'window-probe' | 'keepalive';
    count: number;
  };
  /** A RST was sent, and why: nobody has this connection, nobody listens, the program gave it up. */
  'tcp.reset-sent': {
    local: string;
    remote: string;
    reason: 'no-connection' | 'closed-port' | 'aborted' | 'unread-data' | 'bad-acknowledgement' | 'keepalive';
  };
  /** A socket was ended by a RST from the other end. */
  'tcp.reset': { local: string; remote: string; state: string };
  /** A challenge ACK was sent instead of believing a segment (RFC 5961). */
  'tcp.challenged': { local: string; remote: string; by: 'rst' | 'syn' };
  /** A connection ended with an error; `state` is where it was. */
  'tcp.failed': { local: string; remote: string; error: string; state: string };
  /** A connection is over in good order, as far as this end knows. */
  'tcp.closed': { local: string; remote: string };
  /** The accept queue was full: a SYN or the last ACK of a handshake was dropped. */
  'tcp.queue-full': { local: string; remote: string };

  // ---- client programs
  /** An attempt of a client ended. */
  'client.result': {
    client: string;
    /** `192.168.1.100:8080`. */
    server: string;
    attempt: number;
    /** `eof`: the server hung up without an answer. `error`: it answered with an error (HTTP 5xx, a PostgreSQL error). */
    result: 'ok' | 'timeout' | 'unreachable' | 'refused' | 'reset' | 'eof' | 'error';
    by: string | null;
    sentAt: Nanoseconds;
    /** The client's own count of the connection that carried it; null where there was none (UDP, no connection yet). */
    connection: number | null;
    /** Where it ended: while connecting, or waiting for the answer. */
    stage: 'connect' | 'reply';
    /** What the answer said where that matters (`HTTP 500`, `FATAL 57P03`); null otherwise. */
    detail: string | null;
  };
  /** A client's connection opened, or ended: by the client itself, by the server (eof), or broken. */
  'client.connection': {
    client: string;
    server: string;
    connection: number;
    /** The client's end, `192.168.1.50:40001`: what joins it to the `tcp.*` events. */
    local: string;
    change: 'opened' | 'closed' | 'eof' | 'reset' | 'timeout' | 'unreachable';
  };
  /** A server program was given another health. */
  'service.health': { daemon: string; health: string };

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

/** Why a switch shuts a port itself ("err-disable"). */
export type ErrDisableReason = 'bpdu-guard' | 'port-security' | 'arp-inspection' | 'storm-control';

/** States of a VRRP instance; INIT and STOPPED are those before the start and after the end of the daemon. */
export type VrrpStateName = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT' | 'STOPPED';

/** States of a CARP virtual host (ip_carp.c of OpenBSD and FreeBSD, ucarp carp.c). */
export type CarpStateName = 'INIT' | 'BACKUP' | 'MASTER';

/**
 * Why a CARP virtual host changed its state.
 *
 * - to BACKUP from INIT: `start`, `link-up`, `interface-up`, `address-changed`, `configured`, `allowed`
 * - to MASTER: `timeout` (no advert), `preempts` (the master advertises less often, and preempt is set),
 *   `will-time-out` (it advertises so rarely that it would time out), `demoted-master` (OpenBSD: it is demoted more),
 *   `forced` (`state master`)
 * - from MASTER to BACKUP: `better-advert`, `equal-advert` (kernels: an equal one makes a master yield; ucarp: the other
 *   address is the lower), `less-demoted` (OpenBSD: the other is demoted less), `forced`, `signal` (ucarp)
 * - to INIT: `link-down`, `interface-down`, `disallowed`, `stopped`
 */
export type CarpReason =
  | 'start'
  | 'link-up'
  | 'interface-up'
  | 'address-changed'
  | 'configured'
  | 'allowed'
  | 'timeout'
  | 'preempts'
  | 'will-time-out'
  | 'demoted-master'
  | 'forced'
  | 'better-advert'
  | 'equal-advert'
  | 'less-demoted'
  | 'signal'
  | 'link-down'
  | 'interface-down'
  | 'disallowed'
  | 'stopped';

/** Why a CARP advert is dropped: the counters of `netstat -sp carp`, and `loop` for one's own (OpenBSD: badauth). */
export type CarpRejection =
  | 'badttl'
  | 'badlen'
  | 'badsum'
  | 'badvhid'
  | 'badver'
  | 'badauth'
  | 'badif'
  | 'loop'
  | 'disallowed';

/** The names of events. */
export type EventName = keyof EventFields;

/** One event: when, what, at which node, and the fields of its name. */
export type TraceEvent<N extends EventName = EventName> = {
  [K in N]: { readonly time: Nanoseconds; readonly name: K; readonly node: string } & Readonly<
    EventFields[K]
  >;
}[N];
