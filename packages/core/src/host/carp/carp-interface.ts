import type { RecordOf } from '../../engine/index.js';
import type { CarpReason, CarpStateName } from '../../trace/events.js';
import {
  BROADCAST_MAC,
  type CarpAdvertisement,
  carpGroupMac,
  ethernetFrame,
  formatIp,
  gratuitousArpRequest,
  HOP_LIMIT_ON_LINK,
  IP_PROTOCOL_VRRP,
  type IpAddress,
  type IpCidr,
  isIpv6Cidr,
  isLinkLocalIpv6,
  type MacAddress,
  UNSPECIFIED_IPV4,
  UNSPECIFIED_IPV6,
  VRRP_GROUP,
  VRRP_GROUP_IPV6,
  type VrrpAdvertisement,
  virtualRouterMac,
} from '../../wire/index.js';
import type { Interface } from '../interface.js';
import { announceIpv6 } from '../ipv6/nd-output.js';
import { CarpNodes } from './balancing.js';
import type { Carp } from './carp.js';
import { type CarpInterfaceConfig, type CarpSystem, isOpenBsd } from './carp-config.js';
import { CarpDigests } from './carp-digests.js';
import { stateLines } from './carp-log-lines.js';
import { CarpMachine } from './carp-machine.js';
import type { Family } from './carp-speech.js';
import { CarpInterfaceState } from './carp-state.js';

/** IPTOS_LOWDELAY (ip_carp.c `carp_send_ad`). */
const TOS_LOW_DELAY = 0x10;
/** DSCP is the upper six bits of the byte (RFC 2474 §3). */
const DSCP_SHIFT = 2;
/** CARP_SENDAD_MAX_ERRORS and CARP_SENDAD_MIN_SUCCESS, per virtual host. */
const ERRORS_TO_DEMOTE = 3;
const LAST_IDENTIFICATION = 0xffff;
/** A counter of errors goes no further: it only matters up to the limit. */
const LAST_COUNT = 0xffff;
const STATES = { init: 'INIT', backup: 'BACKUP', master: 'MASTER' } as const;

/**
 * A `carpN` interface, or a vhid of a FreeBSD NIC: its virtual addresses, on a child interface of the NIC that has the
 * virtual MAC and is up while they are held, and its virtual hosts.
 */
export class CarpInterface {
  readonly name: string;
  /** Where the virtual addresses are. */
  readonly face: Interface;
  readonly machines: readonly CarpMachine[];
  readonly digests: CarpDigests;
  readonly state: RecordOf<typeof CarpInterfaceState.fields>;
  private readonly ownMac: MacAddress;

  constructor(
    readonly carp: Carp,
    readonly config: CarpInterfaceConfig,
    /** `carpdev`. */
    readonly parent: Interface,
  ) {
    const { host } = carp;
    this.name = config.name;
    const vhid = config.nodes[0]?.vhid ?? 1;
    // carp_set_enaddr: with balancing ip a group MAC, so that switches flood.
    this.ownMac = config.mac ?? (config.balancing === 'ip' ? carpGroupMac(vhid) : virtualRouterMac(vhid));
    this.face = host.createChild(
      'carp',
      parent,
      config.name,
      this.ownMac,
      this.sendsFromParent ? parent.mac : this.ownMac,
    );
    this.state = host.engine.record(
      `${host.name}/carp/${config.name}/interface`,
      CarpInterfaceState,
      host.domain,
      {},
      { isUp: config.isUp, addresses: config.addresses },
    );
    this.digests = new CarpDigests(this);
    this.machines = config.nodes.map((node) => new CarpMachine(this, node));
    if (this.isBalancing) this.face.sharing = new CarpNodes(config, this.face.mac, this.machines);
  }

  get system(): CarpSystem {
    return this.carp.system;
  }

  /** Whether it is an interface of its own, `carpN`, which can be set down. */
  get hasOwnFlags(): boolean {
    return isOpenBsd(this.system) || this.system === 'freebsd-9';
  }

  /**
   * FreeBSD's packets, and those of OpenBSD where several share a MAC, leave with the NIC's own address (FreeBSD
   * `carp_output` only rewrites what CARP itself has tagged).
   */
  private get sendsFromParent(): boolean {
    const { balancing } = this.config;
    return !isOpenBsd(this.system) || balancing === 'ip' || balancing === 'ip-stealth';
  }

