import { Keepalived } from '../daemon/keepalived/keepalived.js';
import { type Choices, Engine } from '../engine/index.js';
import { type DropRule, Host, type Process } from '../host/index.js';
import { Link, type Port } from '../link/index.js';
import { type MacMoveProfileName, Switch } from '../switch/index.js';
import { Trace } from '../trace/index.js';
import { tryParseIpCidr } from '../wire/index.js';
import { ArpingTimers } from './actions.js';
import { buildPrograms } from './build-programs.js';
import type { ActionDesign, FilterDesign } from './design.js';
import { LateBoots } from './late-boots.js';
import type { EndPlan, HostPlan, LabPlan, LinkPlan, SwitchPlan } from './plan.js';
import { FILTER_PROTOCOLS } from './plan-filters.js';

/** How a network is built. */
export interface NetworkOptions {
  readonly choices: Choices;
  /** Every frame becomes bytes and is read back at each hop, checksums verified. */
  readonly asBytes?: boolean;
  /** Multiplies every span; for the test that nobody reads a clock. */
  readonly timeScale?: number;
  /** The engine to build on, for a driver of its own; left out: one in which time is a number. */
  readonly engine?: Engine;
  /** False: the same advert is the same packet, whatever was sent before. For those who compare states. */
  readonly countsIdentification?: boolean;
}

/** The parts of a running lab, built from its plan in one fixed order. */
export class Network {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly switches = new Map<string, Switch>();
  readonly hosts = new Map<string, Host>();
  readonly links: Link[] = [];
  /** The programs of each host by the name under which they are stopped and started. */
  readonly programs = new Map<string, ReadonlyMap<string, Process>>();
  readonly keepaliveds = new Map<string, Keepalived>();
  readonly arpings: ArpingTimers;
  /** Told of each action before it is done, and of each late boot as a `power-on`. */
  readonly actionListeners: ((action: ActionDesign) => void)[] = [];
  private readonly lateBoots: LateBoots | null;

  constructor(
    readonly plan: LabPlan,
    options: NetworkOptions,
  ) {
    this.engine =
      options.engine ??
      new Engine({
        choices: options.choices,
        ...(options.timeScale === undefined ? {} : { timeScale: options.timeScale }),
        timersFirst: plan.timersFirst,
      });
    this.trace = new Trace(this.engine);
    for (const part of plan.switches) this.switches.set(part.name, this.buildSwitch(part));
    for (const part of plan.hosts) this.buildHost(part, options.countsIdentification ?? true);
    for (const part of plan.links) this.links.push(this.buildLink(part, options.asBytes ?? false));
    this.arpings = new ArpingTimers(this);
    this.lateBoots = plan.hosts.some(({ start }) => start > 0) ? new LateBoots(this) : null;
  }

  private buildSwitch(plan: SwitchPlan): Switch {
    return new Switch(this.engine, this.trace, plan.name, {
      ports: plan.ports.map((port) => ({
        name: port.name,
        vlan: port.vlan,
        tagged: port.trunk,
        tree: port.tree,
        isTrusted: port.isTrusted,
        ...(port.stormControl === null ? {} : { stormControl: port.stormControl }),
        ...(port.security === null ? {} : { security: port.security }),
      })),
      ageing: plan.ageing,
      capacity: plan.capacity,
      latency: plan.latency,
      snooping: plan.snooping,
      mac: plan.mac,
      staticEntries: plan.static,
      bonds: plan.bonds,
      ...(plan.spanningTree === null ? {} : { spanningTree: plan.spanningTree }),
      ...(plan.arpInspection === null ? {} : { arpInspection: plan.arpInspection }),
      ...(plan.macMove === 'linux' ? {} : { macMove: plan.macMove as MacMoveProfileName }),
    });
  }

