import type { DurationInput } from '../engine/index.js';
import type { CarpSystem } from '../host/carp/carp-config.js';
import type { Health } from '../service/service.js';

/**
 * What a lab is made of: the keys of `lab.yaml`, typed. Texts of configuration files stand in it as they are, so a
 * design is plain data: it can be printed, hashed, sent to a worker and written back as YAML.
 */
export interface LabDesign {
  readonly name: string;
  /** Switches and hosts by name, in the order in which they are built. */
  readonly nodes: Readonly<Record<string, NodeDesign>>;
  /** Cables. Left out: every interface of every host goes to the one switch. */
  readonly links?: readonly LinkDesign[];
  /**
   * What comes first where an advert arrives in the very instant at which a CARP timer is due; default `packet-first`.
   * With equal skews that decides between a stable pair and a perpetual flap.
   */
  readonly ties?: 'packet-first' | 'timer-first';
  /** What is done to the network, and when. */
  readonly schedule?: readonly ActionDesign[];
  /** How long a run takes if nothing else is said; default 60s. */
  readonly duration?: DurationInput;
  /** What the lab's author expects a run to show; a run that shows exactly that ends with exit code 0. */
  readonly expect?: readonly ExpectationDesign[];
  /** What a reader inferred where nothing was said; printed at the head of a run. */
  readonly inferred?: readonly InferenceNote[];
}

/** One thing that was not said and is assumed. */
export interface InferenceNote {
  /** For example `n1.address`. */
  readonly what: string;
  readonly value: string;
  readonly why: string;
}

export type NodeDesign = SwitchDesign | HostDesign;

/** A learning switch. */
export interface SwitchDesign {
  readonly kind: 'switch';
  /** CAM ageing; default 300s. */
  readonly ageing?: DurationInput;
  /** How many CAM entries fit; default unlimited. */
  readonly capacity?: number;
  /** Time from a frame's arrival to its departure; default 0s. */
  readonly latency?: DurationInput;
  /** Entries that never age or move: MAC address to port (the name of the node on it). */
  readonly static?: Readonly<Record<string, string>>;
  /** MAC-move detection as a vendor defines it; default `linux` (never). */
  readonly macMove?: string;
  /** IGMP snooping; default true, as in Linux. `link-local` filters 224.0.0.0/24 too, which is a fault. */
  readonly snooping?: boolean | 'link-local' | SnoopingDesign;
  /** Spanning tree: `stp` is 802.1D as in the Linux kernel, `rstp` 802.1w; default off, as in the Linux kernel. */
  readonly spanningTree?: 'off' | 'stp' | 'rstp';
  /** Bridge priority, 0 to 61440 in steps of 4096; default 32768. Between equals the switch that is named first is root. */
  readonly priority?: number;
  /** How long a port listens, and how long it learns; default 15s. */
  readonly forwardDelay?: DurationInput;
  /** Storm control of every port that has none of its own; default none. */
  readonly stormControl?: StormControlDesign;
  /** Inspection of ARP on the ports that are not `trusted`; default none. */
  readonly arpInspection?: ArpInspectionDesign;
  /** Static link aggregation: cables that are one, by the name of the bundle. */
  readonly bonds?: Readonly<Record<string, BondDesign>>;
  /** Ports by the name of the node on them; default: everything untagged in VLAN 1. */
  readonly ports?: Readonly<Record<string, SwitchPortDesign>>;
}

/** One port of a switch. */
export interface SwitchPortDesign {
  /** The VLAN of untagged frames; default 1. */
  readonly vlan?: number;
  /** VLANs that pass tagged. */
  readonly trunk?: readonly number[];
  /** Spanning tree: true forwards at once ("portfast"); `auto` does where no switch is heard for 3 s (rstp). Default false. */
  readonly edge?: boolean | 'auto';
  /** Spanning tree: a BPDU shuts the port; default false. */
  readonly bpduGuard?: boolean;
  /** Spanning tree: path cost; default by the bandwidth, 1Gbit/s where none is given. */
  readonly cost?: number;
  /** Spanning tree: port priority, 0 to 240 in steps of 16; default 128. */
  readonly priority?: number;
  readonly stormControl?: StormControlDesign;
  readonly security?: PortSecurityDesign;
  /** ARP that comes in here is not inspected; default false. */
  readonly trusted?: boolean;
}

