import { type RecordOf, record, window } from '../../engine/index.js';
import {
  type Host,
  type Interface,
  type NetlinkEvent,
  Process,
  type ProcessOptions,
} from '../../host/index.js';
import { formatIp, type IpAddress, type IpPacket, isLinkLocalIpv6 } from '../../wire/index.js';
import { AdvertSocket } from './advert-socket.js';
import type {
  KeepalivedConfig,
  SyncGroupConfig,
  VrrpInstanceConfig,
} from './configuration/keepalived-config.js';
import { GarpPacing } from './garp.js';
import * as line from './log-lines.js';
import { SyncGroup } from './sync-group.js';
import { TrackerSet } from './trackers/tracker-set.js';
import { VrrpInstance } from './vrrp-instance.js';
import type { VrrpMode } from './vrrp-state.js';

const MICROSECOND = 1_000;

const DaemonState = record('keepalived', { startupDelay: window });

/** How the daemon is run. */
export interface KeepalivedOptions extends ProcessOptions {
  /** Whose rules hold; keepalived's own if left out. */
  readonly mode?: VrrpMode;
  /** False: every advert has IP identification 1, so that the same advert is the same packet. True if left out. */
  readonly countsIdentification?: boolean;
}

/**
 * The VRRP process of keepalived 2.2.7 on a host.
 *
 * @example
 * ```ts
 * const keepalived = new Keepalived(host, config, { launch: { min: 30_000_000, max: 150_000_000 } });
 * keepalived.start();
 * ```
 */
export class Keepalived extends Process {
  readonly instances: readonly VrrpInstance[];
  readonly trackers: TrackerSet;
  private readonly groups: readonly SyncGroup[];
  private readonly sockets: readonly AdvertSocket[];
  private readonly pacings: readonly GarpPacing[];
  private readonly daemon: RecordOf<typeof DaemonState.fields>;

  constructor(
    host: Host,
    readonly config: KeepalivedConfig,
    options: KeepalivedOptions = {},
  ) {
    super(host, 'keepalived', options);
    const { engine, trace } = host;
    const path = `${host.name}/keepalived`;
    const log = (text: string): void => this.log(text);
    this.daemon = engine.record(path, DaemonState, this.domain);
    const pacings = new Map<string, GarpPacing>();
    const built: GarpPacing[] = [];
    const pacingOf = (iface: string, family: 'inet' | 'inet6'): GarpPacing | null => {
      const known = pacings.get(`${family} ${iface}`);
      if (known !== undefined) return known;
      const group = config.garpGroups.find(({ interfaces }) => interfaces.includes(iface));
      // ARP and neighbour advertisements have paces of their own (keepalived `garp_delay_t`).
      const intervalUs =
        family === 'inet'
          ? (group?.garpIntervalUs ?? config.global.garpIntervalUs)
          : (group?.gnaIntervalUs ?? config.global.gnaIntervalUs);
      if (intervalUs === 0) return null;
      const pacing = new GarpPacing(engine, this.domain, `${path}.garp-pacing${built.length}`, intervalUs);
      built.push(pacing);
      // The interfaces of a garp_group share one pace.
      for (const name of group?.interfaces ?? [iface]) pacings.set(`${family} ${name}`, pacing);
      return pacing;
    };
    const groupOf = new Map<string, SyncGroup>();
    this.groups = config.syncGroups.map((group) => {
      const effects = { notify: () => {}, log };
      const sync = new SyncGroup(
        engine,
        this.domain,
        trace,
        host.name,
        `${path}.group.${group.name}`,
        group.name,
        effects,
      );
      for (const member of group.members) groupOf.set(member, sync);
      return sync;
    });
    // VRRPv2 over IPv6 is not modelled.
    const modelled = config.instances.filter(({ family, version }) => family === 'inet' || version === 3);
    this.instances = modelled.map((instance: VrrpInstanceConfig) => {
      const surroundings = {
        host,
        domain: this.domain,
        path: `${path}.${instance.name}`,
        mode: options.mode ?? 'keepalived-2.2.7',
        startupDelay: config.global.startupDelayUs === 0 ? null : this.daemon.startupDelay,
        countsIdentification: options.countsIdentification ?? true,
        pacingOf,
        log,
      };
      return new VrrpInstance(surroundings, instance, groupOf.get(instance.name) ?? null);
    });
    this.pacings = built;
    this.trackers = new TrackerSet(
      { engine, domain: this.domain, trace, node: host.name, path, log },
      host,
      config,
    );
    for (const instance of this.instances) {
      const group = config.syncGroups.find(({ members }: SyncGroupConfig) => members.includes(instance.name));
      this.trackers.attach(instance, group);
    }
    this.sockets = AdvertSocket.forInstances(this, this.instances, (packet, iface, sharing) =>
      this.receive(packet, iface, sharing),
    );
    host.onNetlink(this, (event) => this.netlink(event));
    host.onProcesses(() => this.trackers.processesChanged());
  }

