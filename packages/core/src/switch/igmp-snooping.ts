import {
  type Engine,
  ipv4,
  type Nanoseconds,
  NO_ROW,
  type Row,
  SECOND,
  type Table,
  table,
  window,
} from '../engine/index.js';
import {
  type EthernetFrame,
  type IgmpGroupRecord,
  type IgmpMembership,
  type IgmpMessage,
  type IgmpQueryV3,
  type Ipv4Address,
  igmpCodeValue,
  isLinkLocalMulticast,
  isMulticast,
  UNSPECIFIED_IPV4,
} from '../wire/index.js';
import { IgmpQuerier, type SendOwn } from './igmp-querier.js';
import type { IgmpSnoopingOptions } from './switch-options.js';
import type { SwitchPort } from './switch-port.js';
import { NO_VLAN } from './vlan.js';

/** Key: group, and VLAN with port. */
const Members = table('igmp-members', { stays: window }, 'stays');
/** Key: VLAN and port. */
const RouterPorts = table('igmp-router-ports', { stays: window }, 'stays');
/** Key: VLAN. `learning`: members may still report to the first query, so nothing is filtered yet. */
const Queriers = table('igmp-queriers', { address: ipv4, present: window, learning: window }, 'present');

const MEMBERSHIP_INTERVAL = 260 * SECOND; // RFC 2236 §8.4; br_multicast_ctx_init
const OTHER_QUERIER_INTERVAL = 255 * SECOND; // RFC 2236 §8.5; br_multicast_ctx_init
const LAST_MEMBER_INTERVAL = SECOND; // RFC 2236 §8.8
const LAST_MEMBER_COUNT = 2; // RFC 2236 §8.9
const TENTH_OF_A_SECOND = SECOND / 10; // the unit of Max Resp Time: RFC 2236 §2.2
const V1_RESPONSE = 10 * SECOND; // IGMPV2_QUERY_RESPONSE_INTERVAL: a v1 query names no time
const PORTS = 0x1_0000;

/**
 * IGMP snooping as a Linux bridge does it (net/bridge/br_multicast.c): groups go to ports that reported them and
 * towards the querier. Without a querier everything floods; 224.0.0.0/24 always does (RFC 4541 §2.1.2).
 */
export class IgmpSnooping {
  private readonly members: Table<typeof Members.fields>;
  private readonly routerPorts: Table<typeof RouterPorts.fields>;
  private readonly queriers: Table<typeof Queriers.fields>;
  private readonly membershipInterval: Nanoseconds;
  private readonly otherQuerierInterval: Nanoseconds;
  private readonly lastMemberInterval: Nanoseconds;
  private readonly lastMemberCount: number;

  private readonly querier: IgmpQuerier | null;

  constructor(
    private readonly engine: Engine,
    switchName: string,
    private readonly ports: readonly SwitchPort[],
    private readonly options: IgmpSnoopingOptions,
    sendOwn: SendOwn,
  ) {
    const path = `${switchName}/igmp`;
    this.members = engine.table(`${path}/members`, Members, engine.world);
    this.routerPorts = engine.table(`${path}/router-ports`, RouterPorts, engine.world);
    this.queriers = engine.table(`${path}/queriers`, Queriers, engine.world);
    this.membershipInterval = options.membershipInterval ?? MEMBERSHIP_INTERVAL;
    this.otherQuerierInterval = options.otherQuerierInterval ?? OTHER_QUERIER_INTERVAL;
    this.lastMemberInterval = options.lastMemberInterval ?? LAST_MEMBER_INTERVAL;
    this.lastMemberCount = options.lastMemberCount ?? LAST_MEMBER_COUNT;
    this.querier =
      options.querier === undefined
        ? null
        : new IgmpQuerier(
            engine,
            path,
            {
              address: options.querier,
              vlans: vlansOf(ports),
              otherQuerierInterval: this.otherQuerierInterval,
              lastMemberInterval: this.lastMemberInterval,
              lastMemberCount: this.lastMemberCount,
            },
            sendOwn,
          );
    this.querier?.start();
  }

  /** The power is back. */
  start(): void {
    this.querier?.start();
  }

  /** A port passes frames from now on. */
  portForwards(port: number): void {
    this.querier?.portForwards(port);
  }

  /**
   * Takes note of what a multicast frame says.
   *
   * @returns whether the frame goes only to the ports that {@link IgmpSnooping.admits}; else it floods
   */
  examine(port: number, frame: EthernetFrame, vlan: number): boolean {
    const packet = frame.payload;
    if (packet.kind !== 'ipv4' || !isMulticast(packet.destination)) return false;
    const message = packet.payload;
    if (message.kind === 'igmp') {
      this.hear(message, packet.source, vlan, port);
      return isReport(message) && this.isFiltering(vlan);
    }
    return this.isSnooped(packet.destination) && this.isFiltering(vlan);
  }

  /** Whether a frame for which {@link IgmpSnooping.examine} was true leaves at a port. */
  admits(frame: EthernetFrame, vlan: number, port: number): boolean {
    if (this.leadsToRouter(vlan, port)) return true;
    const packet = frame.payload;
    // Reports go to routers only, lest another member hears them and keeps silent (RFC 4541 §2.1.1).
    if (packet.kind !== 'ipv4' || packet.payload.kind === 'igmp') return false;
    const row = this.members.find(packet.destination, vlan * PORTS + port);
    return row !== NO_ROW && this.members.isLiving(row);
  }

  private isSnooped(group: Ipv4Address): boolean {
    return this.options.snoopLinkLocal === true || !isLinkLocalMulticast(group);
  }

