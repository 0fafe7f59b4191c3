import type { DurationInput } from '../engine/index.js';

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
  readonly snooping?: boolean | 'link-local';
  /** VLANs of ports by the name of the node on them; default: everything untagged in VLAN 1. */
  readonly ports?: Readonly<Record<string, { readonly vlan?: number; readonly trunk?: readonly number[] }>>;
}

/** A machine: a Linux-like kernel and the programs on it. */
export interface HostDesign {
  readonly kind?: 'host';
  /** The address of the only interface, `192.168.1.11/24`; several in their order. */
  readonly address?: string | readonly string[];
  /** Interfaces by name, where there are several or the name matters. */
  readonly interfaces?: Readonly<Record<string, InterfaceDesign>>;
  /** MAC address of the only interface; default 02:00 followed by the bytes of its first address. */
  readonly mac?: string;
  /** The text of keepalived.conf, or the text with what belongs to it. */
  readonly keepalived?: string | KeepalivedDesign;
  /** A client that sends requests. */
  readonly client?: ClientDesign | readonly ClientDesign[];
  /** UDP port of a server that answers with the node's name. Nodes with a VIP have one on the clients' port. */
  readonly echo?: number;
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

/** Sends a numbered request at a steady pace and waits for the answer to each. */
export interface ClientDesign {
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
  | 'flush-neighbours';

/** One line of the schedule. */
export interface ActionDesign {
  readonly at: DurationInput;
  readonly do: ActionName;
  /** The node concerned. */
  readonly node?: string;
  /** The program on it: of stop, start, restart, kill-9, freeze and thaw; default its keepalived (freeze: the machine). */
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
  /** `set-delay`. */
  readonly delay?: DurationInput;
  /** `script-result`: which script, and what it says from now on. */
  readonly script?: string;
  readonly good?: boolean;
  /** `create-file`, `remove-file`. */
  readonly file?: string;
  /** `clock-drift`, in ppm. */
  readonly ppm?: number;
  /** `add-address`, `remove-address`, `arping`, `flush-neighbours`. */
  readonly address?: string;
  /** `arping`: how many requests, one a second; default 1. */
  readonly count?: number;
}

/** What a run should show. */
export type ExpectationDesign =
  | 'no-flap'
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
