import { type ClockDomain, type RecordOf, record, u8 } from '../../engine/index.js';
import type { Host, Interface } from '../../host/index.js';
import { type MacAddress, virtualRouterMac } from '../../wire/index.js';
import type { VirtualMacConfig } from './configuration/keepalived-config.js';

const BaseSettings = record('vmac-base', { arpIgnore: u8, arpFilter: u8 });

/**
 * The interface with the virtual MAC of one instance (`use_vmac`), and what keepalived sets on it and on the
 * interface below, so that only this one answers for the virtual addresses (keepalived vrrp_if_config.c,
 * `set_interface_parameters`). `use_ipvlan` has an interface of its own with the MAC of the one below.
 */
export class VirtualMacInterface {
  readonly interface: Interface;
  private readonly before: RecordOf<typeof BaseSettings.fields>;

  constructor(
    private readonly host: Host,
    domain: ClockDomain,
    path: string,
    private readonly base: Interface,
    config: VirtualMacConfig,
    virtualRouterId: number,
  ) {
    const given =
      config.kind === 'ipvlan' ? base.mac : ((config.mac ?? virtualRouterMac(virtualRouterId)) as MacAddress);
    this.interface = host.createMacvlan(base, freeName(host, config.name), given);
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
    this.interface.setUp(true);
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