  /** Whether several virtual hosts share its addresses. */
  get isBalancing(): boolean {
    return this.config.balancing !== 'none';
  }

  /** Nobody is told where an address is that several nodes have at once. */
  get announces(): boolean {
    return !this.isBalancing;
  }

  // ---- addresses

  get addresses(): readonly IpCidr[] {
    return this.state.addresses ?? [];
  }

  hasAddresses(family: Family): boolean {
    return this.addresses.some((cidr) => isIpv6Cidr(cidr) === (family === 'inet6'));
  }

  addressesOf(family: Family): readonly IpAddress[] {
    return this.addresses.flatMap((cidr) =>
      isIpv6Cidr(cidr) === (family === 'inet6') ? [cidr.address] : [],
    );
  }

  /**
   * The addresses that the digest covers. OpenBSD leaves link-local ones out, and believes a sender that did not.
   *
   * @param withLinkLocal - of OpenBSD: those too
   */
  digestedAddresses(withLinkLocal: boolean): readonly IpAddress[] {
    const all = this.addresses.map(({ address }) => address);
    if (!isOpenBsd(this.system) || withLinkLocal) return all;
    return all.filter((address) => typeof address === 'number' || !isLinkLocalIpv6(address));
  }

  get hasLinkLocal(): boolean {
    return this.addresses.some((cidr) => isIpv6Cidr(cidr) && isLinkLocalIpv6(cidr.address));
  }

  /** OpenBSD: a MAC that was set by hand is in the leader's digest, but for the parent's own (`carp_hmac_prepare_ctx`). */
  digestedMac(machine: CarpMachine): { readonly mac?: MacAddress } {
    const { mac } = this.config;
    const isDigested =
      mac !== null &&
      isOpenBsd(this.system) &&
      machine.isLeader &&
      mac !== virtualRouterMac(machine.vhid) &&
      mac !== this.parent.mac;
    return isDigested ? { mac } : {};
  }

  /** `ifconfig … alias`, `-alias`: everything begins anew, for a master too (`carp_set_addr`, `carp_attach`). */
  setAddresses(addresses: readonly IpCidr[]): void {
    const { state, machines, hasOwnFlags } = this;
    // SIOCSIFADDR in `carp_ioctl`: an address that comes sets the interface up.
    if (hasOwnFlags && addresses.length > this.addresses.length) state.isUp = true;
    for (const machine of machines) {
      if (addresses.length > 0) machine.restart('address-changed');
      else machine.halt('address-changed');
    }
    this.release();
    state.addresses = addresses;
    this.run('address-changed');
  }

  // ---- up and down

  /** Whether its virtual hosts may leave INIT (`carp_setrun`). */
  get mayRun(): boolean {
    const { carp, state } = this;
    return (
      carp.state.isConfigured &&
      state.isUp &&
      this.isLinkUsable &&
      this.addresses.length > 0 &&
      carp.isAllowed
    );
  }

  /** OpenBSD minds only a link that is down, FreeBSD any that is not up. */
  private get isLinkUsable(): boolean {
    const { parent } = this;
    if (!parent.adminUp) return false;
    return isOpenBsd(this.system) ? parent.linkState !== 'down' : parent.linkState === 'up';
  }

  /** What the parent's link is to it, at the start and whenever that changes (`carp_carpdev_state`, `carp_sc_state`). */
  linkChanged(reason: CarpReason): void {
    const { state, carp } = this;
    if (!carp.state.isConfigured) return;
    if (!this.isLinkUsable || !carp.isAllowed) {
      this.setInit(carp.isAllowed ? 'link-down' : 'disallowed');
      if (state.isSuppressed) return;
      state.isSuppressed = true;
      carp.demoteBy(this, carp.isAllowed ? 'interface-down' : 'disallowed', 1);
    } else if (state.isSuppressed) {
      state.isSuppressed = false;
      // FreeBSD counts after it has started over, OpenBSD too (`carp_setrun_all` before `carp_group_demote_adj`).
      this.run(reason);
      carp.demoteBy(this, reason === 'allowed' ? 'allowed' : 'interface-up', -1);
    } else this.run(reason);
  }

  /** `ifconfig carpN up` and `down`; a master says goodbye. */
  setUp(up: boolean): void {
    const { state } = this;
    if (state.isUp === up) return;
    if (up) {
      state.isUp = true;
      this.run('interface-up');
      return;
    }
    this.bowOut();
    state.isUp = false;
    this.setInit('interface-down');
  }