/** IGMP snooping, told apart. */
export interface SnoopingDesign {
  /** The switch queries itself: true, or from this address. The lowest address on the LAN wins. Default false. */
  readonly querier?: boolean | string;
  /** Groups that nobody has reported are dropped though nobody queries; default false, as in Linux. */
  readonly filterWithoutQuerier?: boolean;
  /** 224.0.0.0/24 is filtered like any group, which is a fault; default false. */
  readonly linkLocal?: boolean;
}

/** Most frames of a class that a port lets in per second; a class that is left out is not limited. */
export interface StormControlDesign {
  readonly broadcast?: number;
  readonly multicast?: number;
  readonly unknownUnicast?: number;
  /** What happens to the port once a budget is spent; default `drop`, to the end of the second. */
  readonly action?: 'drop' | 'shutdown';
}

/** Which source addresses a port admits. */
export interface PortSecurityDesign {
  /** How many; default 1. */
  readonly maximum?: number;
  /** What becomes of a frame from another: it is dropped, dropped and told, or the port is shut. Default `shutdown`. */
  readonly violation?: 'protect' | 'restrict' | 'shutdown';
}

/** Which sender addresses ARP may carry. */
export interface ArpInspectionDesign {
  /** IP address to MAC address, or to several. */
  readonly bindings?: Readonly<Record<string, string | readonly string[]>>;
  /** ARP packets per second of a port until it is shut; default 15. */
  readonly rate?: number;
}

/** Cables to one other node that are used as one. */
export interface BondDesign {
  /** The ports, at least two. */
  readonly ports: readonly string[];
  /** What a frame's cable is chosen by, as Linux bonding has it; default `layer2`. */
  readonly hash?: 'layer2' | 'layer2+3' | 'layer3+4';
}

/** A machine: a Linux-like kernel and the programs on it. */
export interface HostDesign {
  readonly kind?: 'host';
  /** The address of the only interface, `192.168.1.11/24` or `2001:db8::11/64`; several in their order. */
  readonly address?: string | readonly string[];
  /** Interfaces by name, where there are several or the name matters. */
  readonly interfaces?: Readonly<Record<string, InterfaceDesign>>;
  /** MAC address of the only interface; default 02:00 followed by the bytes of its first address (of IPv6 the last four). */
  readonly mac?: string;
  /** The text of keepalived.conf, or the text with what belongs to it. */
  readonly keepalived?: string | KeepalivedDesign;
  /**
   * Whose kernel; default what its CARP files are of, else `linux`. The BSD kernels differ in CARP alone: everything
   * else is as Linux does it.
   */
  readonly system?: 'linux' | CarpSystem;
  /** CARP in the kernel: the text of `ifconfig` lines, or the texts of its files. */
  readonly carp?: string | CarpDesign;
  /** ucarp: a command line, or the command line with what belongs to it; several where several run. */
  readonly ucarp?: string | UcarpDesign | readonly (string | UcarpDesign)[];
  /** A client that sends requests. */
  readonly client?: ClientDesign | readonly ClientDesign[];
  /**
   * Port of a server that answers with the node's name: each line over TCP, each datagram over UDP. Nodes with a VIP
   * have one on the port on which clients ask for it, unless they have something else there.
   */
  readonly echo?: number;
  /** A PostgreSQL server. Nodes with a VIP have one where a client that speaks it asks for the VIP. */
  readonly postgres?: PostgresDesign;
  /** A web server. Nodes with a VIP have one where a client that speaks HTTP asks for the VIP. */
  readonly http?: HttpDesign;
  /** Placeholder daemons by process name with the port they listen on (0: none): what `killall -0 NAME` and `nc -z` find. */
  readonly services?: Readonly<Record<string, number>>;
  /** Files that exist at the start: what `test -e FILE` finds. */
  readonly files?: readonly string[];
  /** Kernel settings: `arp_ignore: 1`, `eth0.arp_accept: 1`, `ip_forward: 1`, `base_reachable_time: 30s`. */
  readonly sysctl?: Readonly<Record<string, number | string | boolean>>;
  readonly routes?: readonly {
    readonly to: string;
    readonly via?: string;
    readonly interface?: string;
    readonly metric?: number;
  }[];
  /** Packet filter: what is dropped from the start. */
  readonly drop?: readonly FilterDesign[];
  /** Programs of your own; see `defineProgram`. Only in TypeScript. */
  readonly programs?: readonly ProgramDesign[];
  /** How fast this machine's clock runs, in ppm; default 0. */
  readonly drift?: number;
  /** When it gets its power and boots; until then it is off. Default 0s. */
  readonly start?: DurationInput;
}

