import {
  bool,
  type Engine,
  type Nanoseconds,
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
  window,
} from '../engine/index.js';
import {
  ALL_ROUTERS_GROUP,
  ALL_SYSTEMS_GROUP,
  IGMPV3_ROUTERS_GROUP,
  type IgmpGroupRecord,
  type IgmpMessage,
  type Ipv4Address,
  igmpCodeValue,
  igmpGroupRecord,
  igmpLeave,
  igmpReportV1,
  igmpReportV2,
  igmpReportV3,
  ipv4Packet,
  isLinkLocalMulticast,
  isMulticast,
  multicastMac,
  ROUTER_ALERT_OPTION,
  TOS_INTERNETWORK_CONTROL,
  UNSPECIFIED_IPV4,
} from '../wire/index.js';
import type { Interface } from './interface.js';

const GroupColumns = {
  /** How many sockets want it; 0: a leave is still to be repeated. */
  users: u16,
  /** Unsolicited reports (or leaves) still to come. */
  pending: u8,
  /** Whether this host was the last to report it: only then IGMPv2 sends a leave (RFC 2236 §3). */
  isReporter: bool,
  /** What `report` will send. */
  isAnswer: bool,
  report: timer,
};

const GroupRows = table('igmp-group', GroupColumns);

const IgmpRecord = record('igmp', {
  /** A querier of version 1 or 2 was heard (RFC 3376 §7.2.1). */
  version1: window,
  version2: window,
  /** The answer to a general version 3 query. */
  answer: timer,
  /** The interface is set down. */
  isPaused: bool,
});

const TENTH: Nanoseconds = SECOND / 10;
/** Unsolicited Report Interval of version 3 (RFC 3376 §8.11) and of versions 1 and 2 (RFC 2236 §8.10). */
const REPORT_GAP_V3: Nanoseconds = SECOND;
const REPORT_GAP_V2: Nanoseconds = 10 * SECOND;
/** What a version 1 query allows (RFC 2236 §4). */
const V1_RESPONSE: Nanoseconds = 10 * SECOND;
/** Older Version Querier Present Timeout: robustness 2 × query interval 125 s + one response interval (RFC 3376 §8.12). */
const OLDER_QUERIER: Nanoseconds = 2 * 125 * SECOND + 10 * SECOND;

/**
 * The host side of IGMP on one interface: which groups are wanted, and telling the routers and snooping switches
 * (RFC 3376, falling back to RFC 2236 and RFC 1112; Linux net/ipv4/igmp.c).
 */
export class IgmpHost {
  private readonly groups: Table<typeof GroupColumns>;
  private readonly state: RecordOf<typeof IgmpRecord.fields>;

  constructor(
    engine: Engine,
    private readonly face: Interface,
  ) {
    const path = `${face.host.name}.${face.name}/igmp`;
    this.groups = engine.table(`${path}/groups`, GroupRows, face.host.domain, {
      report: (row) => this.reportDue(row),
    });
    this.state = engine.record(path, IgmpRecord, face.host.domain, { answer: () => this.answerGeneral() });
  }

  /** Whether packets to a group are taken in here. Everybody is in 224.0.0.1. */
  isMember(group: Ipv4Address): boolean {
    if (group === ALL_SYSTEMS_GROUP) return true;
    const row = this.groups.find(group);
    return row !== NO_ROW && (this.groups.columns.users[row] as number) > 0;
  }

  /** The groups that somebody wants, in order. */
  memberships(): Ipv4Address[] {
    const { groups } = this;
    return groups
      .sortedRows()
      .filter((row) => (groups.columns.users[row] as number) > 0)
      .map((row) => groups.keyA[row] as Ipv4Address);
  }

  /** One socket more wants a group (IP_ADD_MEMBERSHIP). */
  join(group: Ipv4Address): void {
    if (!isMulticast(group)) throw new RangeError(`${group} is not a multicast group`);
    const { groups } = this;
    let row = groups.find(group);
    if (row === NO_ROW) row = groups.insert(group);
    const users = (groups.columns.users[row] as number) + 1;
    groups.columns.users[row] = users;
    if (users === 1) this.announce(row);
  }

  /** One socket less; the last one leaves. */
  leave(group: Ipv4Address): void {
    const { groups } = this;
    const row = groups.find(group);
    if (row === NO_ROW || groups.columns.users[row] === 0) return;
    const users = (groups.columns.users[row] as number) - 1;
    groups.columns.users[row] = users;
    if (users > 0) return;
    groups.timers.report.cancel(row);
    if (!this.isReported(group) || this.state.isPaused) groups.delete(row);
    else if (this.version() === 3) this.announce(row);
    else {
      if (this.version() === 2 && groups.columns.isReporter[row] === 1) {
        this.send(igmpLeave(group), ALL_ROUTERS_GROUP);
      }
      groups.delete(row);
    }
  }

  /** Reports a change now and again robustness - 1 times with random gaps (RFC 3376 §5.1). */
  private announce(row: Row): void {
    const { groups } = this;
    if (!this.isReported(groups.keyA[row] as Ipv4Address) || this.state.isPaused) return;
    groups.columns.pending[row] = this.face.host.sysctl.igmp_qrv;
    this.sendUnsolicited(row);
  }

  private sendUnsolicited(row: Row): void {
    const { groups } = this;
    const group = groups.keyA[row] as Ipv4Address;
    const isJoined = (groups.columns.users[row] as number) > 0;
    const version = this.version();
    const left = Math.max(0, (groups.columns.pending[row] as number) - 1);
    groups.columns.pending[row] = left;
    groups.columns.isAnswer[row] = 0;
    if (version === 3) {
      this.sendRecords([igmpGroupRecord(isJoined ? 'change-to-exclude' : 'change-to-include', group)]);
    } else if (isJoined) this.sendOld(row);
    if (left > 0) groups.timers.report.arm(row, 0, version === 3 ? REPORT_GAP_V3 : REPORT_GAP_V2);
    else if (!isJoined) groups.delete(row);
  }

