import { type ClockDomain, type Engine, enumOf, type RecordOf, record, u16 } from '../../engine/index.js';
import type { VrrpStateName } from '../../trace/events.js';
import type { Trace } from '../../trace/index.js';
import * as line from './log-lines.js';
import type { VrrpMachine } from './vrrp-machine.js';
import { PRIORITY_OWNER } from './vrrp-timers.js';

const SyncGroupState = record('sync-group', {
  state: enumOf('BACKUP', 'MASTER', 'FAULT', 'INIT'),
  /** Members in FAULT (`num_member_fault`). */
  failed: u16,
  /** Members that wait for the first result of a script (`num_member_init`). */
  pending: u16,
});

/** What a sync group tells its daemon. */
export interface SyncGroupEffects {
  notify(state: VrrpStateName): void;
  log(line: string): void;
}

/**
 * Virtual routers that change state together (keepalived vrrp_sync.c): all MASTER or none, and one in FAULT is all
 * in FAULT.
 */
export class SyncGroup {
  readonly state: RecordOf<typeof SyncGroupState.fields>;
  private readonly members: VrrpMachine[] = [];

  constructor(
    engine: Engine,
    domain: ClockDomain,
    private readonly trace: Trace,
    private readonly node: string,
    path: string,
    readonly name: string,
    private readonly effects: SyncGroupEffects,
  ) {
    this.state = engine.record(path, SyncGroupState, domain);
  }

  /** While the lab is built. */
  join(member: VrrpMachine): void {
    this.members.push(member);
  }

  /** The state the group starts in, from its members (`vrrp_sync_set_group`, `initialise_tracking_priorities`). */
  prepare(): void {
    const { state } = this;
    const allOwn = this.members.every(
      (member) => member.state.wantState === 'MASTER' && member.state.basePriority === PRIORITY_OWNER,
    );
    state.state = allOwn ? 'MASTER' : 'BACKUP';
    // keepalived vrrp_complete_init: `state MASTER` means nothing in a group with a member that owns no address.
    if (!allOwn) for (const member of this.members) member.state.wantState = 'BACKUP';
    state.failed = 0;
    state.pending = 0;
    for (const member of this.members) {
      if (member.state.failures > 0) {
        if (state.state !== 'FAULT') this.effects.log(line.syncingAtStart(this.name, member.name));
        state.state = 'FAULT';
        state.failed++;
      }
      if (member.state.pendingScripts > 0) {
        state.pending++;
        if (state.state !== 'FAULT') state.state = 'INIT';
      }
    }
    this.traceState();
    if (state.state === 'FAULT' || state.state === 'BACKUP') this.effects.notify(state.state);
  }

  /** Whether a member's expired timer may make it MASTER; if not, it waits once more (`vrrp_sync_can_goto_master`). */
  mayBecomeMaster(member: VrrpMachine): boolean {
    if (this.state.state === 'MASTER') return true;
    for (const other of this.members) {
      if (other !== member && other.state.wantState !== 'MASTER') {
        member.waitAgain();
        return false;
      }
    }
    return true;
  }

  /** A member has become MASTER: so do all (`vrrp_sync_master`). */
  syncMaster(member: VrrpMachine): void {
    if (this.state.state === 'MASTER' || !this.mayBecomeMaster(member)) return;
    this.effects.log(line.syncing(this.name, 'MASTER'));
    for (const other of this.members) {
      if (other !== member && other.state.state !== 'MASTER') other.becomeMaster();
    }
    this.become('MASTER');
  }

  /** A member has become BACKUP: so do all, without a priority 0 (`vrrp_sync_backup`). */
  syncBackup(member: VrrpMachine): void {
    if (this.state.state === 'BACKUP') return;
    this.effects.log(line.syncing(this.name, 'BACKUP'));
    for (const other of this.members) {
      const { state } = other;
      if (other === member || state.state === 'BACKUP') continue;
      state.wantState = 'BACKUP';
      if (state.state === 'MASTER') other.leaveMaster(false);
      else other.leaveFault();
    }
    this.become('BACKUP');
  }

  /** A member has gone to FAULT; the first pulls the others after it (`down_instance`, `vrrp_sync_fault`). */
  memberFailed(member: VrrpMachine): void {
    if (this.state.failed++ !== 0 || this.state.state === 'FAULT') return;
    this.effects.log(line.syncing(this.name, 'FAULT'));
    for (const other of this.members) {
      const { state } = other;
      if (other === member || state.state === 'FAULT') continue;
      state.wantState = 'FAULT';
      if (state.state === 'MASTER') other.leaveMaster(false);
      else {
        other.enter('FAULT');
        other.leaveFault();
      }
    }
    this.become('FAULT');
  }

  /** A member has no failure left but waits for a script. */
  memberStillPending(): void {
    this.state.failed--;
    this.state.state = 'INIT';
  }

  /** A member's last failure is over; whether nothing else holds the group back (`try_up_instance`). */
  mayMemberRise(leavingInit: boolean): boolean {
    if (leavingInit) return this.state.failed === 0;
    this.state.failed--;
    return this.state.failed === 0 && this.state.pending === 0;
  }

  /** A member's last pending script has given a result. */
  memberNoLongerPending(): void {
    this.state.pending--;
  }

  /** Somebody took an address from a member: the others leave MASTER with it (`set_vrrp_backup`). */
  membersLoseAddress(member: VrrpMachine): void {
    for (const other of this.members) {
      if (other === member || other.state.state !== 'MASTER') continue;
      other.state.wantState = 'BACKUP';
      other.leaveMaster(true);
      other.returnQuickly();
    }
    this.become('BACKUP');
  }

  /** A member heard a lower advert: the others announce themselves too (`vrrp_state_master_rx`). */
  announceOthersAgainstLower(member: VrrpMachine): void {
    for (const other of this.members) {
      if (other !== member && other.config.garp.lowerPriorityRepeat > 0)
        other.announcer.announceAgainstLower();
    }
  }

  private become(state: 'BACKUP' | 'MASTER' | 'FAULT'): void {
    this.state.state = state;
    this.traceState();
    this.effects.notify(state);
  }

  private traceState(): void {
    if (this.trace.isOn) {
      this.trace.emit('vrrp.group-state', this.node, { group: this.name, to: this.state.state });
    }
  }
}
