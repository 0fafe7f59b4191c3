import {
  type Engine,
  type Nanoseconds,
  NO_ROW,
  type Row,
  SECOND,
  type Table,
  table,
  timer,
  u8,
  window,
} from '../engine/index.js';
import {
  ALL_SYSTEMS_GROUP,
  type Ipv4Address,
  type Ipv4Packet,
  igmpQueryV2,
  ipv4Packet,
  ROUTER_ALERT_OPTION,
  TOS_INTERNETWORK_CONTROL,
} from '../wire/index.js';

/** Key: VLAN. */
const OwnQueriers = table('igmp-own-queriers', {
  /** Queries of the start that have been sent. */
  started: u8,
  /** The next general query; not armed while somebody lower queries. */
  query: timer,
  /** Somebody lower has been heard; it is gone when this is due. */
  otherGone: timer,
  /** Members may still report to the first query. */
  learning: window,
});
/** Key: group and VLAN. A row is a group that somebody has left: who else wants it? */
const Leaving = table('igmp-leaving', { left: u8, query: timer });

const QUERY_INTERVAL: Nanoseconds = 125 * SECOND; // RFC 2236 §8.2
const STARTUP_INTERVAL: Nanoseconds = QUERY_INTERVAL / 4; // RFC 2236 §8.6
const STARTUP_COUNT = 2; // RFC 2236 §8.7
const RESPONSE_INTERVAL: Nanoseconds = 10 * SECOND; // RFC 2236 §8.3
const TENTH: Nanoseconds = SECOND / 10;

/** What a querier needs to know of its snooping. */
export interface QuerierOptions {
  readonly address: Ipv4Address;
  /** The VLANs in which it queries. */
  readonly vlans: readonly number[];
  readonly otherQuerierInterval: Nanoseconds;
  readonly lastMemberInterval: Nanoseconds;
  readonly lastMemberCount: number;
}

/** Sends a packet of the switch itself, to every port of a VLAN or to one. */
export type SendOwn = (packet: Ipv4Packet, vlan: number, port: number | null) => void;

/**
 * The querier of a switch (RFC 2236 §3, §7; Linux br_multicast.c): asks at 0 and 31.25 s, then every 125 s, and holds
 * its tongue where somebody with a lower address asks.
 */
export class IgmpQuerier {
  private readonly own: Table<typeof OwnQueriers.fields>;
  private readonly leaving: Table<typeof Leaving.fields>;

  constructor(
    engine: Engine,
    path: string,
    private readonly options: QuerierOptions,
    private readonly send: SendOwn,
  ) {
    this.own = engine.table(`${path}/own-queriers`, OwnQueriers, engine.world, {
      query: (row) => this.queryDue(row),
      otherGone: (row) => this.begin(row),
    });
    this.leaving = engine.table(`${path}/leaving`, Leaving, engine.world, {
      query: (row) => this.askAgain(row),
    });
  }

  /** The switch has its power. */
  start(): void {
    for (const vlan of this.options.vlans) this.begin(this.own.insert(vlan));
  }

  stop(): void {
    this.own.clear();
    this.leaving.clear();
  }

  /** br_multicast_start_querier */
  private begin(row: Row): void {
    this.own.columns.started[row] = 0;
    this.own.windows.learning.open(row, RESPONSE_INTERVAL);
    this.own.timers.query.arm(row, 0);
  }

  /** br_multicast_query_expired */
  private queryDue(row: Row): void {
    const { started } = this.own.columns;
    if ((started[row] as number) < STARTUP_COUNT) started[row] = (started[row] as number) + 1;
    this.ask(this.own.keyA[row] as number, null);
    const isStarting = (started[row] as number) < STARTUP_COUNT;
    this.own.timers.query.arm(row, isStarting ? STARTUP_INTERVAL : QUERY_INTERVAL);
  }

  private ask(vlan: number, port: number | null): void {
    this.send(this.packet(ALL_SYSTEMS_GROUP, igmpQueryV2(RESPONSE_INTERVAL / TENTH)), vlan, port);
  }

  private packet(destination: Ipv4Address, message: ReturnType<typeof igmpQueryV2>): Ipv4Packet {
    return ipv4Packet(this.options.address, destination, message, {
      ttl: 1,
      typeOfService: TOS_INTERNETWORK_CONTROL,
      options: ROUTER_ALERT_OPTION,
    });
  }

  private rowOf(vlan: number): Row {
    return this.own.find(vlan);
  }

  /** Whether this switch is the one who asks in a VLAN. */
  isQuerier(vlan: number): boolean {
    const row = this.rowOf(vlan);
    return row !== NO_ROW && this.own.timers.query.isArmed(row);
  }

  /** Whether it asks, and everybody has had the time to answer. */
  isFiltering(vlan: number): boolean {
    return this.isQuerier(vlan) && !this.own.windows.learning.isOpen(this.rowOf(vlan));
  }

  /** A port passes frames from now on: who is behind it is asked at once (br_multicast_enable_port). */
  portForwards(port: number): void {
    for (const vlan of this.options.vlans) if (this.isQuerier(vlan)) this.ask(vlan, port);
  }

  /**
   * Somebody else has queried.
   *
   * @returns whether that one wins: the lowest address does (RFC 2236 §3)
   */
  yieldsTo(source: Ipv4Address, vlan: number): boolean {
    const row = this.rowOf(vlan);
    if (row === NO_ROW) return true;
    if (source > this.options.address) return false;
    this.own.timers.query.cancel(row);
    this.own.timers.otherGone.arm(row, this.options.otherQuerierInterval);
    return true;
  }

  /** Somebody has left a group: asks for others as often as the last-member count says. */
  askForOthers(group: Ipv4Address, vlan: number): void {
    let row = this.leaving.find(group, vlan);
    if (row === NO_ROW) row = this.leaving.insert(group, vlan);
    this.leaving.columns.left[row] = this.options.lastMemberCount;
    this.askAgain(row);
  }

  private askAgain(row: Row): void {
    const { leaving } = this;
    const { lastMemberInterval } = this.options;
    const left = (leaving.columns.left[row] as number) - 1;
    const group = leaving.keyA[row] as Ipv4Address;
    const query = igmpQueryV2(Math.max(1, Math.round(lastMemberInterval / TENTH)), group);
    const vlan = leaving.keyB[row] as number;
    if (left <= 0) leaving.delete(row);
    else {
      leaving.columns.left[row] = left;
      leaving.timers.query.arm(row, lastMemberInterval);
    }
    this.send(this.packet(group, query), vlan, null);
  }
}
