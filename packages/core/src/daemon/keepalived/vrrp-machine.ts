import type { ClockDomain, Engine } from '../../engine/index.js';
import type { VrrpStateName } from '../../trace/events.js';
import type { Trace } from '../../trace/index.js';
import { compareIp, formatIp, formatIpv4, type IpAddress, type Ipv4Address } from '../../wire/index.js';
import * as line from './log-lines.js';
import type { SyncGroup } from './sync-group.js';
import { VrrpClock } from './vrrp-clock.js';
import {
  type AcceptedAdvert,
  type Announcer,
  type ElectionConfig,
  type VrrpEffects,
  type VrrpMode,
  type VrrpRecord,
  VrrpState,
} from './vrrp-state.js';
import { PRIORITY_OWNER, PRIORITY_STOP } from './vrrp-timers.js';

/** Nanoseconds in keepalived's unit of time. */
const MICROSECOND = 1_000;

/** What a machine stands in: the engine, whose clock, and who is told. */
export interface VrrpSurroundings {
  readonly engine: Engine;
  readonly domain: ClockDomain;
  readonly trace: Trace;
  /** Name of the host, for the trace. */
  readonly node: string;
  /** Where its state lies, e.g. `n1.keepalived.VI_1`. */
  readonly path: string;
}

/**
 * The state machine of one virtual router.
 *
 * | state  | event                                      | action                                          |
 * |--------|--------------------------------------------|-------------------------------------------------|
 * | BACKUP | timer                                      | advert, addresses, gratuitous ARP → MASTER      |
 * | BACKUP | advert of priority 0                       | timer = Skew_Time                               |
 * | BACKUP | advert ≥ own, or no preemption             | learn the interval, timer = Master_Down_Interval|
 * | BACKUP | advert < own                               | ignored                                         |
 * | MASTER | timer                                      | advert, timer = Advertisement_Interval          |
 * | MASTER | advert of priority 0                       | advert                                          |
 * | MASTER | advert > own, or equal by a higher address | addresses away, timer = Master_Down_Interval → BACKUP |
 * | MASTER | advert < own                               | RFC: ignored; keepalived: advert and ARP at once|
 *
 * That is RFC 5798 §6.4; where keepalived 2.2.7 differs, its function is named.
 */
export class VrrpMachine {
  readonly state: VrrpRecord;
  readonly name: string;
  private readonly clock: VrrpClock;
  private readonly isRfc: boolean;
  private readonly trace: Trace;
  private readonly node: string;

  constructor(
    surroundings: VrrpSurroundings,
    readonly config: ElectionConfig,
    mode: VrrpMode,
    private readonly effects: VrrpEffects,
    /** Gives the announcer of this machine; called once, in the constructor. */
    announcerOf: (machine: VrrpMachine) => Announcer,
    readonly group: SyncGroup | null = null,
  ) {
    const { engine, domain, path } = surroundings;
    this.name = config.name;
    this.trace = surroundings.trace;
    this.node = surroundings.node;
    this.isRfc = mode === 'rfc';
    this.state = engine.record(
      path,
      VrrpState,
      domain,
      { timer: () => this.timeout() },
      {
        wantState: config.initialState,
        basePriority: config.basePriority,
        totalPriority: config.basePriority,
        effectivePriority: config.basePriority,
        masterInterval: config.advertIntervalUs * MICROSECOND,
        // keepalived vrrp_complete_instance: the first removal happens whether addresses were set or not.
        holdsAddresses: true,
      },
    );
    this.clock = new VrrpClock(this.state, config, effects.startupDelay);
    this.announcer = announcerOf(this);
    group?.join(this);
  }

  readonly announcer: Announcer;

  /** Whether the addresses are set and may be announced. */
  get mayAnnounce(): boolean {
    return this.state.holdsAddresses;
  }

  // ---- events

