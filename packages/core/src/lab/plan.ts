import type { RetryOptions, TcpSpeech } from '../daemon/client/tcp-client-options.js';
import type { KeepalivedConfig } from '../daemon/keepalived/configuration/keepalived-config.js';
import type { PostgresAuthentication } from '../daemon/postgres/postgres-startup.js';
import type { UcarpConfig } from '../daemon/ucarp/ucarp-config.js';
import type { Nanoseconds } from '../engine/index.js';
import type { CarpConfig } from '../host/carp/carp-config.js';
import type { Ipv6RouteOptions } from '../host/index.js';
import type { KeepAliveOptions } from '../host/tcp/socket-api.js';
import type {
  ArpInspectionOptions,
  BondOptions,
  IgmpSnoopingOptions,
  PortSecurityOptions,
  PortTreeOptions,
  SpanningTreeOptions,
  StormControlOptions,
} from '../switch/index.js';
import type { IpAddress, Ipv4Address, Ipv4Cidr, Ipv6Cidr, MacAddress } from '../wire/index.js';
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
  /** True: a CARP timer that is due in the instant in which an advert arrives comes first. */
  readonly timersFirst: boolean;
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
  readonly snooping: IgmpSnoopingOptions | false;
  /** Null where the switch speaks none. */
  readonly spanningTree: SpanningTreeOptions | null;
  /** Its own address, for what it sends itself. */
  readonly mac: MacAddress;
  readonly arpInspection: ArpInspectionOptions | null;
  readonly bonds: readonly BondOptions[];
  readonly static: readonly { readonly mac: MacAddress; readonly port: string }[];
}

export interface PortPlan {
  readonly name: string;
  /** The VLAN of untagged frames. */
  readonly vlan: number;
  /** VLANs that pass tagged. */
  readonly trunk: readonly number[];
  readonly tree: PortTreeOptions;
  readonly stormControl: StormControlOptions | null;
  readonly security: PortSecurityOptions | null;
  readonly isTrusted: boolean;
}

export interface InterfacePlan {
  readonly name: string;
  readonly mac: MacAddress;
  readonly addresses: readonly Ipv4Cidr[];
  readonly addressesIpv6: readonly Ipv6Cidr[];
  readonly mtu: number;
  /** False: its driver says nothing of the link. */
  readonly tellsLinkState: boolean;
}

export interface HostPlan {
  readonly name: string;
  readonly interfaces: readonly InterfacePlan[];
  readonly keepalived: KeepalivedPlan | null;
  /** CARP in its kernel; null on Linux. */
  readonly carp: CarpPlan | null;
  readonly ucarps: readonly UcarpPlan[];
  readonly clients: readonly ClientPlan[];
  /** Ports on which a server answers with the node's name, over TCP and UDP. */
  readonly echoPorts: readonly number[];
  readonly postgres: PostgresPlan | null;
  readonly http: HttpPlan | null;
  readonly services: readonly { readonly name: string; readonly port: number }[];
  readonly files: readonly string[];
  readonly sysctl: SysctlPlan;
  readonly routes: readonly {
    readonly destination: Ipv4Cidr;
    readonly via?: Ipv4Address;
    readonly interface?: string;
    readonly metric?: number;
  }[];
  /** Whether it has IPv6 at all: an address of its own, or a virtual one that it may hold. */
  readonly hasIpv6: boolean;
  readonly routesIpv6: readonly Ipv6RouteOptions[];
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

/** CARP in a host's kernel. */
export interface CarpPlan {
  readonly config: CarpConfig;
  /** From boot to the configured interfaces. */
  readonly ready: { readonly min: Nanoseconds; readonly max: Nanoseconds };
  readonly timers: 'ideal' | 'ticks';
  /** How long rc(8) keeps group carp demoted after that. */
  readonly rc: Nanoseconds;
}

export interface UcarpPlan {
  /** Its process: `ucarp`, or `ucarp/2` for the second. */
  readonly name: string;
  readonly config: UcarpConfig;
  readonly file: string;
  readonly launch: { readonly min: Nanoseconds; readonly max: Nanoseconds };
  readonly byteOrder: 'little' | 'big';
  readonly capture: 'blocks' | 'immediate';
  readonly autostart: boolean;
}

export interface ClientPlan {
  /** Unique in the lab: the node's name, or `node/2` for the second. */
  readonly name: string;
  readonly target: IpAddress;
  readonly port: number;
  readonly every: Nanoseconds;
  /** Null: a held connection's answers are waited for as long as the kernel does. */
  readonly timeout: Nanoseconds | null;
  readonly from: Nanoseconds;
  /** Null: over UDP. */
  readonly tcp: TcpPlan | null;
}

/** How a client uses TCP. */
export interface TcpPlan {
  readonly kind: 'short' | 'held' | 'pool';
  /** Connections of a pool; 1 otherwise. */
  readonly size: number;
  readonly retry: RetryOptions;
  readonly speak: TcpSpeech;
  readonly keepAlive: KeepAliveOptions | null;
  readonly userTimeout: Nanoseconds | null;
}

export interface PostgresPlan {
  readonly port: number;
  readonly users: Readonly<Record<string, PostgresAuthentication>>;
  readonly databases: readonly string[];
  readonly connections: number;
  readonly warmUp: Nanoseconds;
}

export interface HttpPlan {
  readonly port: number;
  /** Null: every path is good. */
  readonly paths: Readonly<Record<string, number>> | null;
  readonly sickStatus: number;
  readonly warmUp: Nanoseconds;
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

/** A virtual address, or one share of it, and the instances that may hold it. */
export interface VipPlan {
  readonly address: IpAddress;
  /** What it is called in events and reports: the address, or `192.0.2.10 (1/2)`. */
  readonly label: string;
  /** Null: one host is to hold the address at a time. */
  readonly share: SharePlan | null;
  readonly holders: readonly HolderPlan[];
}

/** One of several parts of an address's clients, each served by the MASTER of a vhid (CARP's balancing modes). */
export interface SharePlan {
  /** Rank of its vhid, from 0. */
  readonly index: number;
  readonly count: number;
  /** How clients are told apart: by the addresses of a flow, or by who answers their ARP. */
  readonly by: 'flow' | 'arp';
}

/** An instance that may hold a virtual address. */
export interface HolderPlan {
  readonly node: string;
  /** `VI_1`, `carp0`, `1@em0`, `ucarp`. */
  readonly instance: string;
  readonly protocol: 'vrrp' | 'carp';
  /** VRRP: its priority, the higher the better. CARP: its advskew, the lower the better. */
  readonly priority: number;
  readonly advertInterval: Nanoseconds;
  readonly masterDownInterval: Nanoseconds;
  /** How late it may learn of an advert that has arrived: ucarp, whose packets come in blocks. None if left out. */
  readonly hearingDelay?: Nanoseconds;
}
