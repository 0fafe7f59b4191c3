import type { ClockDomain } from '../../engine/index.js';
import type { Host, Interface } from '../../host/index.js';
import {
  BROADCAST_MAC,
  ethernetFrame,
  formatIp,
  gratuitousArpRequestToBroadcast,
  type IpAddress,
} from '../../wire/index.js';
import type { ConfiguredInterfaceAddress } from './configuration/keepalived-config.js';
import { AnnouncedAddress, type GarpPacing } from './garp.js';
import * as line from './log-lines.js';
import type { VrrpMachine } from './vrrp-machine.js';

/** The kernel's numbers of scopes (`RT_SCOPE_*`). */
const SCOPE_LINK = 253;
const SCOPE_HOST = 254;

/** What a virtual address is made from. */
export interface VirtualAddressParts {
  readonly host: Host;
  readonly domain: ClockDomain;
  readonly path: string;
  readonly machine: VrrpMachine;
  readonly entry: ConfiguredInterfaceAddress;
  readonly address: IpAddress;
  /** Null where the host has no such interface. */
  readonly interface: Interface | null;
  readonly pacing: GarpPacing | null;
  log(line: string): void;
}

/** One virtual or excluded address of one instance, and the interface that it is put on (keepalived `ip_address_t`). */
export class VirtualAddress extends AnnouncedAddress {
  readonly address: IpAddress;
  readonly interface: Interface | null;

  constructor(private readonly parts: VirtualAddressParts) {
    super(parts.host.engine, parts.domain, parts.path, parts.pacing);
    this.address = parts.address;
    this.interface = parts.interface;
  }

  /** Whether its loss is noticed (not `no_track`). */
  get isTracked(): boolean {
    return this.parts.entry.tracked;
  }

  get mayAnnounce(): boolean {
    return this.parts.machine.state.state === 'MASTER' && this.parts.machine.mayAnnounce;
  }

  /** Puts it on its interface. No ARP: that is the schedule's. */
  add(): void {
    const { host, entry, address } = this.parts;
    if (this.interface === null) return;
    const scope = entry.scope === SCOPE_HOST ? 'host' : entry.scope === SCOPE_LINK ? 'link' : 'global';
    const { prefixLength, label } = entry;
    if (typeof address === 'number') {
      host.addAddress(
        this.interface,
        { address, prefixLength },
        label === undefined ? { scope } : { scope, label },
      );
      return;
    }
    // keepalived netlink_ipaddress: IFA_F_NODAD, so that it can be used at once and no split leaves it failed for
    // ever; a /128 is no source of connections (preferred_lft 0).
    host.addAddress(
      this.interface,
      { address, prefixLength },
      { noDad: true, deprecated: prefixLength === 128 },
    );
  }

  remove(): void {
    const { host, entry, address } = this.parts;
    if (this.interface !== null) host.removeAddress(this.interface, address, entry.prefixLength);
  }

  logQueueing(): void {
    const { machine, address, host } = this.parts;
    if (!host.trace.isOn) return;
    const queueing = typeof address === 'number' ? line.queueingGratuitousArp : line.queueingUnsolicitedNa;
    this.parts.log(queueing(machine.name, this.interfaceName, formatIp(address)));
  }

  /** A gratuitous ARP request, or an unsolicited neighbour advertisement, with the MAC of its interface. */
  sendNow(): void {
    const { host, address } = this.parts;
    const face = this.interface;
    if (face === null) return;
    if (host.trace.isOn) this.parts.log(line.sendingAnnouncement(face.name, address));
    announce(face, address);
  }

  private get interfaceName(): string {
    return this.interface?.name ?? this.parts.entry.interface ?? '';
  }
}

/**
 * Says where an address is (keepalived `send_gratuitous_arp_immediate`, `ndisc_send_unsolicited_na_immediate`): by a
 * packet socket, so that no address needs to be configured.
 */
export function announce(face: Interface, address: IpAddress): void {
  if (typeof address === 'string') {
    face.host.announceIpv6(face, address, { isRouter: face.ipv6?.isRouter ?? false });
    return;
  }
  face.sendFrame(ethernetFrame(BROADCAST_MAC, face.mac, gratuitousArpRequestToBroadcast(face.mac, address)));
}