  /** The daemon starts; causes of FAULT have been counted before (keepalived `vrrp_init_state`). */
  start(): void {
    const { state, group } = this;
    if (state.failures > 0) state.wantState = 'FAULT';
    const groupState = group?.state.state ?? state.wantState;
    const isReady = state.failures === 0 && state.pendingScripts === 0 && (group?.state.pending ?? 0) === 0;
    if (
      isReady &&
      groupState === 'MASTER' &&
      state.wantState === 'MASTER' &&
      state.basePriority === PRIORITY_OWNER
    ) {
      if (this.isRfc) {
        this.becomeMaster();
        return;
      }
      // An owner times out of BACKUP after 1 µs; by the RFC it never is a backup.
      this.enter('BACKUP');
      this.clock.setShortest();
      this.clock.arm();
      return;
    }
    this.clock.setDownInterval();
    this.removeAddresses();
    if (isReady && groupState !== 'FAULT') {
      this.effects.log(line.initialBackup(this.name));
      this.enter('BACKUP');
      this.effects.notify('BACKUP');
    } else {
      this.enter('FAULT');
      if (state.failures > 0) this.effects.notify('FAULT');
    }
    this.clock.arm();
  }

  /** An advert came in that failed the checks (KO or DROP). */
  receiveRejected(): void {
    if (this.state.state === 'BACKUP') this.clock.ignoreAdvert();
    this.afterReceive();
  }

  /** An advert came in that passed the checks. */
  receive(advert: AcceptedAdvert): void {
    if (this.state.state === 'BACKUP') this.receiveAsBackup(advert);
    else if (this.state.state === 'MASTER') this.receiveAsMaster(advert);
    else return;
    this.afterReceive();
  }

  /** SIGTERM: a master says good-bye (keepalived `vrrp_restore_interface` with an advert; RFC 5798 §6.4.3 shutdown). */
  shutdown(): void {
    if (this.state.state === 'MASTER') {
      this.sendZero(true);
      this.removeAddresses();
    }
    this.state.timer.cancel();
    this.enter('STOPPED');
    this.effects.notify('STOPPED');
  }

  /** The process has been killed: nothing is said or tidied up. */
  vanish(): void {
    if (this.state.state !== 'INIT') this.traceState(this.state.state, 'STOPPED');
    this.state.reset();
    this.announcer.reset();
  }

  /** A cause of FAULT has begun (keepalived `down_instance`). */
  beginFailure(): void {
    const { state, group } = this;
    if (state.failures++ !== 0 && state.state !== 'INIT') return;
    state.wantState = 'FAULT';
    if (state.state === 'MASTER') this.leaveMaster(true);
    else this.leaveFault();
    group?.memberFailed(this);
  }

  /**
   * A cause of FAULT is over, or the last pending script has given its first result (keepalived `try_up_instance`).
   *
   * @param leavingInit - a first result, which ends no counted cause
   */
  endFailure(leavingInit = false): void {
    const { state, group } = this;
    if (leavingInit) {
      if (state.failures > 0) return;
    } else {
      state.failures--;
      if (state.failures > 0) return;
      if (state.pendingScripts > 0) {
        group?.memberStillPending();
        state.wantState = 'BACKUP';
        return;
      }
    }
    const isOwner = state.wantState === 'MASTER' && state.basePriority === PRIORITY_OWNER;
    if (!isOwner) state.wantState = 'BACKUP';
    this.clock.forgetInterval();
    this.clock.setDownInterval();
    if (group !== null && !group.mayMemberRise(leavingInit)) return;
    const wanted = state.wantState;
    if (group !== null && wanted === 'MASTER' && !group.mayBecomeMaster(this)) state.wantState = 'BACKUP';
    this.leaveFault();
    if (this.config.unicast) this.effects.announceSource();
    this.clock.arm();
    state.wantState = wanted;
    if (group === null) return;
    if (state.state === 'MASTER') group.syncMaster(this);
    else group.syncBackup(this);
  }

  /** The sum of base priority and weights has changed by `change` (keepalived `vrrp_set_effective_priority`). */
  changePriority(change: number): void {
    this.state.totalPriority += change;
    this.applyPriority();
  }

