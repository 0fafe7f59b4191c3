import {
  type ClockDomain,
  diagnostic,
  ipv4,
  type RecordOf,
  record,
  u16,
  value,
  type Window,
} from '../../engine/index.js';
import type { Host, Interface } from '../../host/index.js';
import {
  formatIp,
  HOP_LIMIT_ON_LINK,
  IP_PROTOCOL_VRRP,
  type IpAddress,
  type IpCidr,
  type IpPacket,
  type Ipv4Address,
  type Ipv6Address,
  NO_VRRP_AUTH_DATA,
  TOS_INTERNETWORK_CONTROL,
  UNSPECIFIED_IPV4,
  UNSPECIFIED_IPV6,
  VRRP_AUTH_TYPES,
  type VrrpAdvertisement,
  vrrpPassword,
  vrrpV2Advertisement,
  vrrpV3Advertisement,
} from '../../wire/index.js';
import { addressCheckApplies, checkAdvert, type ReceivedAdvert } from './advert-checks.js';
import type { ConfiguredInterfaceAddress, VrrpInstanceConfig } from './configuration/keepalived-config.js';
import { type GarpPacing, GarpSchedule } from './garp.js';
import * as line from './log-lines.js';
import type { SyncGroup } from './sync-group.js';
import { announce, VirtualAddress } from './vip.js';
import { VirtualMacInterface } from './virtual-mac.js';
import { VrrpMachine } from './vrrp-machine.js';
import type { VrrpEffects, VrrpMode } from './vrrp-state.js';

const MICROSECOND = 1_000;
const SECOND_US = 1_000_000;
const CENTISECOND_US = 10_000;
const SECOND = 1_000_000_000;
const CENTISECOND = 10_000_000;
const LAST_IDENTIFICATION = 0xffff;

const SenderState = record('vrrp-sender', {
  /** Source address of adverts, found when the daemon starts; 0: there is none. */
  source: ipv4,
  sourceIpv6: value<Ipv6Address>(),
  identification: diagnostic(u16),
});

/** What an instance stands in. */
export interface InstanceSurroundings {
  readonly host: Host;
  readonly domain: ClockDomain;
  readonly path: string;
  readonly mode: VrrpMode;
  readonly startupDelay: Window | null;
  /** Whether IP identifications count up as the daemon's do; if not, equal adverts are equal packets. */
  readonly countsIdentification: boolean;
  pacingOf(iface: string, family: 'inet' | 'inet6'): GarpPacing | null;
  log(line: string): void;
}

/** One `vrrp_instance` on a host: its machine, and what the machine does to the kernel and the cable. */
export class VrrpInstance implements VrrpEffects {
  readonly machine: VrrpMachine;
  /** The interface of the configuration; null where the host has none of that name. */
  readonly base: Interface | null;
  readonly virtualMac: VirtualMacInterface | null;
  /** Virtual addresses, then excluded ones. */
  readonly addresses: readonly VirtualAddress[];
  private readonly state: RecordOf<typeof SenderState.fields>;
  private readonly advertised: readonly IpAddress[];
  private readonly excludedFrom: number;
  private readonly authData: Uint8Array;

  constructor(
    private readonly surroundings: InstanceSurroundings,
    readonly config: VrrpInstanceConfig,
    group: SyncGroup | null,
  ) {
    const { host, domain, path, mode } = surroundings;
    const { engine } = host;
    this.base = config.interface === undefined ? null : (host.interface(config.interface) ?? null);
    this.virtualMac =
      config.virtualMac === undefined || this.base === null
        ? null
        : new VirtualMacInterface(
            host,
            domain,
            `${path}.vmac`,
            this.base,
            config.virtualMac,
            config.virtualRouterId,
            config.family,
          );
    this.advertised = config.virtualAddresses.map(({ address }) => address.address);
    this.excludedFrom = this.advertised.length;
    const { authentication } = config;
    this.authData =
      authentication.type === 'PASS' ? vrrpPassword(authentication.password) : NO_VRRP_AUTH_DATA;
    this.state = engine.record(`${path}.sender`, SenderState, domain);
    const built: VirtualAddress[] = [];
    this.machine = new VrrpMachine(
      { engine, domain, trace: host.trace, node: host.name, path },
      config,
      mode,
      this,
      (machine) => {
        for (const entry of [...config.virtualAddresses, ...config.excludedAddresses]) {
          built.push(this.virtualAddress(machine, entry, entry.address.address, built.length));
        }
        return new GarpSchedule(engine, domain, path, config.garp, mode, built, machine);
      },
      group,
    );
    this.addresses = built;
  }