export interface InterfaceDesign {
  readonly address?: string | readonly string[];
  readonly mac?: string;
  readonly mtu?: number;
  /** `unknown`: its driver says nothing of the link, which keeps FreeBSD's CARP in INIT. Default: it tells. */
  readonly linkState?: 'unknown';
}

export interface KeepalivedDesign {
  /** The file's text. */
  readonly conf: string;
  /** Its name in diagnostics; default `NODE/keepalived.conf`. */
  readonly file?: string;
  /** Texts of included files by name. */
  readonly includes?: Readonly<Record<string, string>>;
  /** From the start of the process to its first state: a span, or a range that is drawn by the seed (default 30ms to 150ms). */
  readonly ready?: DurationInput | readonly [DurationInput, DurationInput];
  /** `rfc` for strict RFC 5798 behaviour; default `keepalived-2.2.7`. */
  readonly behaviour?: 'keepalived-2.2.7' | 'rfc';
  /** False: installed, but not started at boot. */
  readonly autostart?: boolean;
  /** Carry on where the configuration is wrong, exactly as the daemon would. */
  readonly likeDaemon?: boolean;
}

/** The files that configure CARP in a BSD kernel. */
export interface CarpDesign {
  /**
   * Their texts by name, in the order in which they are read: hostname.if(5) files (`fw1/hostname.carp0`), `rc.conf`,
   * `sysctl.conf`; any other name is a script of `ifconfig` and `sysctl` lines.
   */
  readonly files: Readonly<Record<string, string>>;
  /** From boot to the configured interfaces: a span, or a range that is drawn by the seed; default 0s. */
  readonly ready?: DurationInput | readonly [DurationInput, DurationInput];
  /**
   * When timers fire: `ideal`, exactly (the default), or `ticks`, as the kernel's clock lets them: OpenBSD up to 10 ms
   * early, FreeBSD up to 2 ms late, by the seed.
   */
  readonly timers?: 'ideal' | 'ticks';
  /** OpenBSD: how long rc(8) keeps group carp demoted by 128 after the interfaces are configured; default 0s. */
  readonly rc?: DurationInput;
  /** Carry on where the configuration is wrong, as the system would. */
  readonly likeDaemon?: boolean;
}

/** A ucarp process. */
export interface UcarpDesign {
  /** The command line, or a shell script that has it. */
  readonly command: string;
  /** Its name in diagnostics; default `NODE/ucarp`. */
  readonly file?: string;
  /** Texts of its up and down scripts, and of a password file, by the path that the command line names. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** From the start of the process to its first state; default 30ms to 60ms, drawn by the seed. */
  readonly ready?: DurationInput | readonly [DurationInput, DurationInput];
  /** The byte order of its machine, which ties depend on; default `little`. */
  readonly byteOrder?: 'little' | 'big';
  /**
   * How libpcap hands packets over: in `blocks` of up to 1 s, as since 1.5.0 on Linux (the default), or each one at once
   * (`immediate`).
   */
  readonly capture?: 'blocks' | 'immediate';
  /** False: installed, but not started at boot. */
  readonly autostart?: boolean;
  /** Carry on where the command line is wrong, as ucarp would. */
  readonly likeDaemon?: boolean;
}

/** A PostgreSQL 15 server as clients and health checks see it. */
export interface PostgresDesign {
  /** Default 5432. */
  readonly port?: number;
  /** Somebody who is let in without a password, beside `postgres`; default `app`. */
  readonly user?: string;
  /** Everybody who may come, and how, instead of `user`; of who is to give a password it is asked, and refused. */
  readonly users?: Readonly<Record<string, 'trust' | 'scram'>>;
  /** Databases beside `postgres`. */
  readonly databases?: readonly string[];
  /** max_connections; default 100, the last three for the user `postgres`. */
  readonly connections?: number;
  /** How long it starts up, and lets nobody in meanwhile; default 0s. */
  readonly ready?: DurationInput;
}