  /** Takes over the sum of base priority and weights. Address owners ignore weights. */
  applyPriority(): void {
    const { state } = this;
    if (state.basePriority === PRIORITY_OWNER) return;
    const priority = Math.min(PRIORITY_OWNER - 1, Math.max(1, state.totalPriority));
    const before = state.effectivePriority;
    if (priority === before) return;
    this.effects.log(line.changedPriority(this.name, before, priority));
    if (this.trace.isOn)
      this.trace.emit('vrrp.priority', this.node, { instance: this.name, from: before, to: priority });
    state.effectivePriority = priority;
    this.clock.shift();
  }

  /** Somebody else took a virtual address away from a master (keepalived netlink `set_vrrp_backup`). */
  loseAddress(): void {
    if (this.state.state !== 'MASTER') return;
    this.state.wantState = 'BACKUP';
    this.leaveMaster(true);
    this.group?.membersLoseAddress(this);
    this.returnQuickly();
  }

  // ---- what a sync group makes its members do

  /** As if the timer had expired (keepalived `vrrp_state_goto_master`). */
  becomeMaster(): void {
    const { state, group } = this;
    state.wantState = 'MASTER';
    if (group !== null && !group.mayBecomeMaster(this)) return;
    const from = state.state;
    state.state = 'MASTER';
    this.clock.forgetSpan();
    this.clock.arm();
    this.transmit(from);
  }

  /** From MASTER to what is wanted, BACKUP or FAULT (keepalived `vrrp_state_leave_master`). */
  leaveMaster(announce: boolean): void {
    const { state } = this;
    const to = state.wantState;
    if (to === 'MASTER') return;
    this.effects.log(line.enteringState(this.name, to));
    if (to === 'BACKUP') this.stopPreemptDelay();
    // Two adverts of priority 0 follow each other where a cause of FAULT begins; the RFC has one.
    else if (!this.isRfc || !announce) this.sendZero(false);
    if (announce) this.sendZero(true);
    this.removeAddresses();
    this.enter(to);
    this.effects.notify(to);
    this.clock.setDownInterval();
    this.clock.arm();
  }

  /** From FAULT, or into it without having been MASTER (keepalived `vrrp_state_leave_fault`). */
  leaveFault(): void {
    const { state } = this;
    const to = state.wantState;
    if (to === 'MASTER') this.becomeMaster();
    else {
      if (state.state !== to) this.effects.log(line.enteringState(this.name, to));
      this.enter(to);
      this.effects.notify(to);
      if (to === 'BACKUP') this.stopPreemptDelay();
    }
    this.clock.forgetInterval();
    this.clock.setDownInterval();
    this.clock.arm();
  }

  /** Held in BACKUP by its group: waits once more (keepalived `vrrp_sync_can_goto_master`). */
  waitAgain(): void {
    this.clock.setDownInterval();
    this.clock.arm();
  }

  /** A master that lost an address tries again after Skew_Time. */
  returnQuickly(): void {
    this.clock.setSkew();
    this.clock.arm();
  }

  // ---- BACKUP

  /** keepalived `vrrp_dispatcher_read_timeout`. */
  private timeout(): void {
    const { state, group } = this;
    if (state.state === 'BACKUP') {
      this.effects.log(line.advertTimeout(this.name));
      if (this.trace.isOn) {
        this.trace.emit('vrrp.timeout', this.node, { instance: this.name, master: this.masterText });
      }
      this.becomeMaster();
    } else if (state.state === 'MASTER') this.transmit('MASTER');
    if (state.state === 'MASTER') group?.syncMaster(this);
    this.clock.arm();
  }

  private get masterText(): string | null {
    const { masterAddress, masterAddressIpv6 } = this.state;
    return masterAddress === 0 ? masterAddressIpv6 : formatIpv4(masterAddress as Ipv4Address);
  }

  /** The sender whose address list was checked last, or null. */
  get checkedSource(): IpAddress | null {
    const { checkedSource, checkedSourceIpv6 } = this.state;
    return checkedSource === 0 ? checkedSourceIpv6 : (checkedSource as Ipv4Address);
  }

  private noteMaster(source: IpAddress): void {
    const { state, config } = this;
    if (typeof source === 'number') {
      state.masterAddress = source;
      if (config.skipCheckAdvertAddress) state.checkedSource = source;
    } else {
      state.masterAddressIpv6 = source;
      if (config.skipCheckAdvertAddress) state.checkedSourceIpv6 = source;
    }
  }

