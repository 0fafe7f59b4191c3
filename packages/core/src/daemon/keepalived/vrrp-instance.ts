import {
  type ClockDomain,
  diagnostic,
  ipv4,
  type RecordOf,
  record,
  u16,
  type Window,
} from '../../engine/index.js';
import type { Host, Interface } from '../../host/index.js';
import {
  formatIpv4,
  IP_PROTOCOL_VRRP,
  type Ipv4Address,
  type Ipv4Packet,
  NO_VRRP_AUTH_DATA,
  TOS_INTERNETWORK_CONTROL,
  UNSPECIFIED_IPV4,
  VRRP_AUTH_TYPES,
  VRRP_GROUP,
  vrrpPassword,
  vrrpV2Advertisement,
  vrrpV3Advertisement,
} from '../../wire/index.js';
import { addressCheckApplies, checkAdvert, type ReceivedAdvert } from './advert-checks.js';
import type { ConfiguredInterfaceAddress, VrrpInstanceConfig } from './configuration/keepalived-config.js';
import { type GarpPacing, GarpSchedule } from './garp.js';
import * as line from './log-lines.js';
import type { SyncGroup } from './sync-group.js';
import { sendGratuitousArp, VirtualAddress } from './vip.js';
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
  pacingOf(iface: string): GarpPacing | null;
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
  private readonly advertised: readonly Ipv4Address[];
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
          );
    this.advertised = config.virtualAddresses.flatMap(({ address }) =>
      address.family === 'inet' ? [address.address] : [],
    );
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
          if (entry.address.family === 'inet')
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
    address: Ipv4Address,
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
      pacing: name === undefined ? null : surroundings.pacingOf(name),
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
  get configuredSource(): Ipv4Address | undefined {
    const { sourceAddress } = this.config;
    return sourceAddress?.family === 'inet' ? sourceAddress.address : undefined;
  }

  get ownAddress(): Ipv4Address {
    return this.state.source as Ipv4Address;
  }

  /** Takes over another source address; 0.0.0.0 for none. */
  setSource(source: Ipv4Address): void {
    this.state.source = source;
  }

  // ---- receiving

  /** An advert has come in on this instance's socket. Returns at once in FAULT, like keepalived's dispatcher. */
  receive(advert: ReceivedAdvert, packet: Ipv4Packet): void {
    const { machine, config } = this;
    const { state } = machine.state;
    if (state !== 'BACKUP' && state !== 'MASTER') return;
    const checksAddresses = addressCheckApplies(
      config,
      state === 'MASTER',
      packet.source,
      machine.state.checkedSource,
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
      const event = { instance: config.name, from: formatIpv4(packet.source), reason: failure.reason };
      trace.emit('vrrp.rejected', name, event);
    }
    machine.receiveRejected();
  }

  // ---- what the machine does

  sendAdvert(priority: number): void {
    const { config } = this;
    if (!config.unicast) {
      const { multicastGroup } = config;
      this.sendAdvertTo(multicastGroup.family === 'inet' ? multicastGroup.address : VRRP_GROUP, priority);
      return;
    }
    for (const { address } of config.unicastPeers)
      if (address.family === 'inet') this.sendAdvertTo(address.address, priority);
  }

  private sendAdvertTo(destination: Ipv4Address, priority: number): void {
    const { config, surroundings, advertised } = this;
    const { host } = surroundings;
    const { virtualRouterId, advertIntervalUs, authentication } = config;
    if (host.trace.isOn) {
      host.trace.emit('vrrp.advert-sent', host.name, {
        instance: config.name,
        vrid: virtualRouterId,
        priority,
        interval: advertIntervalUs * MICROSECOND,
        destination: formatIpv4(destination),
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
            advertised,
            authType,
            this.authData,
          )
        : vrrpV3Advertisement(virtualRouterId, priority, advertIntervalUs / CENTISECOND_US, advertised);
    const face = this.interface;
    host.send({
      source: this.ownAddress,
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

  /** keepalived `vrrp_handle_accept_mode`: a router that does not accept drops what is sent to its virtual addresses. */
  private setFirewall(isMaster: boolean): void {
    const { filter } = this.surroundings.host;
    for (const { address } of this.addresses) {
      const name = `keepalived/${this.name}/${formatIpv4(address)}`;
      if (isMaster) filter.add({ name, direction: 'in', destination: { address, prefixLength: 32 } });
      else filter.remove(name);
    }
  }

  announceSource(): void {
    const { base, surroundings } = this;
    if (base === null || this.ownAddress === UNSPECIFIED_IPV4) return;
    this.log(line.sourceGratuitousArp(this.name, formatIpv4(this.ownAddress)));
    this.log(line.sendingGratuitousArp(base.name, formatIpv4(this.ownAddress)));
    if (surroundings.host.isOn) sendGratuitousArp(base, this.ownAddress);
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
