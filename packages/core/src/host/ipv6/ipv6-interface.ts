import {
  bool,
  type ChoiceSite,
  type Engine,
  MILLISECOND,
  type Nanoseconds,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  SECOND,
  span,
  type Table,
  table,
  timer,
  u8,
  value,
} from '../../engine/index.js';
import {
  formatMac,
  type Ipv6Address,
  type Ipv6Cidr,
  ipKey,
  isLinkLocalIpv6,
  LOOPBACK_IPV6,
  linkLocalOf,
  type MacAddress,
  solicitedNodeGroup,
} from '../../wire/index.js';
import type { Interface } from '../interface.js';
import {
  type AddressState,
  type Ipv6AddressOptions,
  type Ipv6InterfaceAddress,
  insertIpv6,
} from './ipv6-address-list.js';
import type { Ipv6 } from './ipv6-host.js';
import { Ipv6SysctlRecord, type Ipv6SysctlState, type Ipv6Sysctls } from './ipv6-sysctl.js';
import { MldHost } from './mld-host.js';
import { announceIpv6, probeForDuplicate } from './nd-output.js';
import { Ipv6NeighbourTable } from './neighbour-table-ipv6.js';

const Ipv6InterfaceRecord = record('interface-ipv6', {
  addresses: value<readonly Ipv6InterfaceAddress[]>(),
  /** How long a confirmation holds; drawn again and again. */
  reachableTime: span,
  redraw: timer,
  /** It has had a carrier since it was set up; before that no address is asked for (IF_READY). */
  isReady: bool,
});

const DadColumns = {
  address: value<Ipv6Address>(),
  /** Solicitations still to be sent. */
  probes: u8,
  /** The next solicitation, or the end of waiting for an answer to the last. */
  next: timer,
};
const DadRows = table('duplicate-address-detection', DadColumns);

/** The first solicitation is sent after a delay up to this (RFC 4862 §5.4.2; MAX_RTR_SOLICITATION_DELAY). */
const DAD_DELAY: Nanoseconds = SECOND;
/** The kernel draws the reachable time anew when the last draw is older than this (net/core/neighbour.c). */
const REDRAW_PERIOD: Nanoseconds = 300 * SECOND;
/** Of the link-local address that an interface makes itself, and of `::1`. */
const LINK_LOCAL_PREFIX_LENGTH = 64;
const WHOLE = 128;

/**
 * The IPv6 side of an interface: its addresses and how far they have come, its neighbours and groups
 * (Linux net/ipv6/addrconf.c).
 *
 * When a lab begins the addresses of the design, and the link-local one, are there as if the machine had been up for
 * long. After a power cycle each goes through duplicate address detection.
 */
export class Ipv6Interface {
  /** The interface's own settings. */
  readonly sysctl: Ipv6SysctlState;
  readonly neighbours: Ipv6NeighbourTable;
  readonly groups: MldHost;
  private readonly state: RecordOf<typeof Ipv6InterfaceRecord.fields>;
  private readonly dad: Table<typeof DadColumns>;
  private readonly reachableSite: ChoiceSite;

  /** Made by {@link Ipv6} only. */
  constructor(
    private readonly engine: Engine,
    readonly ipv6: Ipv6,
    readonly face: Interface,
    private readonly design: readonly Ipv6Cidr[],
    sysctl: Ipv6Sysctls,
  ) {
    const { host } = face;
    const path = `${host.name}.${face.name}`;
    this.sysctl = engine.record(`${path}/sysctl-ipv6`, Ipv6SysctlRecord, host.domain, {}, sysctl);
    let addresses: readonly Ipv6InterfaceAddress[] = [];
    for (const cidr of this.bootAddresses()) {
      const longer = insertIpv6(addresses, entryFor(cidr, 'valid', {}));
      if (longer === null) throw new RangeError(`${face.path}: ${cidr.address} is given twice`);
      addresses = longer;
    }
    this.state = engine.record(
      `${path}/ipv6`,
      Ipv6InterfaceRecord,
      host.domain,
      { redraw: () => this.drawReachableTime() },
      { addresses, isReady: true },
    );
    this.dad = engine.table(`${path}/dad`, DadRows, host.domain, { next: (row) => this.dadDue(row) });
    this.neighbours = new Ipv6NeighbourTable(engine, this);
    this.groups = new MldHost(engine, this);
    for (const { address } of addresses) this.groups.join(solicitedNodeGroup(address), true);
    this.reachableSite = engine.site(`${path}/reachable-time-ipv6`);
    this.drawReachableTime();
  }

