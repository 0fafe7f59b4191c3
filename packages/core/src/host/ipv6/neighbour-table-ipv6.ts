import { type Engine, type Nanoseconds, type Row, type Table, table, value } from '../../engine/index.js';
import { type Ipv6Address, type Ipv6Packet, ipKey, type MacAddress } from '../../wire/index.js';
import { NeighbourCache, NeighbourColumns } from '../neighbour-cache.js';
import type { Ipv6Interface } from './ipv6-interface.js';
import { solicitIpv6 } from './nd-output.js';

const Ipv6NeighbourColumns = {
  ...NeighbourColumns,
  /** What the key stands for. */
  address: value<Ipv6Address>(),
};

const Ipv6NeighbourRows = table('neighbour-ipv6', Ipv6NeighbourColumns);

/** The IPv6 neighbours of one interface, found by neighbour discovery (RFC 4861; Linux net/ipv6/ndisc.c `nd_tbl`). */
export class Ipv6NeighbourTable extends NeighbourCache<Ipv6Address, Ipv6Packet> {
  constructor(
    private readonly engine: Engine,
    private readonly own: Ipv6Interface,
  ) {
    const { face } = own;
    super(
      engine,
      face,
      Ipv6NeighbourRows as unknown as ConstructorParameters<typeof NeighbourCache>[2],
      `${face.host.name}.${face.name}/neighbours-ipv6`,
      own.sysctl,
    );
  }

  private get columns(): Table<typeof Ipv6NeighbourColumns>['columns'] {
    return this.rows.columns as Table<typeof Ipv6NeighbourColumns>['columns'];
  }

  protected override keyOf(address: Ipv6Address): number {
    return ipKey(address);
  }

  protected override addressOf(row: Row): Ipv6Address {
    return this.engine.store.values.get(this.columns.address[row] as number) as Ipv6Address;
  }

  protected override textOf(address: Ipv6Address): string {
    return address;
  }

  protected override entered(row: Row, address: Ipv6Address): void {
    this.columns.address[row] = this.engine.store.keep(address);
  }

  protected override get reachableTime(): Nanoseconds {
    return this.own.reachableTime;
  }

  protected override solicit(address: Ipv6Address, cached: MacAddress | null, last: Ipv6Packet | null): void {
    solicitIpv6(this.own, address, cached, last === null ? null : last.source);
  }

  protected override transmit(packet: Ipv6Packet, mac: MacAddress, sourceMac: MacAddress | null): void {
    this.face.transmit(packet, mac, sourceMac);
  }

  protected override giveUp(packet: Ipv6Packet): void {
    this.own.ipv6.icmp.reportUnresolved(packet);
  }
}
