import {
  bool,
  ClockDomain,
  Engine,
  EventClass,
  type EventTarget,
  type RecordOf,
  record,
  SeededChoices,
  type Slot,
  TaggedQueue,
  timer,
  window,
} from '../../../engine/index.js';
import { Trace, type TraceEvent } from '../../../trace/index.js';
import {
  formatIpv4,
  type Ipv4Address,
  type Ipv4Packet,
  ipv4Address,
  ipv4Packet,
  VRRP_AUTH_TYPES,
  VRRP_GROUP,
  vrrpPassword,
  vrrpV2Advertisement,
  vrrpV3Advertisement,
} from '../../../wire/index.js';
import { addressCheckApplies, advertOf, checkAdvert } from '../advert-checks.js';
import type { VrrpInstanceConfig } from '../configuration/keepalived-config.js';
import { AnnouncedAddress, GarpSchedule } from '../garp.js';
import { SyncGroup } from '../sync-group.js';
import { VrrpMachine } from '../vrrp-machine.js';
import type { VrrpEffects, VrrpMode } from '../vrrp-state.js';
import { type InstanceSample, instance } from './sample-config.js';

/** Nanoseconds of a number of seconds with up to six decimals. */
export const at = (seconds: number): number => Math.round(seconds * 1e6) * 1000;
/** An instant as the specification writes it: seconds, six decimals, no float noise. */
export const seconds = (time: number): number => Math.round(time / 1000) / 1e6;

const LATENCY = 1_000_000;
const SOCKET_BUFFER = 64;

const RouterState = record('bench-router', { alive: bool, deaf: bool, mute: bool, launch: timer });
const StartupState = record('bench-startup', { delay: window });

/** Options of one bench router beside its instances. */
export interface RouterOptions {
  /** Seconds; default 0. */
  readonly start?: number;
  readonly mode?: VrrpMode;
  readonly startupDelayUs?: number;
  readonly group?: boolean;
}

class BenchAddress extends AnnouncedAddress {
  constructor(
    private readonly router: BenchRouter,
    private readonly name: string,
    path: string,
    readonly text: string,
  ) {
    super(router.bench.engine, router.domain, path, null);
  }

  get mayAnnounce(): boolean {
    return true;
  }

  logQueueing(): void {
    this.router.log(`(${this.name}) queueing ${this.text}`);
  }

  sendNow(): void {
    this.router.bench.garps.push({
      time: this.router.bench.engine.now,
      node: this.router.name,
      address: this.text,
    });
  }
}

/** One instance with what it needs; no host, no cable: packets go straight to the other routers of its network. */
class BenchInstance implements VrrpEffects {
  readonly machine: VrrpMachine;
  readonly ownAddress: Ipv4Address;

  constructor(
    readonly router: BenchRouter,
    readonly config: VrrpInstanceConfig,
    mode: VrrpMode,
    group: SyncGroup | null,
  ) {
    const { bench, domain } = router;
    const path = `${router.name}.${config.name}`;
    this.ownAddress = config.sourceAddress?.family === 'inet' ? config.sourceAddress.address : router.address;
    const addresses = config.virtualAddresses.map(
      (entry, index) =>
        new BenchAddress(
          router,
          config.name,
          `${path}.address${index}`,
          entry.address.family === 'inet' ? formatIpv4(entry.address.address) : '',
        ),
    );
    this.machine = new VrrpMachine(
      { engine: bench.engine, domain, trace: bench.trace, node: router.name, path },
      config,
      mode,
      this,
      (machine) => new GarpSchedule(bench.engine, domain, path, config.garp, mode, addresses, machine),
      group,
    );
  }

  get startupDelay() {
    return this.router.startup.delay;
  }

  sendAdvert(priority: number): void {
    const { bench } = this.router;
    bench.adverts.push({
      time: bench.engine.now,
      node: this.router.name,
      instance: this.config.name,
      priority,
    });
    const { config } = this;
    const vips = config.virtualAddresses.flatMap(({ address }) =>
      address.family === 'inet' ? [address.address] : [],
    );
    const { authentication } = config;
    const advert =
      config.version === 2
        ? vrrpV2Advertisement(
            config.virtualRouterId,
            priority,
            config.advertIntervalUs / 1_000_000,
            vips,
            authentication.type === 'PASS' ? VRRP_AUTH_TYPES.pass : VRRP_AUTH_TYPES.none,
            authentication.type === 'PASS' ? vrrpPassword(authentication.password) : undefined,
          )
        : vrrpV3Advertisement(config.virtualRouterId, priority, config.advertIntervalUs / 10_000, vips);
    const packet = ipv4Packet(this.ownAddress, VRRP_GROUP, advert, { ttl: config.advertTtl });
    bench.send(this.router, config.interface ?? '', packet);
  }