/** A web server whose answers name its node. */
export interface HttpDesign {
  /** Default 80. */
  readonly port?: number;
  /** The status of each path; others are 404, `/` is 200. Left out: every path is 200. */
  readonly paths?: Readonly<Record<string, number>>;
  /** How long it starts up, and answers 503 meanwhile; default 0s. */
  readonly ready?: DurationInput;
  /** What it answers while it is sick; default 500. */
  readonly sick?: number;
}

/** A program that asks something at a steady pace: over UDP (`request`) or over TCP (`connect`). */
export type ClientDesign = UdpClientDesign | TcpClientDesign;

/** Asks over TCP: by a connection for each request, by one that is held, or by a pool. */
export interface TcpClientDesign {
  readonly request?: never;
  /** Whom: `192.168.1.100:5432`, `[2001:db8::100]:5432`. */
  readonly connect: string;
  /** From one request to the next; default 200ms. */
  readonly every?: DurationInput;
  /**
   * How long connecting and the answer may take together; default 1s. With `hold`: how long connecting may take, by
   * default 1s, and then each answer, by default as long as the kernel waits.
   */
  readonly timeout?: DurationInput;
  /** When it begins; default at once. */
  readonly from?: DurationInput;
  /** True: one connection for all requests, each waiting for the answer to the last; default false. */
  readonly hold?: boolean;
  /** What it says; default `line`, which an echo server answers. */
  readonly speak?: 'line' | 'http' | 'postgres';
  /** `http`: what it asks for; default `/`. */
  readonly path?: string;
  /** `postgres`: who it is; default `app`. */
  readonly user?: string;
  /** `postgres`: default `postgres`. */
  readonly database?: string;
  /** `postgres`: its query, whose first value names the server; default `show cluster_name`. */
  readonly query?: string;
  /** A pool of connections instead of one. */
  readonly pool?: PoolDesign;
  /** Keepalive of its connections: true for the kernel's 2h, 75s and 9 probes. */
  readonly keepAlive?: boolean | KeepAliveDesign;
  /** TCP_USER_TIMEOUT: how long what was sent may go unacknowledged; default as long as the kernel tries. */
  readonly userTimeout?: DurationInput;
}

/** A pool of connections. Requests wait for one that is free, and fail with the one that carries them. */
export interface PoolDesign {
  /** How many connections, 1 to 1000. */
  readonly size: number;
  /** Broken ones are opened again after `after` (100ms), then `factor` (2) times as late, `most` (10s) at the latest. */
  readonly retry?: {
    readonly after?: DurationInput;
    readonly most?: DurationInput;
    readonly factor?: number;
  };
}

/** TCP keepalive (tcp(7)). */
export interface KeepAliveDesign {
  /** TCP_KEEPIDLE; default 2h. */
  readonly idle?: DurationInput;
  /** TCP_KEEPINTVL; default 75s. */
  readonly interval?: DurationInput;
  /** TCP_KEEPCNT; default 9. */
  readonly count?: number;
}

/** Sends a numbered request over UDP at a steady pace and waits for the answer to each. */
export interface UdpClientDesign {
  readonly connect?: never;
  /** `192.168.1.100:8080`. */
  readonly request: string;
  /** From one request to the next; default 200ms. */
  readonly every?: DurationInput;
  /** How long an answer may take; default 1s. */
  readonly timeout?: DurationInput;
  /** When it begins; default at once. */
  readonly from?: DurationInput;
}

/** Drops packets that match everything given. */
export interface FilterDesign {
  readonly name?: string;
  readonly direction: 'in' | 'out';
  /** `udp`, `icmp`, `igmp`, `vrrp`, `tcp` or a number. */
  readonly protocol?: string | number;
  readonly source?: string;
  readonly destination?: string;
  readonly port?: number;
  readonly interface?: string;
}

