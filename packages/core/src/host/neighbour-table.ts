import { type Engine, type Nanoseconds, type Row, table } from '../engine/index.js';
import { formatIpv4, type Ipv4Address, type Ipv4Packet, type MacAddress } from '../wire/index.js';
import { solicit } from './arp-output.js';
import type { Interface } from './interface.js';
import { NeighbourCache, NeighbourColumns } from './neighbour-cache.js';

const NeighbourRows = table('neighbour', NeighbourColumns);

/** The IPv4 neighbours of one interface, found by ARP (Linux net/ipv4/arp.c `arp_tbl`). */
export class NeighbourTable extends NeighbourCache<Ipv4Address, Ipv4Packet> {
  constructor(engine: Engine, face: Interface) {
    super(engine, face, NeighbourRows, `${face.host.name}.${face.name}/neighbours`, face.sysctl);
  }

  protected override keyOf(address: Ipv4Address): number {
    return address;
  }

  protected override addressOf(row: Row): Ipv4Address {
    return this.rows.keyA[row] as Ipv4Address;
  }

  protected override textOf(address: Ipv4Address): string {
    return formatIpv4(address);
  }

  protected override get reachableTime(): Nanoseconds {
    return this.face.reachableTime;
  }

  protected override solicit(address: Ipv4Address, cached: MacAddress | null, last: Ipv4Packet | null): void {
    solicit(this.face, address, cached, last === null ? null : last.source);
  }

  protected override transmit(packet: Ipv4Packet, mac: MacAddress, sourceMac: MacAddress | null): void {
    this.face.transmit(packet, mac, sourceMac);
  }

  protected override giveUp(packet: Ipv4Packet): void {
    this.face.host.icmp.reportUnresolved(packet);
  }
}
