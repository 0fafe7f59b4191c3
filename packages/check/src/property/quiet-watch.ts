import type { Nanoseconds } from '@viplab/core';
import { type RecordOf, record, timer } from '@viplab/core/engine';
import type { SeenVip } from './lookout.js';
import type { Watch } from './property.js';

const Quiet = record('quiet', { settling: timer });

/** Knows whether the last cause is longer ago than a VIP's settling time. */
export class QuietWatch {
  /** By settling time: most labs have one. */
  private readonly quiets = new Map<Nanoseconds, RecordOf<typeof Quiet.fields>>();

  constructor(watch: Watch) {
    for (const { settling } of watch.vips) {
      if (this.quiets.has(settling)) continue;
      const quiet = watch.engine.record(`quiet after ${settling} ns`, Quiet, watch.engine.world, {
        settling: () => {},
      });
      this.quiets.set(settling, quiet);
      quiet.settling.arm(settling + 1);
    }
  }

  /** Something is being done to the network, be it only that a frame is lost. */
  caused(): void {
    for (const [settling, quiet] of this.quiets) quiet.settling.arm(settling + 1);
  }

  /** Whether nothing has been done to the network for longer than the settling time of a VIP. */
  isQuiet(vip: SeenVip): boolean {
    // Before the first boot there is nothing to settle.
    return this.quiets.get(vip.budgets.settling)?.settling.isArmed === false && vip.holdersOn > 0;
  }
}