  /** The addresses it has from the start: the design's, then its own link-local one if it is set up. */
  private bootAddresses(): Ipv6Cidr[] {
    const { face } = this;
    if (face.kind === 'loopback') return [{ address: LOOPBACK_IPV6, prefixLength: WHOLE }];
    const own = face.adminUp ? this.ownLinkLocal() : null;
    const isGiven = this.design.some(({ address }) => address === own?.address);
    return own === null || isGiven ? [...this.design] : [...this.design, own];
  }

  private ownLinkLocal(): Ipv6Cidr | null {
    if (this.sysctl.addr_gen_mode !== 0 || this.face.kind === 'loopback') return null;
    return { address: linkLocalOf(this.face.mac), prefixLength: LINK_LOCAL_PREFIX_LENGTH };
  }

  /** Whether it forwards, which its advertisements say (R flag). */
  get isRouter(): boolean {
    return this.sysctl.forwarding !== 0;
  }

  /** How long a neighbour counts as reachable after a confirmation: 0.5 to 1.5 times the base, or as fixed. */
  get reachableTime(): Nanoseconds {
    return this.state.reachableTime;
  }

  private drawReachableTime(): void {
    const { reachable_time: fixed, base_reachable_time: base } = this.sysctl;
    const options = Math.floor(base / MILLISECOND);
    if (fixed > 0 || options === 0 || this.face.kind === 'loopback') {
      this.state.redraw.cancel();
      this.state.reachableTime = fixed > 0 ? fixed : base;
      return;
    }
    const draw = this.engine.choose(this.reachableSite, options);
    this.state.reachableTime = Math.floor(base / 2) + draw * MILLISECOND;
    this.state.redraw.arm(REDRAW_PERIOD);
  }

  // ---- addresses

  /** The addresses in the kernel's order: the widest scope first, within it the newest. */
  addressEntries(): readonly Ipv6InterfaceAddress[] {
    return this.state.addresses ?? [];
  }

  /** The entry of an address, in whatever state. */
  entryOf(address: Ipv6Address): Ipv6InterfaceAddress | undefined {
    return this.addressEntries().find((entry) => entry.address === address);
  }

  /** Whether an address of this interface can be used. */
  hasValid(address: Ipv6Address): boolean {
    return this.entryOf(address)?.state === 'valid';
  }

  /** The first link-local address that can be used, or null (Linux `ipv6_get_lladdr`). */
  get linkLocal(): Ipv6Address | null {
    const entry = this.addressEntries().find(
      ({ address, state }) => state === 'valid' && isLinkLocalIpv6(address),
    );
    return entry?.address ?? null;
  }

  /** Adds an address; false if it is there. It can be used after duplicate address detection, or at once. */
  add(cidr: Ipv6Cidr, options: Ipv6AddressOptions = {}): boolean {
    const isTentative = this.detectsDuplicates(options);
    const entry = entryFor(cidr, isTentative ? 'tentative' : 'valid', options);
    const list = insertIpv6(this.addressEntries(), entry);
    if (list === null) return false;
    this.state.addresses = list;
    this.groups.join(solicitedNodeGroup(cidr.address));
    if (!isTentative) this.becameValid(entry, false);
    else if (this.state.isReady) this.beginDad(cidr.address);
    return true;
  }

  private detectsDuplicates(options: Ipv6AddressOptions): boolean {
    const { accept_dad, dad_transmits } = this.sysctl;
    const { kind } = this.face;
    // OpenBSD `in6if_do_dad`: not on carp(4), whose address and MAC others have as well.
    if (kind === 'loopback' || kind === 'carp') return false;
    return options.noDad !== true && accept_dad !== 0 && dad_transmits !== 0;
  }

  /** Removes an address; false if it is not there. */
  remove(address: Ipv6Address): boolean {
    const entry = this.entryOf(address);
    if (entry === undefined) return false;
    this.state.addresses = this.addressEntries().filter((other) => other !== entry);
    this.endDad(address);
    if (entry.state !== 'duplicate') this.groups.leave(solicitedNodeGroup(address));
    this.ipv6.addressRemoved(this.face, entry);
    return true;
  }

  private becameValid(entry: Ipv6InterfaceAddress, wasTentative: boolean): void {
    this.ipv6.addressValid(this.face, entry);
    // addrconf_dad_completed.
    if (wasTentative && this.sysctl.ndisc_notify !== 0) this.announce(entry.address);
  }