  /** br_multicast_querier_exists. */
  private isFiltering(vlan: number): boolean {
    if (this.options.filterWithoutQuerier === true || this.querier?.isFiltering(vlan) === true) return true;
    const row = this.queriers.find(vlan);
    return row !== NO_ROW && this.queriers.isLiving(row) && !this.queriers.windows.learning.isOpen(row);
  }

  private leadsToRouter(vlan: number, port: number): boolean {
    if (this.ports[port]?.options.isMulticastRouter === true) return true;
    const row = this.routerPorts.find(vlan, port);
    return row !== NO_ROW && this.routerPorts.isLiving(row);
  }

  // ---- what hosts and routers say

  private hear(message: IgmpMessage, source: Ipv4Address, vlan: number, port: number): void {
    switch (message.message) {
      case 'query-v1':
      case 'query-v2':
      case 'query-v3':
        this.hearQuery(message.group, responseTime(message), source, vlan, port);
        break;
      case 'report-v1':
      case 'report-v2':
        this.join(message.group, vlan, port);
        break;
      case 'leave':
        this.leave(message.group, vlan, port);
        break;
      case 'report-v3':
        for (const record of message.records) this.hearRecord(record, vlan, port);
    }
  }

  /** br_ip4_multicast_igmp3_report: sources are not told apart, so any interest is membership. */
  private hearRecord(record: IgmpGroupRecord, vlan: number, port: number): void {
    const includes = record.type === 'is-include' || record.type === 'change-to-include';
    if (record.type === 'block-old-sources') return;
    if (includes && record.sources.length === 0) this.leave(record.group, vlan, port);
    else this.join(record.group, vlan, port);
  }

  private join(group: Ipv4Address, vlan: number, port: number): void {
    if (!this.isSnooped(group)) return;
    this.members.windows.stays.open(rowOf(this.members, group, vlan * PORTS + port), this.membershipInterval);
  }

  /** br_multicast_leave_group: where there is a querier, its specific query decides. */
  private leave(group: Ipv4Address, vlan: number, port: number): void {
    const querier = this.queriers.find(vlan);
    if (querier !== NO_ROW && this.queriers.isLiving(querier)) return;
    if (this.querier?.isQuerier(vlan) === true) this.querier.askForOthers(group, vlan);
    this.shorten(group, vlan, port, this.lastMemberInterval * this.lastMemberCount);
  }

  private hearQuery(
    group: Ipv4Address,
    response: Nanoseconds,
    source: Ipv4Address,
    vlan: number,
    port: number,
  ): void {
    if (group !== UNSPECIFIED_IPV4) {
      for (const { index } of this.ports) this.shorten(group, vlan, index, response * this.lastMemberCount);
      return;
    }
    // br_multicast_query_received: a query without address comes from a proxy and wins nothing.
    if (source === UNSPECIFIED_IPV4) return;
    const { queriers } = this;
    if (this.querier?.yieldsTo(source, vlan) === false) return;
    const row = rowOf(queriers, vlan, 0);
    const isPresent = queriers.isLiving(row);
    // RFC 2236 §3: the lowest address wins the election.
    if (isPresent && source > (queriers.columns.address[row] as number)) return;
    queriers.columns.address[row] = source;
    if (!isPresent) queriers.windows.learning.open(row, response);
    queriers.windows.present.open(row, this.otherQuerierInterval);
    this.routerPorts.windows.stays.open(rowOf(this.routerPorts, vlan, port), this.otherQuerierInterval);
  }

  /** Lets a membership end after a span, unless it ends sooner anyway. */
  private shorten(group: Ipv4Address, vlan: number, port: number, span: Nanoseconds): void {
    const { members } = this;
    const row = members.find(group, vlan * PORTS + port);
    if (row === NO_ROW) return;
    const ends = members.columns.stays;
    ends[row] = Math.min(ends[row] as number, this.engine.windowEnd(span));
  }

  // ---- faults

  /** A port that goes down forgets its members and its router (br_multicast_disable_port). */
  forgetPort(port: number): void {
    for (const row of this.members.sortedRows()) {
      if ((this.members.keyB[row] as number) % PORTS === port) this.members.delete(row);
    }
    for (const row of this.routerPorts.sortedRows()) {
      if (this.routerPorts.keyB[row] === port) this.routerPorts.delete(row);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.members.clear();
    this.routerPorts.clear();
    this.queriers.clear();
    this.querier?.stop();
  }
}

/** The VLANs that ports have untagged, or name. */
function vlansOf(ports: readonly SwitchPort[]): number[] {
  const named = ports.flatMap(({ membership, options: { tagged = [] } }) => [
    membership.untagged,
    ...(tagged === 'all' ? [] : tagged),
  ]);
  return [...new Set(named)].filter((vlan) => vlan !== NO_VLAN).toSorted((one, other) => one - other);
}

const isReport = (message: IgmpMessage): boolean =>
  message.message === 'report-v1' || message.message === 'report-v2';

/** How long members may take to answer a query. */
function responseTime(query: IgmpMembership | IgmpQueryV3): Nanoseconds {
  if (query.message === 'query-v3') return igmpCodeValue(query.maxResponseCode) * TENTH_OF_A_SECOND;
  return query.message === 'query-v1' ? V1_RESPONSE : query.maxResponse * TENTH_OF_A_SECOND;
}

/** The row of a key, added where it is missing. */
function rowOf(
  rows: { find(a: number, b: number): Row; insert(a: number, b: number): Row },
  a: number,
  b: number,
): Row {
  const row = rows.find(a, b);
  return row === NO_ROW ? rows.insert(a, b) : row;
}