  addAddresses(): void {
    this.router.hold(this.config.name, true);
  }

  removeAddresses(): void {
    this.router.hold(this.config.name, false);
  }

  announceSource(): void {}
  notify(): void {}

  log(text: string): void {
    this.router.log(text);
  }
}

interface Delivery {
  readonly network: string;
  readonly packet: Ipv4Packet;
}

class BenchRouter implements EventTarget {
  readonly id: number;
  readonly path: string;
  readonly isDerived = false;
  readonly keepsSlot = false;
  readonly domain: ClockDomain;
  readonly state: RecordOf<typeof RouterState.fields>;
  readonly startup: RecordOf<typeof StartupState.fields>;
  readonly instances: BenchInstance[];
  readonly group: SyncGroup | null;
  private readonly socket: TaggedQueue<Delivery>;

  constructor(
    readonly bench: RouterBench,
    readonly name: string,
    readonly address: Ipv4Address,
    configs: readonly VrrpInstanceConfig[],
    private readonly options: RouterOptions,
  ) {
    const { engine } = bench;
    this.path = name;
    this.id = engine.register(this);
    this.domain = new ClockDomain(engine, `${name}.clock`);
    this.state = engine.record(name, RouterState, engine.world, { launch: () => this.begin() });
    this.startup = engine.record(`${name}.startup`, StartupState, this.domain);
    this.socket = new TaggedQueue(engine, `${name}.socket`, SOCKET_BUFFER);
    this.group = options.group
      ? new SyncGroup(engine, this.domain, bench.trace, name, `${name}.group`, 'G', {
          notify: () => {},
          log: () => {},
        })
      : null;
    const mode = options.mode ?? 'keepalived-2.2.7';
    this.instances = configs.map((config) => new BenchInstance(this, config, mode, this.group));
    this.launchAt(at(options.start ?? 0));
  }

  launchAt(span: number): void {
    this.state.launch.arm(span);
  }

  machine(name = this.instances[0]?.config.name): VrrpMachine {
    const found = this.instances.find(({ config }) => config.name === name);
    if (found === undefined) throw new RangeError(`no instance ${name}`);
    return found.machine;
  }

  private begin(): void {
    this.state.alive = true;
    if (this.options.startupDelayUs) this.startup.delay.open(this.options.startupDelayUs * 1000);
    this.group?.prepare();
    for (const { machine } of this.instances) machine.start();
  }

  crash(): void {
    this.state.alive = false;
    for (const { machine, config } of this.instances) {
      machine.state.reset();
      machine.announcer.reset();
      this.hold(config.name, false);
    }
  }

  terminate(): void {
    this.state.alive = false;
    for (const { machine } of this.instances) {
      machine.shutdown();
      machine.state.reset();
      machine.announcer.reset();
    }
  }

  stall(): void {
    this.domain.freeze();
  }

  resume(): void {
    for (const delivery of this.socket.drain(0)) this.read(delivery);
    this.domain.thaw();
  }

  hold(name: string, held: boolean): void {
    this.bench.holders.push({ time: this.bench.engine.now, node: this.name, instance: name, held });
  }

  log(line: string): void {
    if (this.bench.trace.isOn) this.bench.trace.emit('daemon.log', this.name, { daemon: 'keepalived', line });
  }

  fire(slot: Slot): void {
    const delivery = this.bench.engine.payload[slot] as Delivery;
    this.bench.engine.releaseSlot(slot);
    if (!this.state.alive || this.state.deaf) return;
    if (this.domain.isFrozen) this.socket.push(0, delivery);
    else this.read(delivery);
  }

  private read({ network, packet }: Delivery): void {
    const advert = advertOf(packet);
    const found = this.instances.find(
      ({ config }) =>
        config.interface === network && config.virtualRouterId === advert?.virtualRouterId && !config.unicast,
    );
    if (found === undefined || advert === undefined) return;
    const { machine, config } = found;
    const { state } = machine;
    if (state.state !== 'BACKUP' && state.state !== 'MASTER') return;
    const checks = addressCheckApplies(
      config,
      state.state === 'MASTER',
      packet.source,
      machine.checkedSource,
    );
    const failure = checkAdvert(advert, packet, config, checks);
    if (failure === null) {
      const unit = config.version === 2 ? 1_000_000_000 : 10_000_000;
      machine.receive({ priority: advert.priority, source: packet.source, interval: advert.interval * unit });
    } else {
      this.log(failure.log());
      machine.receiveRejected();
    }
  }

