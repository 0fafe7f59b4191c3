import type { Nanoseconds, RecordOf } from '../../engine/index.js';
import type { CarpReason } from '../../trace/events.js';
import {
  formatIp,
  IP_PROTOCOL_VRRP,
  type IpAddress,
  type IpCidr,
  type IpPacket,
  ipPayloadBytes,
  ipv4Length,
  VRRP_GROUP,
  VRRP_GROUP_IPV6,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import type { Interface } from '../interface.js';
import { ArpBalanced } from './arp-balance.js';
import { type CarpConfig, type CarpSystem, isOpenBsd } from './carp-config.js';
import { judge } from './carp-input.js';
import { CarpInterface } from './carp-interface.js';
import {
  type DemotionCause,
  defaultCarpLog,
  demotionLine,
  demotionReason,
  rejectionLine,
} from './carp-log-lines.js';
import type { CarpMachine } from './carp-machine.js';
import type { Family } from './carp-speech.js';
import { CarpGroupState, type CarpKernelRecord, CarpKernelState } from './carp-state.js';

/** FreeBSD CARP_MAXSKEW: no advert says more. */
const MAX_SKEW = 240;
/** Beyond it an advbase of 1 s would leave no interval at all. */
const LEAST_SKEW = -255;
/** OpenBSD `carp_group_demote_count`. */
const MAX_DEMOTION = 255;
/** OpenBSD rc(8): `ifconfig -g carp carpdemote 128` before the network starts. */
const RC_DEMOTION = 128;
const CARP_GROUP = 'carp';
/** ifconfig(8) where a group's counter would leave 0..255 (EINVAL). */
const REFUSED_DEMOTION = 'ifconfig: SIOCSIFGATTR: Invalid argument';

/** How a kernel's CARP runs. */
export interface CarpOptions {
  readonly config: CarpConfig;
  /** From boot to the configured interfaces. */
  readonly ready: { readonly min: Nanoseconds; readonly max: Nanoseconds };
  /** Exact timers, or those of the kernel's clock. */
  readonly timers: 'ideal' | 'ticks';
  /** OpenBSD: how long rc(8) keeps group carp demoted by 128 after that; 0: not at all. */
  readonly rc: Nanoseconds;
  /** False: the same advert is the same packet, whatever was sent before. For those who compare states. */
  readonly countsIdentification: boolean;
}

/**
 * CARP in the kernel of a BSD host (ip_carp.c): its interfaces and vhids, the counters of demotion that they share, and
 * the input of protocol 112.
 */
export class Carp {
  readonly system: CarpSystem;
  readonly interfaces: readonly CarpInterface[];
  /** Every virtual host, in the order of the configuration. */
  readonly machines: readonly CarpMachine[];
  readonly state: CarpKernelRecord;
  /** OpenBSD: the demotion counters of the interface groups. */
  private readonly groups = new Map<string, RecordOf<typeof CarpGroupState.fields>>();
  private readonly sockets: readonly { open(): void; close(): void }[];

  /** @throws RangeError if it is configured on an interface that the host does not have */
  constructor(
    readonly host: Host,
    readonly options: CarpOptions,
  ) {
    const { config } = options;
    const { sysctl } = config;
    const { engine, domain } = host;
    this.system = config.system;
    this.state = engine.record(
      `${host.name}/carp`,
      CarpKernelState,
      domain,
      { netstart: () => this.configure(), rc: () => this.endRc(), tell: () => this.tellDemotion() },
      {
        allow: sysctl.allow,
        preempt: sysctl.preempt,
        ifdownFactor: sysctl.ifdownDemotionFactor,
        senderrFactor: sysctl.senderrDemotionFactor,
      },
    );
    this.interfaces = config.interfaces.map((part) => {
      const parent = host.interface(part.parent);
      if (parent === undefined) throw new RangeError(`${host.name} has no interface ${part.parent}`);
      return new CarpInterface(this, part, parent);
    });
    this.machines = this.interfaces.flatMap(({ machines }) => machines);
    if (this.system === 'freebsd-9' && sysctl.arpBalance) this.balanceArp();
    const names = new Set([CARP_GROUP, ...config.interfaces.flatMap(({ groups }) => groups)]);
    if (isOpenBsd(this.system)) {
      for (const name of names)
        this.groups.set(name, engine.record(`${host.name}/carp/group/${name}`, CarpGroupState, domain));
    }
    this.sockets = this.openable();
  }

  /** FreeBSD 9 `arpbalance`: of the interfaces with one address the requester chooses who answers. */
  private balanceArp(): void {
    const sorted = this.interfaces.toSorted((one, other) => vhidOf(one) - vhidOf(other));
    for (const iface of this.interfaces) {
      const siblings = sorted.filter(({ parent }) => parent === iface.parent);
      iface.face.sharing = new ArpBalanced(iface, iface.face.mac, siblings);
    }
  }

  /** One input for each parent and family (`carp_proto_input`, `carp6_proto_input`). */
  private openable(): { open(): void; close(): void }[] {
    const { host } = this;
    const parents = new Set(this.interfaces.map(({ parent }) => parent));
    return [...parents].flatMap((face) => {
      const common = { protocol: IP_PROTOCOL_VRRP, interface: face };
      const receive = (packet: IpPacket): void => this.receive(packet, face);
      const ipv4 = host.rawSocket(null, { ...common, groups: [VRRP_GROUP] }, receive);
      if (host.ipv6 === null) return [ipv4];
      return [ipv4, host.rawSocketIpv6(null, { ...common, groups: [VRRP_GROUP_IPV6] }, receive)];
    });
  }

  /** The virtual host of an instance name (`carp0`, `carp0:2`, `1@em0`). */
  machine(instance: string): CarpMachine | undefined {
    return this.machines.find(({ name }) => name === instance);
  }

  // ---- life

  /** The machine has booted. */
  boot(): void {
    const { options, state } = this;
    if (isOpenBsd(this.system)) {
      if (options.rc > 0) this.demoteGroup(CARP_GROUP, RC_DEMOTION, null, 'carpdemote');
      // netstart(8) comes after rc(8)'s own 128: what goes beyond 255 with it is refused.
      for (const [group, count] of Object.entries(options.config.groupDemotion))
        if (this.groups.has(group)) this.demoteGroup(group, count, null, 'carpdemote');
    }
    state.netstart.arm(options.ready.min, options.ready.max);
  }

  /** netstart(8), rc.d/netif: the interfaces are configured, each begins as a backup. */
  private configure(): void {
    const { state, options, interfaces } = this;
    state.isConfigured = true;
    for (const socket of this.sockets) socket.open();
    if (!isOpenBsd(this.system) && options.config.sysctl.demotion !== 0)
      this.demote(options.config.sysctl.demotion, CARP_GROUP);
    for (const iface of interfaces) iface.linkChanged('start');
    for (const { config, machines } of interfaces)
      if (config.initialState === 'master')
        for (const machine of machines) machine.masterDown('forced', null);
    if (isOpenBsd(this.system) && options.rc > 0) state.rc.arm(options.rc);
  }

  /** rc(8) has come to its end; `-carpdemote 128` fails where somebody has taken the demotion away before. */
  private endRc(): void {
    const isDemoted = (this.groups.get(CARP_GROUP)?.demotion ?? 0) >= RC_DEMOTION;
    if (isDemoted) this.demoteGroup(CARP_GROUP, -RC_DEMOTION, null, 'carpdemote');
  }

  /** It is shut down in good order: OpenBSD's rc(8) sets every carp down, so that the others take over at once. */
  shutdown(): void {
    if (isOpenBsd(this.system)) for (const iface of this.interfaces) iface.setUp(false);
  }

  powerOff(): void {
    for (const socket of this.sockets) socket.close();
    for (const iface of this.interfaces) iface.vanish();
    for (const group of this.groups.values()) group.reset();
    this.state.netstart.cancel();
    this.state.rc.cancel();
    this.state.tell.cancel();
    this.state.reset();
  }

  /** An interface's carrier or administrative state has changed. */
  linkChanged(face: Interface): void {
    for (const iface of this.interfaces) if (iface.parent === face) iface.linkChanged('link-up');
  }

  /** FreeBSD 15: CARP that is not allowed is not there at all. The others only stop listening. */
  get isAllowed(): boolean {
    return this.state.allow || this.system !== 'freebsd';
  }

  // ---- input

  private receive(packet: IpPacket, face: Interface): void {
    const judgement = judge(this, packet, face);
    if ('rejected' in judgement) {
      this.reject(packet, face, judgement);
      return;
    }
    const { machine, payload } = judgement;
    machine.receive({ payload, source: packet.source }, packet.kind === 'ipv4' ? 'inet' : 'inet6');
  }

  private reject(packet: IpPacket, face: Interface, { rejected, vhid, machine }: Rejection): void {
    const { trace, name } = this.host;
    if (!trace.isOn) return;
    trace.emit('carp.rejected', name, {
      instance: machine?.name ?? null,
      vhid,
      from: formatIp(packet.source),
      reason: rejected,
    });
    const logged =
      machine === null
        ? null
        : { name: machine.iface.name, vhid: machine.vhid, nodes: machine.iface.machines.length };
    const bytes = ipPayloadBytes(packet);
    const isOverIpv4 = packet.kind === 'ipv4';
    const dropped = {
      face: isOpenBsd(this.system) && machine !== null ? machine.iface.name : face.name,
      family: isOverIpv4 ? 'inet' : 'inet6',
      ttl: isOverIpv4 ? packet.ttl : packet.hopLimit,
      length: isOpenBsd(this.system) && isOverIpv4 ? ipv4Length(packet) : bytes.length,
      version: (bytes[0] ?? 0) >> 4,
    } as const;
    const line = rejectionLine(this.system, logged, rejected, dropped, this.logLevel);
    if (line !== null) this.log(line);
  }

  // ---- demotion

  /** What an interface's adverts say of its demotion, or what FreeBSD adds to all skews. */
  demotionOf(iface: CarpInterface): number {
    if (!isOpenBsd(this.system)) return this.state.demotion;
    let sum = this.groups.get(CARP_GROUP)?.demotion ?? 0;
    for (const group of iface.config.groups)
      sum += group === CARP_GROUP ? 0 : (this.groups.get(group)?.demotion ?? 0);
    // Its own counter only where its groups say nothing (`carp_group_demote_count`).
    return Math.min(MAX_DEMOTION, sum === 0 ? iface.state.demoted : sum);
  }

  /** The skew that FreeBSD advertises (`DEMOTE_ADVSKEW`); OpenBSD's is as configured. */
  effectiveSkew(advskew: number): number {
    const { system, state } = this;
    if (isOpenBsd(system)) return advskew;
    if (system === 'freebsd-9') return state.demotion > 0 && advskew < MAX_SKEW ? MAX_SKEW : advskew;
    // DEMOTE_ADVSKEW had no lower bound before FreeBSD 14: it is negative for itself, and wraps in the advert.
    return Math.min(MAX_SKEW, Math.max(system === 'freebsd' ? 0 : LEAST_SKEW, advskew + state.demotion));
  }

  /** An interface is demoted, or no longer: OpenBSD's groups by one, FreeBSD by its factor. */
  demoteBy(iface: CarpInterface, cause: DemotionCause, sign: 1 | -1, family: Family = 'inet'): void {
    const { system, state } = this;
    const reason = demotionReason(system, cause, iface.parent.name, family);
    if (isOpenBsd(system)) {
      iface.state.demoted = Math.max(0, iface.state.demoted + sign);
      for (const group of new Set([CARP_GROUP, ...iface.config.groups]))
        this.demoteGroup(group, sign, iface.name, reason);
      return;
    }
    const isSending = cause === 'send-errors' || cause === 'send-ok';
    const factor = system === 'freebsd-9' ? 1 : isSending ? state.senderrFactor : state.ifdownFactor;
    this.demoteMachine(sign * factor, reason);
  }

  /** `ifconfig -g GROUP carpdemote N` or `sysctl net.inet.carp.demotion=N`. @throws RangeError if there is no such group */
  demote(by: number, group: string): void {
    if (!this.host.isOn) return;
    const reason = demotionReason(this.system, 'sysctl', '');
    if (!isOpenBsd(this.system)) {
      this.demoteMachine(by, reason);
      return;
    }
    // The masters of the group's interfaces say it at once (`carp_ifgattr_ioctl`).
    if (!this.demoteGroup(group, by, null, reason) || by <= 0) return;
    for (const { config, machines } of this.interfaces)
      if (group === CARP_GROUP || config.groups.includes(group))
        for (const machine of machines) machine.sendAdvert();
  }

  /** False: it is refused. */
  private demoteGroup(name: string, by: number, face: string | null, reason: string): boolean {
    const group = this.groups.get(name);
    if (group === undefined)
      throw new RangeError(
        `${this.host.name} has no interface group ${name}: ${[...this.groups.keys()].join(', ')}`,
      );
    const from = group.demotion;
    // if_setgroupattribs refuses; carp_group_demote_adj stops at 0.
    if (face === null && (from + by > MAX_DEMOTION || from + by < 0)) {
      const { trace, name: node } = this.host;
      if (trace.isOn) trace.emit('daemon.log', node, { daemon: 'ifconfig', line: REFUSED_DEMOTION });
      return false;
    }
    const to = Math.max(0, from + by);
    group.demotion = to;
    this.traceDemotion(name, from, to, reason);
    const line = demotionLine(this.system, { face, group: name, by, to, reason }, this.logLevel);
    if (line !== null && this.host.trace.isOn) this.log(line);
    if (face !== null && by > 0 && to === 1) this.state.tell.arm(0);
    return true;
  }

  private demoteMachine(by: number, reason: string): void {
    const { state, system } = this;
    const from = state.demotion;
    state.demotion += by;
    this.traceDemotion('machine', from, state.demotion, reason);
    const line = demotionLine(
      system,
      { face: null, group: CARP_GROUP, by, to: state.demotion, reason },
      this.logLevel,
    );
    if (line !== null && this.host.trace.isOn) this.log(line);
    // FreeBSD 9 tells only that it begins, on the spot; the others whatever is added, 0 too, as a task (`carp_demote_adj`).
    if (system !== 'freebsd-9') state.tell.arm(0);
    else if (by > 0 && state.demotion === 1) this.tellDemotion();
  }

  private traceDemotion(scope: string, from: number, to: number, reason: string): void {
    const { trace, name } = this.host;
    if (from !== to && trace.isOn) trace.emit('carp.demotion', name, { scope, from, to, reason });
  }

  /** Every master sends at once (`carp_send_ad_all`, the task of `carp_demote_adj`). */
  private tellDemotion(): void {
    for (const machine of this.machines) machine.sendAdvert();
  }

  // ---- what the administrator may say, while the machine has power

  /** `ifconfig … state`: of one vhid, or of all that an interface has. @throws RangeError if there is none */
  force(vhid: number | null, iface: string | null, state: 'init' | 'backup' | 'master'): void {
    if (!this.host.isOn) return;
    const chosen = this.chosen(vhid, iface);
    const faces = new Set(chosen.map((machine) => machine.iface));
    for (const face of faces) if (face.hasOwnFlags) face.force(state);
    for (const machine of chosen) if (!machine.iface.hasOwnFlags) machine.force(state);
  }

  private chosen(vhid: number | null, iface: string | null): readonly CarpMachine[] {
    const chosen = this.machines.filter(
      (machine) =>
        (vhid === null || machine.vhid === vhid) &&
        (iface === null || machine.iface.name === iface || machine.iface.parent.name === iface),
    );
    if (chosen.length === 0)
      throw new RangeError(
        `${this.host.name} has no vhid ${vhid ?? ''}${iface === null ? '' : ` on ${iface}`}`,
      );
    return chosen;
  }

  /** `net.inet.carp.NAME`. @throws RangeError for an unknown name */
  setSysctl(name: string, value: number): void {
    if (!this.host.isOn) return;
    const { state } = this;
    const isFreeBsd = !isOpenBsd(this.system);
    if (name === 'preempt') state.preempt = value !== 0;
    else if (name === 'allow') this.setAllow(value !== 0);
    else if (name === 'demotion' && isFreeBsd) this.demote(value, CARP_GROUP);
    else if (name === 'ifdown_demotion_factor' && isFreeBsd) state.ifdownFactor = value;
    else if (name === 'senderr_demotion_factor' && isFreeBsd) state.senderrFactor = value;
    else throw new RangeError(`${this.host.name} has no setting net.inet.carp.${name} that can be changed`);
  }

  private setAllow(allow: boolean): void {
    if (this.state.allow === allow) return;
    this.state.allow = allow;
    const reason: CarpReason = allow ? 'allowed' : 'disallowed';
    if (this.system === 'freebsd') for (const iface of this.interfaces) iface.linkChanged(reason);
  }

  /** `ifconfig carpN up` and `down`. False if there is no such interface. */
  setUp(iface: string, up: boolean): boolean {
    const hasOwn = isOpenBsd(this.system) || this.system === 'freebsd-9';
    const found = hasOwn ? this.interfaces.find(({ name }) => name === iface) : undefined;
    if (this.host.isOn) found?.setUp(up);
    return found !== undefined;
  }

  /** Adds an address to a virtual host. @throws RangeError if there is no such vhid */
  addAddress(vhid: number, iface: string | null, cidr: IpCidr): void {
    const [machine] = this.chosen(vhid, iface);
    const known = machine?.iface.addresses ?? [];
    if (!this.host.isOn || known.some(({ address }) => address === cidr.address)) return;
    machine?.iface.setAddresses([...known, cidr]);
  }

  /** Takes an address from a virtual host. @throws RangeError if there is no such vhid */
  removeAddress(vhid: number, iface: string | null, address: IpAddress): void {
    const [machine] = this.chosen(vhid, iface);
    const known = machine?.iface.addresses ?? [];
    if (this.host.isOn && known.some((cidr) => cidr.address === address))
      machine?.iface.setAddresses(known.filter((cidr) => cidr.address !== address));
  }

  /** `net.inet.carp.log`. */
  get logLevel(): number {
    return this.options.config.sysctl.log ?? defaultCarpLog(this.system);
  }

  /** Writes a line to the kernel's message buffer. */
  log(line: string): void {
    const { trace, name } = this.host;
    trace.emit('daemon.log', name, { daemon: 'kernel', line });
  }
}

type Rejection = Extract<ReturnType<typeof judge>, { readonly rejected: unknown }>;

const vhidOf = ({ machines }: CarpInterface): number => machines[0]?.vhid ?? 0;