  private buildHost(plan: HostPlan, countsIdentification: boolean): void {
    const host = new Host(this.engine, this.trace, {
      name: plan.name,
      interfaces: plan.interfaces.map((iface) => ({
        name: iface.name,
        mac: iface.mac,
        addresses: iface.addresses,
        addressesIpv6: iface.addressesIpv6,
        mtu: iface.mtu,
        tellsLinkState: iface.tellsLinkState,
        sysctl: plan.sysctl.interfaces[iface.name] ?? {},
      })),
      sysctl: plan.carp === null ? plan.sysctl.machine : { ...BSD, ...plan.sysctl.machine },
      ...(plan.carp === null ? {} : { carp: { ...plan.carp, countsIdentification } }),
      routes: plan.routes,
      ipv6: plan.hasIpv6,
      sysctlIpv6: plan.sysctl.ipv6,
      routesIpv6: plan.routesIpv6,
      files: plan.files,
      filter: plan.drop.map(filterRule),
      variesTcp: countsIdentification,
    });
    this.hosts.set(plan.name, host);
    // Before it has a cable: the other end shall have seen no light yet.
    if (plan.start > 0) host.powerOff();
    host.domain.setDrift(plan.driftPpm);
    const programs = new Map<string, Process>();
    if (plan.keepalived !== null) {
      const { config, launch, behaviour, autostart } = plan.keepalived;
      const daemon = new Keepalived(host, config, {
        launch,
        autostart,
        mode: behaviour,
        countsIdentification,
      });
      programs.set('keepalived', daemon);
      this.keepaliveds.set(plan.name, daemon);
    }
    for (const [name, program] of buildPrograms(host, plan, countsIdentification))
      programs.set(name, program);
    this.programs.set(plan.name, programs);
  }

  /** The port at one end of a cable. */
  private portOf(end: EndPlan): Port {
    const at = this.switches.get(end.node);
    if (at !== undefined) return at.port(end.port);
    const port = this.hosts.get(end.node)?.interface(end.port);
    if (port === undefined) throw new RangeError(`no port ${end.node}:${end.port}`);
    return port;
  }

  private buildLink(plan: LinkPlan, asBytes: boolean): Link {
    const [a, b] = plan.ends.map((end) => this.portOf(end)) as [Port, Port];
    return new Link(this.engine, this.trace, `${a.path}~${b.path}`, a, b, {
      delay: plan.delay,
      bandwidth: plan.bandwidth,
      queueBytes: plan.queueBytes,
      loss: plan.lossPpm,
      duplicate: plan.duplicatePpm,
      corrupt: plan.corruptPpm,
      ...(plan.reorder === null ? {} : { reorder: plan.reorder }),
      ...(plan.carrier === null ? { seesCarrier: false } : { carrier: plan.carrier }),
      asBytes,
    });
  }

  /** Boots every machine that has power: its programs that start at boot are launched. The others follow in time. */
  start(): void {
    for (const host of this.hosts.values()) if (host.isOn) host.boot();
    this.lateBoots?.arm();
  }

  /**
   * A host by name.
   *
   * @throws RangeError if there is none.
   */
  host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined)
      throw new RangeError(`no host '${name}' in this lab: there are ${[...this.hosts.keys()].join(', ')}`);
    return host;
  }

  /** The cable at a host's interface. */
  linkAt(host: string, iface: string): Link {
    const port = this.host(host).interface(iface);
    const link = this.links.find((candidate) => candidate.aToB.from === port || candidate.bToA.from === port);
    if (link === undefined) throw new RangeError(`no cable at ${host}:${iface}`);
    return link;
  }
}

/**
 * What the BSD kernels do otherwise: an interface answers ARP for its own addresses alone and asks with its own
 * (if_ether.c `in_arpinput`, `arprequest`), and a packet from one of our own addresses is taken (ip_input.c).
 */
const BSD = { arp_ignore: 1, arp_announce: 2, accept_local: 1 } as const;

/** A rule of a design as the kernel has it. */
function filterRule(rule: FilterDesign, index: number): DropRule {
  const protocol = typeof rule.protocol === 'string' ? FILTER_PROTOCOLS[rule.protocol] : rule.protocol;
  const source = rule.source === undefined ? undefined : tryParseIpCidr(rule.source);
  const destination = rule.destination === undefined ? undefined : tryParseIpCidr(rule.destination);
  return {
    name: rule.name ?? `drop-${index + 1}`,
    direction: rule.direction,
    ...(rule.protocol === 'arp' ? { protocol: 'arp' as const } : protocol === undefined ? {} : { protocol }),
    ...(source === undefined ? {} : { source }),
    ...(destination === undefined ? {} : { destination }),
    ...(rule.port === undefined ? {} : { port: rule.port }),
    ...(rule.interface === undefined ? {} : { interface: rule.interface }),
  };
}