  keyOf(): readonly [number, number] {
    return [0, 0];
  }

  adopt(): Slot {
    return this.bench.engine.allocateSlot(this);
  }
}

export type { BenchRouter };

/** Calls a test's function at an instant, before frames and timers of that instant. */
class Stage implements EventTarget {
  readonly id: number;
  readonly path = 'stage';
  readonly isDerived = true;
  readonly keepsSlot = false;

  constructor(private readonly engine: Engine) {
    this.id = engine.register(this);
  }

  fire(slot: Slot): void {
    const act = this.engine.payload[slot] as () => void;
    this.engine.releaseSlot(slot);
    act();
  }

  keyOf(): readonly [number, number] {
    return [0, 0];
  }

  adopt(): Slot {
    return this.engine.allocateSlot(this);
  }
}

/**
 * Machines over a medium that delivers everything after one latency. For tests of the state machine alone: no hosts,
 * no switch, no ARP.
 */
export class RouterBench {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly adverts: { time: number; node: string; instance: string; priority: number }[] = [];
  readonly garps: { time: number; node: string; address: string }[] = [];
  readonly holders: { time: number; node: string; instance: string; held: boolean }[] = [];
  readonly routers: BenchRouter[] = [];
  private readonly stage: Stage;
  /** Says which packets get lost: a rule of the test's that does not change while it runs. */
  isLost: (from: string, to: string, network: string, time: number, packet: Ipv4Packet) => boolean = () =>
    false;

  constructor(
    timeScale = 1,
    readonly latency = LATENCY,
  ) {
    this.engine = new Engine({ choices: new SeededChoices(1), timeScale });
    this.trace = new Trace(this.engine);
    this.trace.record();
    this.stage = new Stage(this.engine);
  }

  add(
    name: string,
    address: string,
    sample: InstanceSample | readonly InstanceSample[],
    options: RouterOptions = {},
  ): BenchRouter {
    const samples = (Array.isArray(sample) ? sample : [sample]) as readonly InstanceSample[];
    const router = new BenchRouter(
      this,
      name,
      ipv4Address(address),
      samples.map((one) => instance(one)),
      options,
    );
    this.routers.push(router);
    return router;
  }

  send(from: BenchRouter, network: string, packet: Ipv4Packet): void {
    if (from.state.mute) return;
    for (const router of this.routers) {
      if (router === from || this.isLost(from.name, router.name, network, this.engine.now, packet)) continue;
      this.engine.post(router, this.latency, EventClass.DELIVERY, { network, packet });
    }
  }

  /** Has `act` called at an instant, in seconds. */
  at(time: number, act: () => void): void {
    this.engine.post(this.stage, at(time) - this.engine.now, EventClass.ACTION, act);
  }

  run(untilSeconds: number): this {
    this.engine.runUntil(at(untilSeconds));
    return this;
  }

  // ---- what tests ask for

  /** `[seconds, state]` of one instance, FAULT and INIT included. */
  states(node: string, name = 'VI_1'): [number, string][] {
    return this.trace
      .filter('vrrp.state')
      .filter((event) => event.node === node && event.instance === name)
      .map((event) => [seconds(event.time), event.to]);
  }

  /** Only the changes to MASTER. */
  masters(node: string, name = 'VI_1'): number[] {
    return this.states(node, name).flatMap(([time, state]) => (state === 'MASTER' ? [time] : []));
  }

  advertsOf(node: string, name = 'VI_1'): number[] {
    return this.adverts.flatMap((advert) =>
      advert.node === node && advert.instance === name ? [seconds(advert.time)] : [],
    );
  }

  zeros(node: string): number[] {
    return this.adverts.flatMap((advert) =>
      advert.node === node && advert.priority === 0 ? [seconds(advert.time)] : [],
    );
  }

  /** Instants of gratuitous ARPs with how many there were: `[[3.609375, 5], …]`. */
  garpBursts(node: string): [number, number][] {
    const bursts: [number, number][] = [];
    for (const garp of this.garps) {
      if (garp.node !== node) continue;
      const last = bursts.at(-1);
      if (last !== undefined && last[0] === seconds(garp.time)) last[1]++;
      else bursts.push([seconds(garp.time), 1]);
    }
    return bursts;
  }

  logs(node: string): string[] {
    return this.trace.filter('daemon.log').flatMap((event) => (event.node === node ? [event.line] : []));
  }

  nowMasters(): string[] {
    return this.routers
      .filter((router) => router.machine().state.state === 'MASTER')
      .map((router) => router.name);
  }

  events(): readonly TraceEvent[] {
    return this.trace.events;
  }
}
