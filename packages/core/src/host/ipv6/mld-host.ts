import {
  type Engine,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  SECOND,
  type Table,
  table,
  timer,
  u8,
  u16,
  value,
} from '../../engine/index.js';
import {
  ALL_NODES_GROUP_IPV6,
  type Ipv6Address,
  ipKey,
  ipv6Bytes,
  ipv6Packet,
  isMulticastIpv6,
  MLDV2_ROUTERS_GROUP,
  type MldGroupRecord,
  mldGroupRecord,
  mldReport,
  multicastMacIpv6,
  UNSPECIFIED_IPV6,
} from '../../wire/index.js';
import type { Ipv6Interface } from './ipv6-interface.js';

const GroupColumns = {
  group: value<Ipv6Address>(),
  /** How many sockets and addresses want it; 0: that it is left is still to be repeated. */
  users: u16,
  /** Reports of the last change still to come. */
  pending: u8,
};
const GroupRows = table('mld-group', GroupColumns);
const MldRecord = record('mld', { repeat: timer });

/** How often a change is reported (RFC 3810 §9.1; Linux mld_qrv). */
const ROBUSTNESS = 2;
/** Unsolicited Report Interval (RFC 3810 §9.11). */
const REPORT_GAP = SECOND;
/** The scope of groups on one link (RFC 4291 §2.7). */
const LINK_LOCAL = 2;
/** RFC 3810 §5: on the link only, with the router alert. */
const FIELDS = { hopLimit: 1, hasRouterAlert: true } as const;

/**
 * The host side of MLDv2 on one interface: which groups are wanted, and telling so when that changes
 * (RFC 3810; Linux net/ipv6/mcast.c). Queries are not answered: nothing here asks.
 */
export class MldHost {
  private readonly groups: Table<typeof GroupColumns>;
  private readonly state: RecordOf<typeof MldRecord.fields>;

  constructor(
    private readonly engine: Engine,
    private readonly own: Ipv6Interface,
  ) {
    const { host, name } = own.face;
    const path = `${host.name}.${name}/mld`;
    this.groups = engine.table(`${path}/groups`, GroupRows, host.domain);
    this.state = engine.record(path, MldRecord, host.domain, { repeat: () => this.report() });
  }

  /** Whether packets to a group are taken in here. Everybody is in ff02::1. */
  isMember(group: Ipv6Address): boolean {
    if (group === ALL_NODES_GROUP_IPV6) return true;
    const row = this.groups.find(ipKey(group));
    return row !== NO_ROW && (this.groups.columns.users[row] as number) > 0;
  }

  /** The groups that somebody wants. */
  memberships(): Ipv6Address[] {
    const { groups } = this;
    return groups
      .sortedRows()
      .filter((row) => (groups.columns.users[row] as number) > 0)
      .map((row) => this.groupOf(row))
      .sort();
  }

  /** One more wants a group. @param isSilent - nobody is told: it has been so for long */
  join(group: Ipv6Address, isSilent = false): void {
    if (!isMulticastIpv6(group)) throw new RangeError(`${group} is not a multicast group`);
    const { groups } = this;
    const key = ipKey(group);
    let row = groups.find(key);
    if (row === NO_ROW) {
      row = groups.insert(key);
      groups.columns.group[row] = this.engine.store.keep(group);
    }
    const users = (groups.columns.users[row] as number) + 1;
    groups.columns.users[row] = users;
    if (users === 1 && !isSilent) this.changed(row);
  }

  /** One less; the last one leaves. */
  leave(group: Ipv6Address): void {
    const { groups } = this;
    const row = groups.find(ipKey(group));
    if (row === NO_ROW || groups.columns.users[row] === 0) return;
    const users = (groups.columns.users[row] as number) - 1;
    groups.columns.users[row] = users;
    if (users === 0) this.changed(row);
  }

  private changed(row: Row): void {
    const { groups } = this;
    if (!this.isReported(this.groupOf(row)) || !this.own.face.adminUp) {
      if (groups.columns.users[row] === 0) groups.delete(row);
      return;
    }
    groups.columns.pending[row] = ROBUSTNESS;
    this.report();
  }

  /** Reports every change that is still to be told, and once more after a random gap (`mld_send_cr`). */
  private report(): void {
    const { groups } = this;
    const records: MldGroupRecord[] = [];
    let isMore = false;
    for (const row of groups.sortedRows()) {
      const pending = groups.columns.pending[row] as number;
      if (pending === 0) continue;
      const isJoined = (groups.columns.users[row] as number) > 0;
      records.push(mldGroupRecord(isJoined ? 'change-to-exclude' : 'change-to-include', this.groupOf(row)));
      groups.columns.pending[row] = pending - 1;
      if (pending > 1) isMore = true;
      else if (!isJoined) groups.delete(row);
    }
    if (records.length > 0) this.send(records);
    if (isMore) this.state.repeat.arm(0, REPORT_GAP);
    else this.state.repeat.cancel();
  }

  private send(records: readonly MldGroupRecord[]): void {
    const { face, linkLocal } = this.own;
    if (face.kind === 'loopback') return;
    const packet = ipv6Packet(linkLocal ?? UNSPECIFIED_IPV6, MLDV2_ROUTERS_GROUP, mldReport(records), FIELDS);
    if (face.host.filter.passesIpv6('out', face, packet)) {
      face.transmit(packet, multicastMacIpv6(MLDV2_ROUTERS_GROUP), null);
    }
  }

  /** The interface is set up or has its carrier again: every membership is reported anew (Linux `ipv6_mc_up`). */
  restart(): void {
    const { groups } = this;
    for (const row of groups.sortedRows()) {
      if (this.isReported(this.groupOf(row))) groups.columns.pending[row] = ROBUSTNESS;
    }
    // Not before the cable knows that it is up: the kernel does it in a work queue.
    this.state.repeat.arm(0);
  }

  /** The interface is set down: nothing can be told any more. */
  pause(): void {
    const { groups } = this;
    this.state.repeat.cancel();
    for (const row of groups.sortedRows()) {
      groups.columns.pending[row] = 0;
      if (groups.columns.users[row] === 0) groups.delete(row);
    }
  }

  /** Back to no membership at all, for a power cycle. */
  reset(): void {
    this.groups.clear();
    this.state.reset();
  }

  /** ff02::1 and what stays on the host are never reported (RFC 3810 §6). */
  private isReported(group: Ipv6Address): boolean {
    const scope = (ipv6Bytes(group)[1] as number) & 0x0f;
    if (group === ALL_NODES_GROUP_IPV6 || scope < LINK_LOCAL) return false;
    return scope > LINK_LOCAL || this.own.sysctl.mld_link_local_reports !== 0;
  }

  private groupOf(row: Row): Ipv6Address {
    return this.engine.store.values.get(this.groups.columns.group[row] as number) as Ipv6Address;
  }
}
