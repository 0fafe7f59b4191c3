import { bool, type RecordOf, record, timer, u8 } from '@viplab/core/engine';
import type { SeenVip } from './lookout.js';
import type { Watch } from './property.js';
import type { QuietWatch } from './quiet-watch.js';

const FlutterState = record('flutter', {
  /** Somebody owns it, as of the last event. */
  isOwned: bool,
  /** It was taken without a cause. */
  isUncaused: bool,
  /** Runs while it has been owned for no longer than the dual budget; in the end for the nanosecond before it is told. */
  brief: timer,
  /** How often it was taken without a cause and lost again before that, in a row. */
  times: u8,
});

/** Once may be chance, from the second time on it is a rhythm. */
const FEWEST = 2;

/**
 * Sees that a VIP is taken and lost again before anybody has settled in it, time after time and without a cause: what two
 * equal masters of CARP do that yield to each other. There is no handover in it, since nobody has settled.
 */
export class FlutterWatch {
  private readonly state: RecordOf<typeof FlutterState.fields>;

  constructor(
    watch: Watch,
    readonly vip: SeenVip,
    private readonly quiet: QuietWatch,
    private readonly complain: () => void,
  ) {
    this.state = watch.engine.record(`flutter of ${vip.address}`, FlutterState, watch.engine.world, {
      brief: () => this.briefTimeEnds(),
    });
  }

  private briefTimeEnds(): void {
    const { state } = this;
    const isFlutter = state.times >= FEWEST;
    // Otherwise it was owned for longer: whatever came before is over.
    state.times = 0;
    state.isUncaused = false;
    if (isFlutter) this.complain();
  }

  /** After each event. */
  observe(): void {
    const { state, vip } = this;
    const isOwned = vip.owners !== 0;
    if (isOwned === state.isOwned) return;
    state.isOwned = isOwned;
    if (state.times >= FEWEST) return;
    if (isOwned) {
      state.isUncaused = this.quiet.isQuiet(vip);
      if (state.isUncaused || state.times > 0) state.brief.arm(vip.budgets.dual + 1);
      return;
    }
    if (!state.brief.isArmed) return;
    state.brief.cancel();
    if (!state.isUncaused) return;
    state.isUncaused = false;
    state.times++;
    if (state.times >= FEWEST) state.brief.arm(1);
  }
}