  private virtualAddress(
    machine: VrrpMachine,
    entry: ConfiguredInterfaceAddress,
    address: IpAddress,
    index: number,
  ): VirtualAddress {
    const { surroundings, config } = this;
    const name = entry.interface ?? config.interface;
    const isOwn = name === undefined || name === config.interface;
    const own = this.virtualMac?.interface ?? this.base;
    return new VirtualAddress({
      host: surroundings.host,
      domain: surroundings.domain,
      path: `${surroundings.path}.address${index}`,
      machine,
      entry,
      address,
      interface: isOwn ? own : (surroundings.host.interface(name) ?? null),
      pacing: name === undefined ? null : surroundings.pacingOf(name, entry.address.family),
      log: surroundings.log,
    });
  }

  get name(): string {
    return this.config.name;
  }

  /** Whether its machine has started and has not been shut down: what the daemon itself sets before and after is no news. */
  get isStarted(): boolean {
    const { state } = this.machine.state;
    return state !== 'INIT' && state !== 'STOPPED';
  }

  get startupDelay(): Window | null {
    return this.surroundings.startupDelay;
  }

  /** Where adverts leave and come in: the base interface, or the one with the virtual MAC. */
  get interface(): Interface | null {
    const { virtualMac, config, base } = this;
    return virtualMac === null || config.virtualMac?.transmitFromBase === true || config.unicast
      ? base
      : virtualMac.interface;
  }

  /** The source that the configuration fixes, or undefined. */
  get configuredSource(): IpAddress | undefined {
    return this.config.sourceAddress?.address;
  }

  /** The address of its interface that adverts come from if nobody says otherwise: over IPv6 the link-local one. */
  get firstAddress(): IpAddress | null {
    if (this.config.family === 'inet') return this.base?.primaryAddress ?? null;
    return (this.interface ?? this.base)?.ipv6?.linkLocal ?? null;
  }

  get ownAddress(): IpAddress {
    if (this.config.family === 'inet') return this.state.source as Ipv4Address;
    return this.state.sourceIpv6 ?? UNSPECIFIED_IPV6;
  }

  /** Whether there is an address that adverts can come from. */
  get hasSource(): boolean {
    return this.config.family === 'inet'
      ? this.state.source !== UNSPECIFIED_IPV4
      : this.state.sourceIpv6 !== null;
  }

  /** Takes over another source address; null for none. */
  setSource(source: IpAddress | null): void {
    if (this.config.family === 'inet')
      this.state.source = typeof source === 'number' ? source : UNSPECIFIED_IPV4;
    else this.state.sourceIpv6 = typeof source === 'string' ? source : null;
  }

  // ---- receiving

  /** An advert has come in on this instance's socket. Returns at once in FAULT, like keepalived's dispatcher. */
  receive(advert: ReceivedAdvert, packet: IpPacket): void {
    const { machine, config } = this;
    const { state } = machine.state;
    if (state !== 'BACKUP' && state !== 'MASTER') return;
    const checksAddresses = addressCheckApplies(
      config,
      state === 'MASTER',
      packet.source,
      machine.checkedSource,
    );
    const failure = checkAdvert(advert, packet, config, checksAddresses);
    if (failure === null) {
      const unit = config.version === 2 ? SECOND : CENTISECOND;
      machine.receive({ priority: advert.priority, source: packet.source, interval: advert.interval * unit });
      return;
    }
    const { trace, name } = this.surroundings.host;
    if (trace.isOn) {
      this.log(failure.log());
      const event = { instance: config.name, from: formatIp(packet.source), reason: failure.reason };
      trace.emit('vrrp.rejected', name, event);
    }
    machine.receiveRejected();
  }

  // ---- what the machine does

  sendAdvert(priority: number): void {
    const { config } = this;
    if (!config.unicast) {
      this.sendAdvertTo(config.multicastGroup.address, priority);
      return;
    }
    for (const { address } of config.unicastPeers) this.sendAdvertTo(address.address, priority);
  }

