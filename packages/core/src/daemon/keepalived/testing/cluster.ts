import { Engine, EventClass, type EventTarget, SeededChoices, type Slot } from '../../../engine/index.js';
import { Host, type InterfaceOptions } from '../../../host/index.js';
import { Link } from '../../../link/index.js';
import { Switch } from '../../../switch/index.js';
import { Trace } from '../../../trace/index.js';
import { ipv4Address, ipv4Cidr, macAddress } from '../../../wire/index.js';
import type { KeepalivedConfig } from '../configuration/keepalived-config.js';
import { Keepalived, type KeepalivedOptions } from '../keepalived.js';
import { at, seconds } from './router-bench.js';

/** One host of a cluster: `eth0` has 192.168.1.x, `eth1` (if any) 192.168.2.x. */
export interface Member {
  readonly name: string;
  readonly host: Host;
  readonly keepalived: Keepalived;
  readonly links: readonly Link[];
}

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

/** The delay of one cable in {@link Cluster}: two of them make the 1 ms of the acceptance table. */
const CABLE = 500_000;

/** Hosts with keepalived around a switch, and a client `c1` (192.168.1.50). For tests with real hosts. */
export class Cluster {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly members: Member[] = [];
  readonly switches: Switch[];
  readonly client: Host;
  readonly clientLink: Link;
  private readonly stage: Stage;

  constructor(
    configs: readonly {
      config: KeepalivedConfig;
      options?: KeepalivedOptions;
      start?: number | null;
      address?: string;
    }[],
    settings: { interfaces?: number; timeScale?: number; seed?: number } = {},
  ) {
    this.engine = new Engine({
      choices: new SeededChoices(settings.seed ?? 1),
      timeScale: settings.timeScale ?? 1,
    });
    this.trace = new Trace(this.engine);
    this.trace.record();
    this.stage = new Stage(this.engine);
    const ports = ['c1', ...configs.map((_, index) => `n${index + 1}`)];
    const count = settings.interfaces ?? 1;
    this.switches = Array.from(
      { length: count },
      (_, index) => new Switch(this.engine, this.trace, `sw${index + 1}`, { ports }),
    );
    configs.forEach(({ config, options, address }, index) => {
      const name = `n${index + 1}`;
      const interfaces: InterfaceOptions[] = Array.from({ length: count }, (_, face) => ({
        name: `eth${face}`,
        mac: macAddress(0x02_00_00_00_00_00 + (face + 1) * 256 + index + 1),
        addresses: [
          ipv4Cidr(
            `${face === 0 && address !== undefined ? address : `192.168.${face + 1}.${11 + index}`}/24`,
          ),
        ],
      }));
      const host = new Host(this.engine, this.trace, { name, interfaces });
      const links = host.interfaces.map((face, number) => {
        const port = this.switches[number]?.port(name);
        if (port === undefined) throw new RangeError('no such switch');
        return new Link(this.engine, this.trace, `${name}-sw${number + 1}`, face, port, { delay: CABLE });
      });
      this.members.push({ name, host, links, keepalived: new Keepalived(host, config, options) });
    });
    this.client = new Host(this.engine, this.trace, {
      name: 'c1',
      interfaces: [
        { name: 'eth0', mac: macAddress(0x02_00_00_00_09_09), addresses: [ipv4Cidr('192.168.1.50/24')] },
      ],
    });
    const face = this.client.interface('eth0');
    const port = this.switches[0]?.port('c1');
    if (face === undefined || port === undefined) throw new RangeError('no client');
    this.clientLink = new Link(this.engine, this.trace, 'c1-sw1', face, port, { delay: CABLE });
    configs.forEach(({ start }, index) => {
      const { keepalived } = this.member(index);
      if (start === undefined || start === 0) keepalived.start();
      else if (start !== null) this.at(start, () => keepalived.start());
    });
  }

  member(index: number): Member {
    const member = this.members[index];
    if (member === undefined) throw new RangeError(`no member ${index}`);
    return member;
  }

  at(time: number, act: () => void): void {
    this.engine.post(this.stage, at(time) - this.engine.now, EventClass.ACTION, act);
  }

  run(until: number): this {
    this.engine.runUntil(at(until));
    return this;
  }

  states(node: string, instance = 'VI_1'): [number, string][] {
    return this.trace
      .filter('vrrp.state')
      .filter((event) => event.node === node && event.instance === instance)
      .map((event) => [seconds(event.time), event.to]);
  }

  masters(node: string, instance = 'VI_1'): number[] {
    return this.states(node, instance).flatMap(([time, state]) => (state === 'MASTER' ? [time] : []));
  }

  adverts(node: string): [number, number][] {
    return this.trace
      .filter('vrrp.advert-sent')
      .flatMap((event) =>
        event.node === node ? [[seconds(event.time), event.priority] as [number, number]] : [],
      );
  }

  garps(node: string): [number, number][] {
    const bursts: [number, number][] = [];
    for (const event of this.trace.filter('arp.announced')) {
      if (event.node !== node) continue;
      const last = bursts.at(-1);
      if (last !== undefined && last[0] === seconds(event.time)) last[1]++;
      else bursts.push([seconds(event.time), 1]);
    }
    return bursts;
  }

  owners(address: string): string[] {
    return this.members.filter(({ host }) => host.owns(ipv4Address(address))).map(({ name }) => name);
  }

  /** `[seconds, line]` of a node's keepalived. */
  log(node: string): string[] {
    return this.trace.filter('daemon.log').flatMap((event) => (event.node === node ? [event.line] : []));
  }
}
