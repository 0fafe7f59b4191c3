import {
  bool,
  type ClockDomain,
  type Engine,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  type Table,
  table,
  timer,
  window,
} from '../../engine/index.js';
import type { GarpConfig } from './configuration/keepalived-config.js';
import type { Announcer, VrrpMode } from './vrrp-state.js';

const MICROSECOND = 1_000;

const PendingArp = record('announced-address', { pending: bool });

/** One virtual or excluded address, as something to announce. */
export abstract class AnnouncedAddress {
  private readonly queued: RecordOf<typeof PendingArp.fields>;

  protected constructor(
    engine: Engine,
    domain: ClockDomain,
    path: string,
    /** Of the interface it is on; null: as fast as it goes. */
    readonly pacing: GarpPacing | null,
  ) {
    this.queued = engine.record(path, PendingArp, domain);
    pacing?.add(this);
  }

  /** Whether its router holds it and is MASTER. */
  abstract get mayAnnounce(): boolean;
  /** The log line of a first round. */
  abstract logQueueing(): void;
  /** Puts one gratuitous ARP on the cable. */
  abstract sendNow(): void;

  get isQueued(): boolean {
    return this.queued.pending;
  }

  clear(): void {
    this.queued.pending = false;
  }

  /** At once, or when its interface may send again (keepalived `send_gratuitous_arp`). */
  announce(): void {
    // One flag per address: five rounds within one interval become one at once and one later (keepalived 2.2.7).
    if (this.pacing === null || this.pacing.maySend()) this.sendNow();
    else {
      this.queued.pending = true;
      this.pacing.wait();
    }
  }

  /** Called by the pacing when it is this address's turn. */
  announceQueued(): void {
    this.queued.pending = false;
    this.pacing?.maySend();
    this.sendNow();
  }
}

const PacingState = record('garp-pacing', { gap: window, timer });

/** The smallest gap between two gratuitous ARPs on one interface or group of them (`garp_interval`, `garp_group`). */
export class GarpPacing {
  private readonly state: RecordOf<typeof PacingState.fields>;
  private readonly addresses: AnnouncedAddress[] = [];
  private readonly gap: number;

  constructor(engine: Engine, domain: ClockDomain, path: string, intervalUs: number) {
    this.gap = intervalUs * MICROSECOND;
    this.state = engine.record(path, PacingState, domain, { timer: () => this.sendQueued() });
  }

  /** While the lab is built. */
  add(address: AnnouncedAddress): void {
    this.addresses.push(address);
  }

  /** Takes the right to send one now, if there is one. */
  maySend(): boolean {
    if (this.state.gap.isOpen) return false;
    this.state.gap.open(this.gap);
    return true;
  }

  /** Something waits (keepalived `queue_garp`: a gap from now, not from the last one sent). */
  wait(): void {
    if (!this.state.timer.isArmed) this.state.timer.arm(this.gap);
  }

  /** keepalived `vrrp_arp_thread`: one address per gap, in the order of the configuration. */
  private sendQueued(): void {
    for (const address of this.addresses) {
      if (!address.isQueued) continue;
      if (!address.mayAnnounce) address.clear();
      else if (this.state.gap.isOpen) {
        this.state.timer.armLike(this.state.gap);
        return;
      } else address.announceQueued();
    }
  }

  reset(): void {
    this.state.reset();
  }
}

/** Bursts that are armed: key is the kind and the lowest free number. */
const BurstTable = table('garp-bursts', { due: timer });
const MASTER_BURST = 0;
const LOWER_BURST = 1;

const RefreshState = record('garp-refresh', { period: window });

/** When one router announces its addresses (keepalived `vrrp_send_link_update` and its callers). */
export class GarpSchedule implements Announcer {
  private readonly bursts: Table<typeof BurstTable.fields>;
  private readonly refresh: RecordOf<typeof RefreshState.fields>;
  private readonly isRfc: boolean;

  constructor(
    engine: Engine,
    domain: ClockDomain,
    path: string,
    private readonly config: GarpConfig,
    mode: VrrpMode,
    /** Virtual addresses, then excluded ones, in configuration order. */
    private readonly addresses: readonly AnnouncedAddress[],
    private readonly holder: { readonly mayAnnounce: boolean },
  ) {
    this.isRfc = mode === 'rfc';
    this.bursts = engine.table(`${path}.garp-bursts`, BurstTable, domain, { due: (row) => this.burst(row) });
    this.refresh = engine.record(`${path}.garp-refresh`, RefreshState, domain);
  }

  announceMaster(): void {
    this.announce(this.isRfc ? 1 : this.config.masterRepeat);
    if (this.config.masterRefreshUs > 0) this.refresh.period.open(this.config.masterRefreshUs * MICROSECOND);
  }

  armMasterBurst(): void {
    if (!this.isRfc && this.config.masterDelayUs > 0) this.armBurst(MASTER_BURST, this.config.masterDelayUs);
  }

  announceAgainstLower(): void {
    this.announce(this.config.lowerPriorityRepeat);
    if (this.config.lowerPriorityDelayUs > 0) this.armBurst(LOWER_BURST, this.config.lowerPriorityDelayUs);
  }

  /**
   * keepalived 2.2.7 `vrrp_state_master_tx` looks at the refresh at each advert only. It asks for "later than", but
   * its wake-ups are late by some µs, so that an advert due at the very instant does refresh.
   */
  advertSent(): void {
    if (this.isRfc || this.config.masterRefreshUs === 0 || this.refresh.period.isOpen) return;
    this.announce(this.config.masterRefreshRepeat);
    this.refresh.period.open(this.config.masterRefreshUs * MICROSECOND);
  }

  clearQueued(): void {
    for (const address of this.addresses) address.clear();
  }

  reset(): void {
    this.bursts.clear();
    this.refresh.reset();
    this.clearQueued();
  }

  /** Rounds over all addresses, if they are set. */
  private announce(rounds: number): void {
    if (!this.holder.mayAnnounce) return;
    for (let round = 0; round < rounds; round++) {
      for (const address of this.addresses) {
        if (round === 0) address.logQueueing();
        address.announce();
      }
    }
  }

  /** Armed bursts are never cancelled: leaving MASTER and coming back makes two (keepalived `thread_add_timer`). */
  private armBurst(kind: number, delayUs: number): void {
    let number = 0;
    while (this.bursts.find(kind, number) !== NO_ROW) number++;
    this.bursts.timers.due.arm(this.bursts.insert(kind, number), delayUs * MICROSECOND);
  }

  private burst(row: Row): void {
    const kind = this.bursts.keyA[row];
    this.bursts.delete(row);
    this.announce(kind === MASTER_BURST ? this.config.masterRepeat : this.config.lowerPriorityRepeat);
  }
}