  /** keepalived `vrrp_state_backup`; RFC 5798 §6.4.2. */
  private receiveAsBackup(advert: AcceptedAdvert): void {
    const { state } = this;
    if (advert.priority === PRIORITY_STOP) {
      this.effects.log(line.backupReceivedZero(this.name));
      this.receivedZero(advert);
      this.clock.setSkew();
      return;
    }
    const isLower = advert.priority < state.effectivePriority;
    if (isLower && !this.config.nopreempt && !this.delaysPreemption) {
      if (this.trace.isOn) {
        this.effects.log(line.discardedAdvert(this.name, formatIp(advert.source), advert.priority));
      }
      this.noteMaster(advert.source);
      this.clock.ignoreAdvert();
      return;
    }
    this.learnInterval(advert);
    this.clock.setDownInterval();
    this.noteMaster(advert.source);
    if (this.config.preemptDelayUs > 0 && !this.isRfc) this.notePreemption(isLower);
    state.wantState = 'BACKUP';
  }

  /** A preempt delay that has not begun, or runs, makes a lower advert as good as a higher one. */
  private get delaysPreemption(): boolean {
    if (this.config.preemptDelayUs === 0 || this.isRfc) return false;
    return !this.state.preemptStarted || this.state.preemptDelay.isOpen;
  }

  private notePreemption(isLower: boolean): void {
    const { state } = this;
    if (!isLower) {
      if (state.preemptStarted) this.effects.log(line.stopPreemptDelay(this.name));
      this.stopPreemptDelay();
    } else if (!state.preemptStarted) {
      this.effects.log(line.startPreemptDelay(this.name, this.config.preemptDelayUs));
      state.preemptStarted = true;
      state.preemptDelay.open(this.config.preemptDelayUs * MICROSECOND);
    }
  }

  private stopPreemptDelay(): void {
    this.state.preemptStarted = false;
    this.state.preemptDelay.close();
  }

  // ---- MASTER

  /** keepalived `vrrp_state_master_rx`; RFC 5798 §6.4.3. */
  private receiveAsMaster(advert: AcceptedAdvert): void {
    const { state, config } = this;
    const { ownAddress } = this.effects;
    const isHigher =
      advert.priority > state.effectivePriority ||
      (advert.priority === state.effectivePriority && compareIp(advert.source, ownAddress) > 0);
    if (advert.priority === PRIORITY_STOP || (isHigher && config.higherPrioritySendAdvert && !this.isRfc)) {
      this.effects.sendAdvert(state.effectivePriority);
      if (advert.priority === PRIORITY_STOP) {
        this.effects.log(line.masterReceivedZero(this.name));
        this.receivedZero(advert);
        // RFC 5798 §6.4.3: Adver_Timer starts anew; keepalived does it after any packet.
        if (this.isRfc) this.clock.arm();
        return;
      }
    }
    if (advert.priority === state.effectivePriority && !this.isRfc) {
      if (advert.source === ownAddress) {
        this.effects.log(line.sameAddress(this.name));
        return;
      }
      if (state.effectivePriority === PRIORITY_OWNER) this.stopOwning();
    }
    if (advert.priority > state.effectivePriority) this.yield(advert, 'higher-priority');
    else if (advert.priority === state.effectivePriority && compareIp(advert.source, ownAddress) > 0)
      this.yield(advert, 'higher-address');
    else if (!this.isRfc) this.forceElection(advert);
  }

  /** Two address owners: keepalived lowers its own priority for good, before it compares. */
  private stopOwning(): void {
    const { state } = this;
    this.effects.log(line.twoOwners(this.name));
    state.effectivePriority = PRIORITY_OWNER - 1;
    state.basePriority = PRIORITY_OWNER - 1;
  }

  private forceElection(advert: AcceptedAdvert): void {
    const { state, config } = this;
    const from = formatIp(advert.source);
    const forcing = !config.lowerPriorityNoAdvert;
    this.effects.log(line.lowerAdvert(this.name, from, advert.priority, state.effectivePriority, forcing));
    if (this.trace.isOn) {
      this.trace.emit('vrrp.lower-advert', this.node, {
        instance: this.name,
        from,
        priority: advert.priority,
      });
    }
    if (forcing) this.effects.sendAdvert(state.effectivePriority);
    if (config.garp.lowerPriorityRepeat > 0) this.announcer.announceAgainstLower();
    this.group?.announceOthersAgainstLower(this);
  }