  /** The instance of a name. */
  instance(name: string): VrrpInstance | undefined {
    return this.instances.find((instance) => instance.name === name);
  }

  // ---- what the lab's schedule may say

  /** The result of a script from now on. @throws RangeError if no instance tracks a script of that name */
  setScriptResult(name: string, good: boolean): void {
    this.trackers.script(name).setResult(good);
  }

  /** How long each run of a script takes, ns. @throws RangeError if no instance tracks a script of that name */
  setScriptDuration(name: string, duration: number): void {
    this.trackers.script(name).setDuration(duration);
  }

  /** Writes a number into a tracked file. @throws RangeError if no instance tracks a file of that name */
  setTrackFileValue(name: string, value: number): void {
    this.trackers.file(name).setValue(value);
  }

  // ---- life

  protected onStart(): void {
    const { config, instances } = this;
    this.log(line.STARTING);
    if (config.fatal || this.findMissingInterface()) {
      // The VRRP process exits with code 2, and its parent does not start it again.
      this.crash();
      return;
    }
    for (const { virtualMac } of instances) virtualMac?.start();
    for (const entry of config.staticAddresses) this.setStaticAddress(entry, true);
    if (config.global.startupDelayUs > 0)
      this.daemon.startupDelay.open(config.global.startupDelayUs * MICROSECOND);
    this.trackers.start();
    for (const instance of instances) this.prepare(instance);
    this.logAssigned();
    for (const { machine } of instances) machine.applyPriority();
    for (const group of this.groups) group.prepare();
    for (const socket of this.sockets) socket.open();
    for (const { machine } of instances) machine.start();
    this.log(line.STARTUP_COMPLETE);
    this.trackers.runScripts();
  }

  /** A multicast instance on an interface that is not there is fatal, unless with `dynamic_interfaces`. */
  private findMissingInterface(): boolean {
    if (this.config.global.dynamicInterfaces) return false;
    const missing = this.instances.filter(({ base, config }) => base === null && !config.unicast);
    for (const { name, config } of missing) {
      this.log(line.missingInterface(config.interface ?? '', name));
      this.log(line.unknownInterface(name));
    }
    return missing.length > 0;
  }

  /** Finds the source address, which must not be one left behind (keepalived `set_vrrp_src_addr`). */
  private prepare(instance: VrrpInstance): void {
    const { machine, config } = instance;
    instance.setSource(this.findSource(instance));
    if (!instance.hasSource) {
      this.log(line.noAddressFault(instance.name, config.family));
      machine.state.failures++;
    }
    if (config.faultWithoutPeer && config.unicastPeers.length === 0) machine.state.failures++;
  }

  /** keepalived `add_vrrp_to_interface`: once for each interface. */
  private logAssigned(): void {
    const faces = new Set(this.instances.map(({ base }) => base));
    for (const face of faces) {
      const address = face?.addresses().find((each) => !this.isVirtual(each.address))?.address;
      if (face !== null && address !== undefined)
        this.log(line.assignedAddress(formatIp(address), face.name));
    }
  }

  private findSource(instance: VrrpInstance): IpAddress | null {
    const { configuredSource, base, config } = instance;
    if (configuredSource !== undefined) {
      const isThere = !config.trackSourceAddress || this.host.owns(configuredSource);
      return isThere ? configuredSource : null;
    }
    if (config.family === 'inet6') return this.linkLocalOf(instance);
    return base?.addresses().find(({ address }) => !this.isVirtual(address))?.address ?? null;
  }