  /** Adverts of advbase and advskew 255 of every master: the others take over at once. */
  bowOut(): void {
    for (const machine of this.machines) machine.bowOut();
  }

  /**
   * `ifconfig carpN state`: all its virtual hosts are forced if the leader is in another state; and all timers begin anew,
   * as after anything that is configured (SIOCSVH in `carp_ioctl`). `state init` does no more than that.
   */
  force(forced: 'init' | 'backup' | 'master'): void {
    const leader = this.machines[0]?.state ?? 'INIT';
    const isForced = leader !== 'INIT' && leader !== STATES[forced];
    for (const machine of this.machines) {
      if (isForced) machine.force(forced);
      machine.rearm();
    }
  }

  run(reason: CarpReason): void {
    for (const machine of this.machines) machine.run(reason);
    this.nodeChanged();
  }

  private setInit(reason: CarpReason): void {
    for (const machine of this.machines) machine.halt(reason);
  }

  /** One of its virtual hosts is in another state: the addresses are held, or they are not. */
  nodeChanged(): void {
    const isHeld = this.isBalancing
      ? this.machines.some(({ state }) => state !== 'INIT')
      : this.machines.some(({ state }) => state === 'MASTER');
    if (isHeld) this.hold();
    else this.release();
  }

  private hold(): void {
    const { face, carp } = this;
    if (!face.adminUp) face.setUp(true);
    for (const cidr of this.addresses) carp.host.addAddress(face, cidr, { noDad: true });
  }

  private release(): void {
    const { face, carp } = this;
    for (const { address } of this.addresses) carp.host.removeAddress(face, address);
    if (face.adminUp) face.setUp(false);
  }

  vanish(): void {
    for (const machine of this.machines) machine.vanish();
    this.state.reset();
  }

  // ---- demotion

  /** OpenBSD: the sum over its groups, 255 at most; FreeBSD: the machine's. */
  get demotion(): number {
    return this.carp.demotionOf(this);
  }

  // ---- sending

  /** The gratuitous ARP of each IPv4 address (`carp_send_arp`, `arp_announce_ifaddr`). */
  announceIpv4(): void {
    const { face } = this;
    for (const cidr of this.addresses) {
      if (isIpv6Cidr(cidr)) continue;
      const packet = gratuitousArpRequest(face.mac, cidr.address);
      face.sendFrame(ethernetFrame(BROADCAST_MAC, face.sourceMac, packet));
    }
  }

  /** An unsolicited neighbour advertisement of each IPv6 address, from the virtual MAC (`carp_send_na`). */
  announceIpv6(): void {
    const { face, system } = this;
    const isRouter = isOpenBsd(system) && face.ipv6?.isRouter === true;
    for (const cidr of this.addresses) if (isIpv6Cidr(cidr)) announceIpv6(face, cidr.address, { isRouter });
  }

  /** Sends an advert by the parent; what fails is counted. */
  sendAdvert(machine: CarpMachine, payload: CarpAdvertisement | VrrpAdvertisement, family: Family): void {
    const destination = this.advertDestination(family);
    const { host } = this.carp;
    if (host.trace.isOn) this.traceAdvert(machine, payload, destination);
    const isSent =
      typeof destination === 'number'
        ? this.sendIpv4(machine, payload, destination) === 'sent'
        : this.sendIpv6(machine, payload, destination) === 'sent';
    this.countSending(isSent, family);
  }

  /**
   * Three failures demote, three successes end that (`carp_send_ad`, `carp_send_ad_error`). OpenBSD and FreeBSD to 14 want
   * them in a row; later a success ends no count, only three of them do.
   */
  private countSending(isSent: boolean, family: Family): void {
    const { state, carp, system } = this;
    const limit = ERRORS_TO_DEMOTE * (isOpenBsd(system) ? this.machines.length : 1);
    if (!isSent) {
      if (state.sendErrors < LAST_COUNT) state.sendErrors++;
      if (state.sendErrors === limit) carp.demoteBy(this, 'send-errors', 1, family);
      state.sendSuccesses = 0;
      return;
    }
    if (state.sendErrors === 0) return;
    if (state.sendErrors < limit && system !== 'freebsd') {
      state.sendErrors = 0;
      return;
    }
    state.sendSuccesses++;
    if (state.sendSuccesses < limit) return;
    const wasDemoted = state.sendErrors >= limit;
    state.sendErrors = 0;
    state.sendSuccesses = 0;
    if (wasDemoted) carp.demoteBy(this, 'send-ok', -1, family);
  }