  private sendAdvertTo(destination: IpAddress, priority: number): void {
    const { config, surroundings, advertised } = this;
    const { host } = surroundings;
    const { virtualRouterId, advertIntervalUs, authentication } = config;
    if (host.trace.isOn) {
      host.trace.emit('vrrp.advert-sent', host.name, {
        instance: config.name,
        vrid: virtualRouterId,
        priority,
        interval: advertIntervalUs * MICROSECOND,
        destination: formatIp(destination),
      });
    }
    const authType =
      authentication.type === 'PASS'
        ? VRRP_AUTH_TYPES.pass
        : authentication.type === 'AH'
          ? VRRP_AUTH_TYPES.ah
          : 0;
    const payload =
      config.version === 2
        ? vrrpV2Advertisement(
            virtualRouterId,
            priority,
            advertIntervalUs / SECOND_US,
            advertised as readonly Ipv4Address[], // version 2 runs over IPv4 only
            authType,
            this.authData,
          )
        : vrrpV3Advertisement(virtualRouterId, priority, advertIntervalUs / CENTISECOND_US, advertised);
    const face = this.interface;
    const source = this.ownAddress;
    if (typeof destination === 'string') {
      if (typeof source === 'string') this.sendIpv6(source, destination, payload);
      return;
    }
    if (typeof source !== 'number') return;
    host.send({
      source,
      destination,
      protocol: IP_PROTOCOL_VRRP,
      ttl: config.advertTtl,
      tos: TOS_INTERNETWORK_CONTROL,
      identification: this.nextIdentification(),
      payload,
      headerIncluded: true,
      ...(face === null ? {} : { interface: face }),
    });
  }

  private sendIpv6(source: Ipv6Address, destination: Ipv6Address, payload: VrrpAdvertisement): void {
    const face = this.interface;
    this.surroundings.host.sendIpv6({
      source,
      destination,
      protocol: IP_PROTOCOL_VRRP,
      hopLimit: HOP_LIMIT_ON_LINK,
      trafficClass: TOS_INTERNETWORK_CONTROL,
      payload,
      headerIncluded: true,
      ...(face === null ? {} : { interface: face }),
    });
  }

  /** keepalived `vrrp_build_ip4`: counts adverts, never 0. */
  private nextIdentification(): number {
    if (!this.surroundings.countsIdentification) return 1;
    const { state } = this;
    state.identification = state.identification === LAST_IDENTIFICATION ? 1 : state.identification + 1;
    return state.identification;
  }

  addAddresses(): void {
    this.logAddresses(line.settingAddresses, line.settingExcluded);
    for (const address of this.addresses) address.add();
    if (!this.config.accept) this.setFirewall(true);
  }

  removeAddresses(): void {
    this.logAddresses(line.removingAddresses, line.removingExcluded);
    for (const address of this.addresses) address.remove();
    if (!this.config.accept) this.setFirewall(false);
  }

  private logAddresses(ofVirtual: (name: string) => string, ofExcluded: (name: string) => string): void {
    if (this.excludedFrom > 0) this.log(ofVirtual(this.name));
    if (this.addresses.length > this.excludedFrom) this.log(ofExcluded(this.name));
  }

  /**
   * keepalived `vrrp_handle_accept_mode`: a router that does not accept drops what is sent to its virtual addresses. Of
   * IPv6, neighbour discovery passes (RFC 5798 §6.1, Accept_Mode).
   */
  private setFirewall(isMaster: boolean): void {
    const { filter } = this.surroundings.host;
    for (const { address } of this.addresses) {
      const name = `keepalived/${this.name}/${formatIp(address)}`;
      const spared = typeof address === 'string' ? { sparesNeighbours: true } : {};
      if (isMaster) filter.add({ name, direction: 'in', destination: wholeOf(address), ...spared });
      else filter.remove(name);
    }
  }

  announceSource(): void {
    const { base, surroundings } = this;
    if (base === null || !this.hasSource) return;
    this.log(line.sourceGratuitousArp(this.name, formatIp(this.ownAddress)));
    this.log(line.sendingAnnouncement(base.name, this.ownAddress));
    if (surroundings.host.isOn) announce(base, this.ownAddress);
  }

  /** Notify scripts run outside the simulated network. */
  notify(): void {}

  log(text: string): void {
    this.surroundings.log(text);
  }

  /** The process has ended, however. */
  reset(): void {
    this.machine.vanish();
    this.state.reset();
    this.virtualMac?.reset();
  }
}

/** The network of one address. */
const wholeOf = (address: IpAddress): IpCidr =>
  typeof address === 'number' ? { address, prefixLength: 32 } : { address, prefixLength: 128 };
