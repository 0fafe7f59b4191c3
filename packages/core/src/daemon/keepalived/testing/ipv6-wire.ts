import { expect } from 'vitest';
import { type Nanoseconds, SECOND } from '../../../engine/index.js';
import type { Host, HostOptions } from '../../../host/index.js';
import { eth0, ip6, Lan, macOf, Tap } from '../../../host/lan.testing.js';
import {
  type EthernetFrame,
  ethernetFrame,
  type Ipv6Address,
  type Ipv6Packet,
  linkLocalOf,
  macAddress,
  type NeighbourAdvertisement,
  type VrrpAdvertisement,
} from '../../../wire/index.js';
import { readKeepalivedConf } from '../configuration/reader.js';
import { Keepalived } from '../keepalived.js';
import { seconds } from './router-bench.js';

export const VIP = ip6('2001:db8:1::100');
export const OTHER_VIP = ip6('2001:db8:1::101');
const GROUP_MAC = macAddress('33:33:00:00:00:12');
/** 50 µs there and 50 µs back, as two cables of a switch take. */
export const CABLE = 25_000;

/** What differs between the files of tests. */
export interface Sample {
  readonly priority: number;
  readonly vips?: readonly string[];
  readonly more?: string;
  readonly before?: string;
}

/** A keepalived.conf of one IPv6 instance on eth0. */
export const conf = ({ priority, vips = [`${VIP}/64`], more = '', before = '' }: Sample): string => `${before}
vrrp_instance VI_6 {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    ${more}
    virtual_ipaddress {
        ${vips.join('\n        ')}
    }
}
`;

/** The link-local address of a router's eth0 by the router's number. */
export const link = (number: number): Ipv6Address => linkLocalOf(macOf(number * 0x100));

/** Routers n1, n2, … on one wire with a tap that hears all of it. */
export class Wire {
  readonly lan = new Lan({ delay: CABLE });
  readonly hosts: Host[] = [];
  readonly daemons: Keepalived[] = [];
  readonly tap: Tap;

  constructor(texts: readonly (string | Sample)[], more: Partial<HostOptions> = {}, addresses?: string[][]) {
    texts.forEach((text, index) => {
      const own = addresses?.[index] ?? [`2001:db8:1::${11 + index}/64`, `192.168.1.${11 + index}/24`];
      const host = this.lan.host(`n${index + 1}`, index + 1, [own], {}, more);
      this.lan.plugIn(eth0(host));
      const source = typeof text === 'string' ? text : conf(text);
      const reading = readKeepalivedConf(source, { file: 'keepalived.conf' });
      expect(reading.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      this.hosts.push(host);
      this.daemons.push(new Keepalived(host, reading.config));
    });
    this.tap = new Tap(this.lan.engine, 'tap');
    this.lan.plugIn(this.tap);
  }

  host(number: number): Host {
    return this.hosts[number - 1] as Host;
  }

  daemon(number: number): Keepalived {
    return this.daemons[number - 1] as Keepalived;
  }

  start(...numbers: number[]): this {
    for (const number of numbers.length > 0 ? numbers : this.daemons.map((_, index) => index + 1))
      this.daemon(number).start();
    return this;
  }

  run(until: number): this {
    this.lan.run(until * SECOND);
    return this;
  }

  states(number: number, instance = 'VI_6'): [number, string][] {
    return this.lan.trace
      .filter('vrrp.state')
      .filter((event) => event.node === `n${number}` && event.instance === instance)
      .map((event) => [seconds(event.time), event.to]);
  }

  log(number: number): string[] {
    return this.lan.trace
      .filter('daemon.log')
      .flatMap(({ node, line }) => (node === `n${number}` ? [line] : []));
  }

  /** IPv6 packets on the wire, with the frame and the instant at which they were sent. */
  packets(): { time: Nanoseconds; frame: EthernetFrame; packet: Ipv6Packet }[] {
    return this.tap.frames.flatMap(({ time, frame }) =>
      frame.payload.kind === 'ipv6' ? [{ time: time - 2 * CABLE, frame, packet: frame.payload }] : [],
    );
  }

  adverts(): { time: Nanoseconds; frame: EthernetFrame; packet: Ipv6Packet; advert: VrrpAdvertisement }[] {
    return this.packets().flatMap((sent) =>
      sent.packet.payload.kind === 'vrrp' ? [{ ...sent, advert: sent.packet.payload }] : [],
    );
  }

  announcements(): {
    time: Nanoseconds;
    frame: EthernetFrame;
    packet: Ipv6Packet;
    na: NeighbourAdvertisement;
  }[] {
    return this.packets().flatMap((sent) => {
      const { payload } = sent.packet;
      if (payload.kind !== 'icmpv6' || payload.message !== 'neighbour-advertisement') return [];
      return payload.isSolicited ? [] : [{ ...sent, na: payload }];
    });
  }

  /** Puts a packet on the wire, as a router with MAC 02:00:00:00:09:00 would. */
  inject(packet: Ipv6Packet, to = GROUP_MAC): void {
    this.tap.send(ethernetFrame(to, macOf(0x900), packet));
  }
}