  private announce(address: Ipv6Address): void {
    announceIpv6(this.face, address, { isRouter: this.isRouter });
  }

  private setState(address: Ipv6Address, state: AddressState): Ipv6InterfaceAddress | null {
    let changed: Ipv6InterfaceAddress | null = null;
    this.state.addresses = this.addressEntries().map((entry) => {
      if (entry.address !== address) return entry;
      changed = { ...entry, state };
      return changed;
    });
    return changed;
  }

  // ---- duplicate address detection (RFC 4862 §5.4, Linux `addrconf_dad_work`)

  private beginDad(address: Ipv6Address): void {
    const { dad } = this;
    const row = dad.insert(ipKey(address));
    dad.columns.address[row] = this.engine.store.keep(address);
    dad.columns.probes[row] = this.sysctl.dad_transmits;
    dad.timers.next.arm(row, 0, DAD_DELAY);
  }

  private endDad(address: Ipv6Address): void {
    const row = this.dad.find(ipKey(address));
    if (row !== NO_ROW) this.dad.delete(row);
  }

  private dadDue(row: Row): void {
    const { dad } = this;
    const address = this.engine.store.values.get(dad.columns.address[row] as number) as Ipv6Address;
    const left = dad.columns.probes[row] as number;
    if (left > 0) {
      dad.columns.probes[row] = left - 1;
      dad.timers.next.arm(row, this.sysctl.retrans_time);
      probeForDuplicate(this, address);
      return;
    }
    dad.delete(row);
    const entry = this.setState(address, 'valid');
    if (entry !== null) this.becameValid(entry, true);
  }

  /** Somebody else has a tentative address: it stays on the interface and cannot be used (`addrconf_dad_failure`). */
  dadFailed(address: Ipv6Address, mac: MacAddress): void {
    this.endDad(address);
    this.setState(address, 'duplicate');
    this.groups.leave(solicitedNodeGroup(address));
    const { host, name } = this.face;
    if (host.trace.isOn) {
      host.trace.emit('address.duplicate', host.name, { interface: name, address, mac: formatMac(mac) });
    }
  }

  // ---- up and down

  /** Set up by the administrator: the link-local address is made (anew). */
  setUp(): void {
    this.state.isReady = this.face.isUp;
    const own = this.ownLinkLocal();
    if (own !== null) this.add(own);
    this.groups.restart();
    if (this.sysctl.ndisc_notify === 0) return;
    for (const { address, state } of this.addressEntries()) if (state === 'valid') this.announce(address);
  }

  /** Set down: all addresses go, unless keep_addr_on_down keeps the global ones (Linux `addrconf_ifdown`). */
  setDown(): void {
    this.groups.pause();
    for (const { address } of this.addressEntries()) {
      const isKept = this.sysctl.keep_addr_on_down !== 0 && !isLinkLocalIpv6(address);
      if (!isKept) this.remove(address);
    }
    this.neighbours.forgetAll();
  }

  /** The carrier came or went. Unlike IGMP, MLD reports its groups anew when it returns (Linux `ipv6_mc_up`). */
  carrierChanged(up: boolean): void {
    if (!up) {
      this.neighbours.forgetDynamic();
      return;
    }
    this.groups.restart();
    if (this.state.isReady) return;
    this.state.isReady = true;
    for (const { address, state } of this.addressEntries()) if (state === 'tentative') this.beginDad(address);
  }

  /** The machine loses its power. */
  powerOff(): void {
    this.dad.clear();
    this.neighbours.reset();
    this.groups.reset();
    this.sysctl.reset();
    this.state.reset();
  }

  /** The machine boots: every address goes through duplicate address detection, once there is a carrier. */
  powerOn(): void {
    this.drawReachableTime();
    const addresses = this.bootAddresses();
    if (this.face.kind === 'loopback') {
      for (const { address } of addresses) this.groups.join(solicitedNodeGroup(address), true);
      return;
    }
    this.state.isReady = this.face.isUp;
    this.state.addresses = [];
    // The link-local address is made when the interface is set up, the others are given to it then.
    for (const cidr of addresses.reverse()) this.add(cidr);
  }
}

function entryFor(cidr: Ipv6Cidr, state: AddressState, options: Ipv6AddressOptions): Ipv6InterfaceAddress {
  return {
    address: cidr.address,
    prefixLength: cidr.prefixLength,
    state,
    isDeprecated: options.deprecated ?? false,
    hasNoPrefixRoute: options.noPrefixRoute ?? false,
  };
}