  /** RFC 5798 §5.1.2.1: adverts over IPv6 come from a link-local address, of the virtual MAC's interface if there is one. */
  private linkLocalOf(instance: VrrpInstance): IpAddress | null {
    for (const face of [instance.interface, instance.base]) {
      const own = face?.ipv6
        ?.addressEntries()
        .find(
          ({ address, state }) => state === 'valid' && isLinkLocalIpv6(address) && !this.isVirtual(address),
        );
      if (own !== undefined) return own.address;
    }
    return null;
  }

  private isVirtual(address: IpAddress): boolean {
    return this.instances.some(({ addresses }) => addresses.some((own) => own.address === address));
  }

  protected onStop(): void {
    this.log(line.STOPPING);
    for (const { machine } of this.instances) machine.shutdown();
    for (const { virtualMac } of this.instances) virtualMac?.stop();
    for (const entry of this.config.staticAddresses) this.setStaticAddress(entry, false);
    this.log(line.STOPPED);
  }

  protected onReset(): void {
    for (const instance of this.instances) instance.reset();
    for (const group of this.groups) group.state.reset();
    for (const pacing of this.pacings) pacing.reset();
    this.trackers.reset();
    this.daemon.reset();
  }

  private setStaticAddress(entry: KeepalivedConfig['staticAddresses'][number], isPresent: boolean): void {
    const face = this.host.interface(entry.interface ?? this.config.global.defaultInterface ?? '');
    if (face === undefined) return;
    const { prefixLength } = entry;
    const { address } = entry.address;
    if (!isPresent) this.host.removeAddress(face, address, prefixLength);
    else if (typeof address === 'number') this.host.addAddress(face, { address, prefixLength });
    else this.host.addAddress(face, { address, prefixLength }, { noDad: true });
  }

  // ---- what the kernel delivers

  /** keepalived `vrrp_dispatcher_read`, up to the instance. */
  private receive(packet: IpPacket, iface: Interface, sharing: AdvertSocket): void {
    if (!this.config.global.logUnknownVrids && sharing.isForeign(packet)) return;
    const received = sharing.advertFor(packet);
    if (received === undefined) return;
    if (received.instance !== undefined) received.instance.receive(received.advert, packet);
    else if (this.config.global.logUnknownVrids)
      this.log(line.unknownVrid(received.advert.virtualRouterId, iface.name));
  }

  private netlink(event: NetlinkEvent): void {
    if (!this.isRunning) return;
    if (event.kind === 'link') {
      this.trackers.interface(event.interface.name)?.linkChanged(event.up);
      return;
    }
    if (event.op === 'del') this.addressRemoved(event.interface, event.address);
    else this.addressAdded(event.interface, event.address);
  }

  /** keepalived netlink `netlink_if_address_filter`: one of our own, or a source address. */
  private addressRemoved(face: Interface, address: IpAddress): void {
    for (const { machine, addresses } of this.instances) {
      const own = addresses.find((one) => one.address === address && one.interface === face && one.isTracked);
      if (own === undefined || !machine.mayAnnounce || machine.state.state !== 'MASTER') continue;
      this.log(line.netlinkAddressRemoved(formatIp(address), face.name));
      machine.loseAddress();
    }
    for (const instance of this.instances) {
      if (!instance.isStarted || instance.ownAddress !== address || instance.base !== face) continue;
      const isFixed = instance.configuredSource !== undefined;
      if (isFixed && !instance.config.trackSourceAddress) continue;
      const next = this.findSource(instance);
      if (next === null) {
        this.log(line.deassignedAddress(formatIp(address), face.name));
        instance.machine.beginFailure();
      }
      instance.setSource(next);
    }
  }

  private addressAdded(face: Interface, address: IpAddress): void {
    if (this.isVirtual(address)) return;
    for (const instance of this.instances) {
      if (!instance.isStarted || instance.hasSource || instance.base !== face) continue;
      const source = this.findSource(instance);
      if (source === null) continue;
      this.log(line.assignedAddress(formatIp(source), face.name));
      instance.setSource(source);
      instance.machine.endFailure();
    }
  }

  private log(text: string): void {
    const { trace, name } = this.host;
    if (trace.isOn) trace.emit('daemon.log', name, { daemon: this.name, line: text });
  }
}
