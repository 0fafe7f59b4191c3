import type { KeepalivedConfig } from '../daemon/keepalived/configuration/keepalived-config.js';
import type { Nanoseconds } from '../engine/index.js';
import type { Ipv4Address, Ipv4Cidr, MacAddress } from '../wire/index.js';
import type {
  ActionDesign,
  ExpectationDesign,
  FilterDesign,
  InferenceNote,
  ProgramDesign,
} from './design.js';
import type { SysctlPlan } from './sysctls.js';

/** A design with everything resolved: what the network is built from. Plain data, made by `planLab`. */
export interface LabPlan {
  readonly name: string;
  readonly switches: readonly SwitchPlan[];
  readonly hosts: readonly HostPlan[];
  readonly links: readonly LinkPlan[];
  readonly schedule: readonly ScheduledAction[];
  readonly duration: Nanoseconds;
  readonly expect: readonly ExpectationDesign[];
  readonly vips: readonly VipPlan[];
  readonly inferred: readonly InferenceNote[];
}

export interface SwitchPlan {
  readonly name: string;
  /** The names of its ports, each that of the node on it (or `node:interface` where there are several cables). */
  readonly ports: readonly PortPlan[];
  readonly ageing: Nanoseconds;
  readonly capacity: number | null;
  readonly latency: Nanoseconds;
  readonly macMove: string;
  readonly snooping: boolean | 'link-local';
  readonly static: readonly { readonly mac: MacAddress; readonly port: string }[];
}

export interface PortPlan {
  readonly name: string;
  /** The VLAN of untagged frames. */
  readonly vlan: number;
  /** VLANs that pass tagged. */
  readonly trunk: readonly number[];
}

export interface InterfacePlan {
  readonly name: string;
  readonly mac: MacAddress;
  readonly addresses: readonly Ipv4Cidr[];
  readonly mtu: number;
}

export interface HostPlan {
  readonly name: string;
  readonly interfaces: readonly InterfacePlan[];
  readonly keepalived: KeepalivedPlan | null;
  readonly clients: readonly ClientPlan[];
  /** UDP ports on which a server answers with the node's name. */
  readonly echoPorts: readonly number[];
  readonly services: readonly { readonly name: string; readonly port: number }[];
  readonly files: readonly string[];
  readonly sysctl: SysctlPlan;
  readonly routes: readonly {
    readonly destination: Ipv4Cidr;
    readonly via?: Ipv4Address;
    readonly interface?: string;
    readonly metric?: number;
  }[];
  readonly drop: readonly FilterDesign[];
  readonly programs: readonly ProgramDesign[];
  readonly driftPpm: number;
  /** When it boots; without power until then. */
  readonly start: Nanoseconds;
}

export interface KeepalivedPlan {
  readonly config: KeepalivedConfig;
  readonly file: string;
  readonly launch: { readonly min: Nanoseconds; readonly max: Nanoseconds };
  readonly behaviour: 'keepalived-2.2.7' | 'rfc';
  readonly autostart: boolean;
}

export interface ClientPlan {
  /** Unique in the lab: the node's name, or `node/2` for the second. */
  readonly name: string;
  readonly target: Ipv4Address;
  readonly port: number;
  readonly every: Nanoseconds;
  readonly timeout: Nanoseconds;
  readonly from: Nanoseconds;
}

/** One end of a cable. */
export interface EndPlan {
  readonly node: string;
  readonly port: string;
}

export interface LinkPlan {
  readonly ends: readonly [EndPlan, EndPlan];
  readonly delay: { readonly lo: Nanoseconds; readonly hi: Nanoseconds };
  readonly bandwidth: number | null;
  readonly queueBytes: number | null;
  readonly lossPpm: number;
  readonly duplicatePpm: number;
  readonly reorder: { readonly ppm: number; readonly delay: Nanoseconds } | null;
  readonly corruptPpm: number;
  readonly carrier: { readonly detectDown: Nanoseconds; readonly detectUp: Nanoseconds } | null;
}

/** One line of the schedule with its instant. */
export interface ScheduledAction {
  readonly at: Nanoseconds;
  readonly action: ActionDesign;
}

/** A virtual address and the instances that may hold it. */
export interface VipPlan {
  readonly address: Ipv4Address;
  readonly holders: readonly {
    readonly node: string;
    readonly instance: string;
    readonly priority: number;
    readonly advertInterval: Nanoseconds;
    readonly masterDownInterval: Nanoseconds;
  }[];
}