  private advertDestination(family: Family): IpAddress {
    const { peer, peerIpv6 } = this.config;
    return family === 'inet' ? (peer ?? VRRP_GROUP) : (peerIpv6 ?? VRRP_GROUP_IPV6);
  }

  private sendIpv4(
    machine: CarpMachine,
    payload: CarpAdvertisement | VrrpAdvertisement,
    destination: IpAddress,
  ): 'sent' | 'unreachable' {
    const { parent, carp, addresses, system } = this;
    const isUnicast = this.config.peer !== null;
    const virtual = addresses.find((cidr) => !isIpv6Cidr(cidr))?.address;
    const fallback = isOpenBsd(system) && typeof virtual === 'number' ? virtual : UNSPECIFIED_IPV4;
    return carp.host.send({
      source: parent.primaryAddress ?? fallback,
      destination: destination as typeof VRRP_GROUP,
      protocol: IP_PROTOCOL_VRRP,
      ttl: HOP_LIMIT_ON_LINK,
      tos: system === 'freebsd' ? carp.options.config.sysctl.dscp << DSCP_SHIFT : TOS_LOW_DELAY,
      dontFragment: true,
      identification: this.nextIdentification(machine),
      payload,
      interface: parent,
      headerIncluded: true,
      ...(isUnicast ? {} : { sourceMac: this.advertMac(machine) }),
    });
  }

  private sendIpv6(
    machine: CarpMachine,
    payload: CarpAdvertisement | VrrpAdvertisement,
    destination: IpAddress,
  ): 'sent' | 'unreachable' {
    const { parent, carp, addresses, system } = this;
    const virtual = addresses.find(isIpv6Cidr)?.address;
    const fallback = isOpenBsd(system) && virtual !== undefined ? virtual : UNSPECIFIED_IPV6;
    return carp.host.sendIpv6({
      source: parent.ipv6?.linkLocal ?? fallback,
      destination: destination as typeof VRRP_GROUP_IPV6,
      protocol: IP_PROTOCOL_VRRP,
      hopLimit: HOP_LIMIT_ON_LINK,
      trafficClass: system === 'freebsd' ? carp.options.config.sysctl.dscp << DSCP_SHIFT : 0,
      payload,
      interface: parent,
      headerIncluded: true,
      ...(this.config.peerIpv6 === null ? { sourceMac: this.advertMac(machine) } : {}),
    });
  }

  /**
   * Adverts come from the virtual MAC, but where several nodes share it and switches must not learn it. With
   * `balancing arp` each node has its own (`carp_send_ad`, `cur_vhe`).
   */
  private advertMac({ vhid }: CarpMachine): MacAddress {
    const { balancing } = this.config;
    if (balancing === 'ip' || balancing === 'ip-stealth') return this.parent.mac;
    return balancing === 'arp' ? virtualRouterMac(vhid) : this.ownMac;
  }

  /** A number for each packet; it is random in the kernels, and nobody minds. */
  private nextIdentification({ record }: CarpMachine): number {
    if (!this.carp.options.countsIdentification) return 1;
    record.identification = record.identification === LAST_IDENTIFICATION ? 1 : record.identification + 1;
    return record.identification;
  }

  private traceAdvert(
    machine: CarpMachine,
    payload: CarpAdvertisement | VrrpAdvertisement,
    destination: IpAddress,
  ): void {
    const { host } = this.carp;
    const common = {
      instance: machine.name,
      interval: machine.speech.interval,
      destination: formatIp(destination),
    };
    if (payload.kind === 'vrrp') {
      const { virtualRouterId: vrid, priority } = payload;
      host.trace.emit('vrrp.advert-sent', host.name, { ...common, vrid, priority });
    } else {
      const { vhid, advbase, advskew } = payload;
      host.trace.emit('carp.advert-sent', host.name, {
        ...common,
        vhid,
        advbase,
        advskew,
        demotion: payload.demotion,
      });
    }
  }

  /** What the kernel writes of a change of state. */
  stateLines(machine: CarpMachine, from: CarpStateName, to: CarpStateName, reason: CarpReason): string[] {
    const carp = { name: this.name, vhid: machine.vhid, nodes: this.machines.length };
    return stateLines(this.system, carp, from, to, reason, this.carp.logLevel);
  }
}
