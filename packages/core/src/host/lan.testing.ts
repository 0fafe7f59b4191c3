import { type Choices, Engine, type Nanoseconds, SeededChoices } from '../engine/index.js';
import { Link, type LinkDirection, type LinkOptions, type Port } from '../link/index.js';
import { Trace } from '../trace/index.js';
import {
  type ArpPacket,
  type EthernetFrame,
  ethernetFrame,
  type Ipv4Address,
  type Ipv4Packet,
  type Ipv6Address,
  type Ipv6Packet,
  ipv4Address,
  ipv4Cidr,
  ipv6Address,
  ipv6Cidr,
  type MacAddress,
} from '../wire/index.js';
import { Host } from './host.js';
import type { HostOptions } from './host-options.js';
import type { Interface } from './interface.js';
import type { Sysctls } from './sysctl.js';

/** Short names for tests: `ip('10.0.0.1')`. */
export const ip = (text: string): Ipv4Address => ipv4Address(text);
/** The same for IPv6: `ip6('2001:db8::1')`. */
export const ip6 = (text: string): Ipv6Address => ipv6Address(text);
/** A locally administered MAC from a small number. */
export const macOf = (number: number): MacAddress => (0x02_00_00_00_00_00 + number) as MacAddress;

const listOf = (given: string | readonly string[]): readonly string[] =>
  typeof given === 'string' ? [given] : given;

/** One end of a cable in the hand of a test: what arrives is kept, and any frame can be sent. */
export class Tap implements Port {
  outgoing: LinkDirection | null = null;
  readonly frames: { time: Nanoseconds; frame: EthernetFrame }[] = [];
  carrier = true;

  constructor(
    private readonly engine: Engine,
    readonly path: string,
    private readonly onFrame: (frame: EthernetFrame) => void = () => {},
  ) {}

  receive(frame: EthernetFrame): void {
    this.frames.push({ time: this.engine.now, frame });
    this.onFrame(frame);
  }

  carrierChanged(up: boolean): void {
    this.carrier = up;
  }

  send(frame: EthernetFrame): void {
    this.outgoing?.send(frame);
  }

  arp(destination: MacAddress, packet: ArpPacket): void {
    this.send(ethernetFrame(destination, packet.senderMac, packet));
  }

  /** The ARP packets that arrived, forgotten by the next call. */
  takeArp(): ArpPacket[] {
    return this.frames
      .splice(0)
      .flatMap(({ frame }) => (frame.payload.kind === 'arp' ? [frame.payload] : []));
  }

  /** The IPv6 packets that arrived, forgotten by the next call. */
  takeIpv6(): Ipv6Packet[] {
    return this.frames
      .splice(0)
      .flatMap(({ frame }) => (frame.payload.kind === 'ipv6' ? [frame.payload] : []));
  }

  /** The IPv4 packets that arrived, forgotten by the next call. */
  takeIpv4(): Ipv4Packet[] {
    return this.frames
      .splice(0)
      .flatMap(({ frame }) => (frame.payload.kind === 'ipv4' ? [frame.payload] : []));
  }
}

/** A small network in a test. Cables take `delay`, 1 ns if left out, so that instants are those of the kernel. */
export class Lan {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly delay: Nanoseconds;
  readonly links: Link[] = [];
  private readonly hub: Tap[] = [];

  constructor(options: { delay?: Nanoseconds; timeScale?: number; seed?: number; choices?: Choices } = {}) {
    this.engine = new Engine({
      choices: options.choices ?? new SeededChoices(options.seed ?? 1),
      ...(options.timeScale === undefined ? {} : { timeScale: options.timeScale }),
    });
    this.trace = new Trace(this.engine);
    this.trace.record();
    this.delay = options.delay ?? 1;
  }

  /** A host with eth0 (and more) by its addresses: `host('c', 1, ['10.0.0.1/24'])`. */
  host(
    name: string,
    number: number,
    addresses: readonly (string | readonly string[])[],
    sysctl: Partial<Sysctls> = {},
    more: Partial<HostOptions> = {},
  ): Host {
    return new Host(this.engine, this.trace, {
      name,
      interfaces: addresses.map((given, index) => ({
        name: `eth${index}`,
        mac: macOf(number * 0x100 + index),
        addresses: listOf(given)
          .filter((text) => !text.includes(':'))
          .map(ipv4Cidr),
        addressesIpv6: listOf(given)
          .filter((text) => text.includes(':'))
          .map(ipv6Cidr),
      })),
      sysctl: { reachable_time: 30_000_000_000, ...sysctl },
      ...more,
    });
  }

  cable(a: Port, b: Port, options: LinkOptions = {}): Link {
    const link = new Link(this.engine, this.trace, `link${this.links.length}`, a, b, {
      delay: this.delay,
      ...options,
    });
    this.links.push(link);
    return link;
  }

  /** A tap at the other end of an interface's cable. */
  tap(face: Interface): Tap {
    const tap = new Tap(this.engine, `tap:${face.path}`);
    this.cable(face, tap);
    return tap;
  }

  /** Joins an interface to the one hub of the network. */
  plugIn(face: Port): Link {
    const port: Tap = new Tap(this.engine, `hub:${this.hub.length}`, (frame) => {
      for (const other of this.hub) if (other !== port) other.send(frame);
    });
    this.hub.push(port);
    return this.cable(face, port);
  }

  run(until: Nanoseconds): void {
    this.engine.runUntil(until);
  }
}

/** The first Ethernet interface of a host. */
export function eth0(host: Host): Interface {
  const face = host.interface('eth0');
  if (face === undefined) throw new RangeError(`${host.name} has no eth0`);
  return face;
}