  private yield(advert: AcceptedAdvert, reason: 'higher-priority' | 'higher-address'): void {
    const { state } = this;
    const to = formatIp(advert.source);
    this.effects.log(
      reason === 'higher-priority'
        ? line.higherAdvert(this.name, to, advert.priority, state.effectivePriority)
        : line.higherAddress(this.name, to, advert.priority),
    );
    if (this.trace.isOn) {
      this.trace.emit('vrrp.yielded', this.node, {
        instance: this.name,
        to,
        priority: advert.priority,
        reason,
      });
    }
    this.learnInterval(advert);
    state.wantState = 'BACKUP';
    this.leaveMaster(false);
    this.group?.syncBackup(this);
  }

  /** keepalived `vrrp_state_master_tx`: the advert precedes addresses and ARP, so that the old master lets go first. */
  private transmit(from: VrrpStateName): void {
    const { state, effects } = this;
    effects.sendAdvert(state.effectivePriority);
    if (from === 'MASTER') {
      this.announcer.advertSent();
      return;
    }
    effects.log(line.enteringState(this.name, 'MASTER'));
    this.traceState(from, 'MASTER');
    if (this.config.version === 3 && state.masterInterval !== this.clock.advertInterval) {
      const learned = state.masterInterval / MICROSECOND;
      effects.log(line.ownInterval(this.name, learned, this.config.advertIntervalUs));
      this.clock.forgetInterval();
    }
    effects.addAddresses();
    state.holdsAddresses = true;
    this.announcer.announceMaster();
    effects.notify('MASTER');
    this.announcer.armMasterBurst();
  }

  // ---- timers

  /**
   * keepalived `vrrp_dispatcher_read`, its end: after any packet for a MASTER, accepted or not, Adver_Timer starts
   * anew, unless `lower_prio_no_advert` is in force. By the RFC a packet that is discarded changes nothing.
   */
  private afterReceive(): void {
    if (this.state.state !== 'MASTER') this.clock.arm();
    else if (!this.isRfc && !this.config.lowerPriorityNoAdvert) this.clock.arm();
  }

  /** RFC 5798 §6.4.2: version 3 takes over the interval of the master it accepts. */
  private learnInterval(advert: AcceptedAdvert): void {
    const { state } = this;
    if (this.config.version !== 3 || state.masterInterval === advert.interval) return;
    this.effects.log(
      line.learnedInterval(this.name, state.masterInterval / MICROSECOND, advert.interval / MICROSECOND),
    );
    state.masterInterval = advert.interval;
  }

  // ---- what others see

  private removeAddresses(): void {
    const { state } = this;
    this.announcer.clearQueued();
    if (!state.holdsAddresses) return;
    // Before the removal, so that its echo from the kernel is not taken for somebody else's doing.
    state.holdsAddresses = false;
    this.effects.removeAddresses();
  }

  private sendZero(isLogged: boolean): void {
    this.effects.sendAdvert(PRIORITY_STOP);
    if (isLogged) this.effects.log(line.sentZero(this.name));
    if (this.trace.isOn) this.trace.emit('vrrp.priority-zero-sent', this.node, { instance: this.name });
  }

  private receivedZero(advert: AcceptedAdvert): void {
    if (!this.trace.isOn) return;
    this.trace.emit('vrrp.priority-zero-received', this.node, {
      instance: this.name,
      from: formatIp(advert.source),
    });
  }

  /** Sets the state and traces the change. */
  enter(to: VrrpStateName): void {
    const from = this.state.state;
    this.state.state = to;
    this.traceState(from, to);
  }

  private traceState(from: VrrpStateName, to: VrrpStateName): void {
    if (from === to || !this.trace.isOn) return;
    const priority = this.state.effectivePriority;
    this.trace.emit('vrrp.state', this.node, { instance: this.name, from, to, priority });
  }
}