/** `[n1:eth0, sw1]` or the long form. An end is a node, or `node:interface`. */
export type LinkDesign =
  | readonly [string, string]
  | {
      readonly between: readonly [string, string];
      /** One way; default 50us. A range makes every frame's delay a choice. */
      readonly delay?: DurationInput | readonly [DurationInput, DurationInput];
      /** `1Gbit/s`, `100Mbit/s`; default unlimited. */
      readonly bandwidth?: string;
      /** Egress queue in bytes; default unlimited. */
      readonly queue?: number;
      /** `0.1%` of frames, each way. */
      readonly loss?: string;
      readonly duplicate?: string;
      readonly reorder?: { readonly share: string; readonly by: DurationInput };
      readonly corrupt?: string;
      /** How long each end needs to see that the carrier has gone or come; default 0s. */
      readonly carrier?: { readonly down?: DurationInput; readonly up?: DurationInput };
      /** False: seen by nobody, as behind another switch. */
      readonly carrierSeen?: boolean;
    };

/** What can be done to a network. Named for what an operator would see. */
export type ActionName =
  | 'power-off'
  | 'power-on'
  | 'kill-9'
  | 'stop'
  | 'start'
  | 'restart'
  | 'freeze'
  | 'thaw'
  | 'unplug'
  | 'plug'
  | 'silent-cut'
  | 'one-way-loss'
  | 'drop-multicast'
  | 'lose-next'
  | 'heal'
  | 'set-loss'
  | 'set-delay'
  | 'script-result'
  | 'create-file'
  | 'remove-file'
  | 'clock-drift'
  | 'add-address'
  | 'remove-address'
  | 'arping'
  | 'flush-neighbours'
  | 'set-health'
  | 'shutdown'
  | 'interface-down'
  | 'interface-up'
  | 'carp-state'
  | 'carp-demote'
  | 'set-sysctl'
  | 'send-errors'
  | 'signal';

/** One line of the schedule. */
export interface ActionDesign {
  readonly at: DurationInput;
  readonly do: ActionName;
  /** The node concerned. */
  readonly node?: string;
  /** The program on it: of stop, start, restart, kill-9, freeze and thaw, default its keepalived (freeze: the machine); of set-health. */
  readonly daemon?: string;
  /** The interface; default the only one. */
  readonly interface?: string;
  /** One-way actions: from this node … */
  readonly from?: string;
  /** … to this one. */
  readonly to?: string;
  /** What is lost: `vrrp`, `arp`, `multicast`, `all`; default all. `lose-next`: `vrrp` or `arp`. */
  readonly only?: string;
  /** `set-loss`: `5%`. */
  readonly loss?: string;
  /** `set-delay`; `set-health` slow: how late it answers, default 2s. */
  readonly delay?: DurationInput;
  /** `set-health`: how the server program does from now on. */
  readonly health?: Health;
  /** `script-result`: which script, and what it says from now on. */
  readonly script?: string;
  readonly good?: boolean;
  /** `create-file`, `remove-file`. */
  readonly file?: string;
  /** `clock-drift`, in ppm. */
  readonly ppm?: number;
  /** `add-address`, `remove-address`, `arping`, `flush-neighbours`. */
  readonly address?: string;
  /** `add-address`, `remove-address`: the CARP virtual host that the address is for; of `carp-state` and `carp-demote` too. */
  readonly vhid?: number;
  /** `carp-state`: what `ifconfig … state` forces. */
  readonly state?: 'init' | 'backup' | 'master';
  /** `carp-demote`: how much is added to the counter, which may be negative; default 1. */
  readonly by?: number;
  /** `carp-demote` on OpenBSD: the interface group; default `carp`. */
  readonly group?: string;
  /** `set-sysctl`: its name, `net.inet.carp.allow` or `eth0.arp_ignore`, and its new value. */
  readonly sysctl?: string;
  readonly value?: number;
  /** `send-errors`: whether sending fails from now on, or works again. Default true. */
  readonly failing?: boolean;
  /** `signal`: which, to which `daemon`. */
  readonly signal?: 'USR1' | 'USR2';
  /** `arping`: how many requests, one a second; default 1. */
  readonly count?: number;
}

/** What a run should show. */
export type ExpectationDesign =
  | 'no-flap'
  | 'broadcast-storm'
  | 'flap-free'
  | 'flap'
  | 'flux'
  | 'dual'
  | 'headless'
  | 'unsettled'
  | { readonly failover: { readonly within: DurationInput } };

/** A program of one's own as plain data and named handlers; made by `defineProgram`. */
export interface ProgramDesign {
  readonly name: string;
}
