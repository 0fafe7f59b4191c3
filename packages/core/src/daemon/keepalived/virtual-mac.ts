import { type ClockDomain, type RecordOf, record, u8 } from '../../engine/index.js';
import type { Host, Interface } from '../../host/index.js';
import { linkLocalOf, type MacAddress, virtualRouterMac, virtualRouterMacIpv6 } from '../../wire/index.js';
import type { VirtualMacConfig } from './configuration/keepalived-config.js';

/** IN6_ADDR_GEN_MODE_NONE (linux/if_link.h). */
const NO_GENERATED_ADDRESS = 1;
const LINK_LOCAL_PREFIX_LENGTH = 64;

const BaseSettings = record('vmac-base', { arpIgnore: u8, arpFilter: u8 });

/**
 * The interface with the virtual MAC of one instance (`use_vmac`), and what keepalived sets on it and on the
 * interface below, so that only this one answers for the virtual addresses (keepalived vrrp_if_config.c,
 * `set_interface_parameters`). Over IPv6 it sends from the link-local address of the interface below, which it is given
 * too (keepalived vrrp_vmac.c, `netlink_link_add_vmac`). `use_ipvlan` has an interface of its own with the MAC of the one
 * below.
 */
export class VirtualMacInterface {
  readonly interface: Interface;
  private readonly transmitsFromBase: boolean;
  private readonly before: RecordOf<typeof BaseSettings.fields>;

  constructor(
    private readonly host: Host,
    domain: ClockDomain,
    path: string,
    private readonly base: Interface,
    config: VirtualMacConfig,
    virtualRouterId: number,
    private readonly family: 'inet' | 'inet6',
  ) {
    this.transmitsFromBase = config.transmitFromBase;
    // RFC 5798 §7.3: the prefix of the virtual MAC tells the family.
    const ofRouter = family === 'inet' ? virtualRouterMac : virtualRouterMacIpv6;
    const given =
      config.kind === 'ipvlan' ? base.mac : ((config.mac ?? ofRouter(virtualRouterId)) as MacAddress);
    this.interface = host.createChild('macvlan', base, freeName(host, config.name), given);
    this.before = host.engine.record(path, BaseSettings, domain);
  }

  start(): void {
    const { base, before } = this;
    before.arpIgnore = base.sysctl.arp_ignore;
    before.arpFilter = base.sysctl.arp_filter;
    base.setSysctl('arp_ignore', 1);
    base.setSysctl('arp_filter', 1);
    this.interface.setSysctl('arp_ignore', 1);
    this.interface.setSysctl('accept_local', 1);
    this.interface.setSysctl('rp_filter', 0);
    this.interface.setSysctl('promote_secondaries', 1);
    const { ipv6 } = this.interface;
    // None of the virtual MAC: it would be the same on every router (RFC 5798 §7.4).
    if (ipv6 !== null) ipv6.sysctl.addr_gen_mode = NO_GENERATED_ADDRESS;
    this.interface.setUp(true);
    if (ipv6 === null || this.family === 'inet' || this.transmitsFromBase) return;
    const address = this.base.ipv6?.linkLocal ?? linkLocalOf(this.base.mac);
    this.host.addAddress(
      this.interface,
      { address, prefixLength: LINK_LOCAL_PREFIX_LENGTH },
      { noDad: true },
    );
  }

  /** The daemon ends in good order: the interface goes with it. */
  stop(): void {
    this.base.setSysctl('arp_ignore', this.before.arpIgnore);
    this.base.setSysctl('arp_filter', this.before.arpFilter);
    for (const { address, prefixLength } of this.interface.addresses()) {
      this.host.removeAddress(this.interface, address, prefixLength);
    }
    this.interface.setUp(false);
  }

  reset(): void {
    this.before.reset();
  }
}

/** keepalived `create_vmac_name`: the same VRID on two interfaces makes `vrrp.51` and `vrrp.51.1`. */
function freeName(host: Host, name: string): string {
  if (host.interface(name) === undefined) return name;
  let number = 1;
  while (host.interface(`${name}.${number}`) !== undefined) number++;
  return `${name}.${number}`;
}