  private reportDue(row: Row): void {
    const { groups } = this;
    if (groups.columns.isAnswer[row] === 0) {
      this.sendUnsolicited(row);
      return;
    }
    groups.columns.isAnswer[row] = 0;
    if (this.version() === 3) {
      this.sendRecords([igmpGroupRecord('is-exclude', groups.keyA[row] as Ipv4Address)]);
    } else this.sendOld(row);
    if ((groups.columns.pending[row] as number) > 0) this.sendUnsolicited(row);
  }

  private answerGeneral(): void {
    const { groups } = this;
    const records: IgmpGroupRecord[] = [];
    for (const row of groups.sortedRows()) {
      const group = groups.keyA[row] as Ipv4Address;
      if ((groups.columns.users[row] as number) > 0 && this.isReported(group)) {
        records.push(igmpGroupRecord('is-exclude', group));
      }
    }
    if (records.length > 0) this.sendRecords(records);
  }

  // ---- receiving

  /** An IGMP message from the link. */
  receive(message: IgmpMessage): void {
    switch (message.message) {
      case 'query-v1':
        this.state.version1.open(OLDER_QUERIER);
        this.queried(UNSPECIFIED_IPV4, V1_RESPONSE);
        return;
      case 'query-v2':
        this.state.version2.open(OLDER_QUERIER);
        this.queried(message.group, message.maxResponse * TENTH);
        return;
      case 'query-v3':
        this.queriedV3(message.group, Math.max(1, igmpCodeValue(message.maxResponseCode)) * TENTH);
        return;
      case 'report-v1':
      case 'report-v2':
        this.heardReport(message.group);
        return;
      default:
        return;
    }
  }

  private queriedV3(group: Ipv4Address, within: Nanoseconds): void {
    if (this.version() !== 3) this.queried(group, within);
    else if (group !== UNSPECIFIED_IPV4) this.queried(group, within);
    else if (!this.state.answer.isArmed) this.state.answer.arm(0, within);
  }

  /** Each group answers after a delay of its own, not later than it would have anyway (RFC 2236 §3). */
  private queried(group: Ipv4Address, within: Nanoseconds): void {
    const { groups } = this;
    this.state.answer.cancel();
    for (const row of groups.sortedRows()) {
      const own = groups.keyA[row] as Ipv4Address;
      if (group !== UNSPECIFIED_IPV4 && group !== own) continue;
      if (groups.columns.users[row] === 0 || !this.isReported(own)) continue;
      if (groups.timers.report.isArmed(row) && groups.columns.isAnswer[row] === 1) continue;
      groups.columns.isAnswer[row] = 1;
      groups.timers.report.arm(row, 0, within);
    }
  }

  /** Somebody else has answered: versions 1 and 2 are silent then (RFC 2236 §3). */
  private heardReport(group: Ipv4Address): void {
    const row = this.groups.find(group);
    if (row === NO_ROW || this.version() === 3) return;
    this.groups.timers.report.cancel(row);
    this.groups.columns.pending[row] = 0;
    this.groups.columns.isAnswer[row] = 0;
    this.groups.columns.isReporter[row] = 0;
  }

  // ---- the interface goes and comes

  /** The interface is set down: nothing can be told any more, memberships stay (Linux `ip_mc_down`). */
  pause(): void {
    const { groups } = this;
    for (const row of groups.sortedRows()) {
      groups.timers.report.cancel(row);
      groups.columns.pending[row] = 0;
      groups.columns.isAnswer[row] = 0;
      if (groups.columns.users[row] === 0) groups.delete(row);
    }
    this.state.answer.cancel();
    this.state.isPaused = true;
  }

  /** The interface is set up: every membership is reported anew (Linux `ip_mc_up`). */
  restart(): void {
    this.state.isPaused = false;
    for (const row of this.groups.sortedRows()) this.announce(row);
  }

  /** Back to no membership at all, for a power cycle. */
  reset(): void {
    this.groups.clear();
    this.state.reset();
  }

  // ---- sending

  private version(): number {
    const forced = this.face.effective('force_igmp_version');
    if (forced !== 0) return forced;
    if (this.state.version1.isOpen) return 1;
    return this.state.version2.isOpen ? 2 : 3;
  }

  private isReported(group: Ipv4Address): boolean {
    if (group === ALL_SYSTEMS_GROUP) return false;
    return !isLinkLocalMulticast(group) || this.face.host.sysctl.igmp_link_local_mcast_reports !== 0;
  }

  private sendOld(row: Row): void {
    const group = this.groups.keyA[row] as Ipv4Address;
    this.groups.columns.isReporter[row] = 1;
    this.send(this.version() === 1 ? igmpReportV1(group) : igmpReportV2(group), group);
  }

  private sendRecords(records: readonly IgmpGroupRecord[]): void {
    this.send(igmpReportV3(records), IGMPV3_ROUTERS_GROUP);
  }

  private send(message: IgmpMessage, destination: Ipv4Address): void {
    const { face } = this;
    if (face.kind === 'loopback') return;
    const packet = ipv4Packet(face.primaryAddress ?? UNSPECIFIED_IPV4, destination, message, {
      ttl: 1,
      typeOfService: TOS_INTERNETWORK_CONTROL,
      dontFragment: true,
      options: ROUTER_ALERT_OPTION,
    });
    if (face.host.filter.passesPacket('out', face, packet)) {
      face.transmit(packet, multicastMac(destination), null);
    }
  }
}
