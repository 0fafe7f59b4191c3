import type { Window } from '../../engine/index.js';
import type { ElectionConfig, VrrpRecord } from './vrrp-state.js';
import { masterDownIntervalUs, skewTimeUs } from './vrrp-timers.js';

const MICROSECOND = 1_000;

/**
 * The one timer of a virtual router, Master_Down_Timer in BACKUP and Adver_Timer in MASTER, and the span that
 * keepalived remembers it was armed with (`ms_down_timer`). Spans are ns.
 */
export class VrrpClock {
  /** Advertisement_Interval: its own. */
  readonly advertInterval: number;

  constructor(
    private readonly state: VrrpRecord,
    private readonly config: ElectionConfig,
    /** While it is open, a backup's timer begins where it ends. */
    private readonly startupDelay: Window | null,
  ) {
    this.advertInterval = config.advertIntervalUs * MICROSECOND;
  }

  // ---- the span of a backup

  /** The next arming is for Master_Down_Interval. */
  setDownInterval(): void {
    this.setSpan(this.downInterval(this.state.effectivePriority));
  }

  /** The next arming is for Skew_Time. */
  setSkew(): void {
    const { version } = this.config;
    const masterUs = this.state.masterInterval / MICROSECOND;
    this.setSpan(skewTimeUs(version, this.state.effectivePriority, masterUs) * MICROSECOND);
  }

  /** The next arming is for the shortest time there is: how keepalived makes an owner MASTER. */
  setShortest(): void {
    this.setSpan(MICROSECOND);
  }

  private setSpan(span: number): void {
    this.state.downTimer = span;
    this.state.ignored.close();
  }

  /** The deadline stays; what is left of the timer counts as its span from now on (keepalived `vrrp_state_backup`). */
  ignoreAdvert(): void {
    this.state.downTimer = 0;
    this.state.ignored.open(this.longestDownInterval());
  }

  /** The priority has changed: a backup's deadline moves by the difference of the spans (`vrrp_set_effective_priority`). */
  shift(): void {
    const { state } = this;
    // Whoever becomes a backup later has its span set anew.
    if (state.state !== 'BACKUP') return;
    const before = state.downTimer;
    const span = this.downInterval(state.effectivePriority);
    if (before === 0) {
      // The span was what was left when an advert was ignored. Moved by the difference to that, the deadline is
      // where a whole interval from that advert ends.
      state.timer.armLike(state.ignored);
      state.timer.extend(span - this.longestDownInterval());
    } else state.timer.extend(span - before);
    this.setSpan(span);
  }

  /** A master has no use for the span; without it, equal situations are equal states. */
  forgetSpan(): void {
    this.setSpan(0);
  }

  /** Master_Adver_Interval is its own again. */
  forgetInterval(): void {
    this.state.masterInterval = this.advertInterval;
  }

  private downInterval(priority: number): number {
    const { version, downTimerAdverts } = this.config;
    const masterUs = this.state.masterInterval / MICROSECOND;
    return masterDownIntervalUs(version, priority, masterUs, downTimerAdverts) * MICROSECOND;
  }

  /** That of the lowest priority: a window of this span never closes before a backup's deadline. */
  private longestDownInterval(): number {
    return this.downInterval(1);
  }

  // ---- the timer

  /** keepalived `vrrp_init_instance_sands`: by state. After an ignored advert that is where it stands. */
  arm(): void {
    const { state, startupDelay } = this;
    if (state.state === 'MASTER') state.timer.arm(this.advertInterval);
    else if (state.state !== 'BACKUP') state.timer.cancel();
    else if (state.downTimer === 0) return;
    else if (startupDelay?.isOpen) {
      state.timer.armLike(startupDelay);
      state.timer.extend(state.downTimer);
    } else state.timer.arm(state.downTimer);
  }
}
