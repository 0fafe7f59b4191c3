import { bool, type Engine, type RecordOf, record, timer } from '../engine/index.js';
import type { DelayRange } from './link-options.js';

const CarrierState = record('carrier', { isUp: bool, detection: timer });

/**
 * What one end of a cable believes of its carrier. It follows the light after a delay; light that comes back, or goes
 * again, within that delay is not noticed.
 */
export class Carrier {
  private readonly state: RecordOf<typeof CarrierState.fields>;

  constructor(
    engine: Engine,
    path: string,
    isUp: boolean,
    private readonly detectDown: DelayRange,
    private readonly detectUp: DelayRange,
    private readonly changed: (isUp: boolean) => void,
  ) {
    this.state = engine.record(
      `${path}/carrier`,
      CarrierState,
      engine.world,
      { detection: () => this.settle() },
      { isUp },
    );
  }

  get isUp(): boolean {
    return this.state.isUp;
  }

  /**
   * Follows the light.
   *
   * @param isLit what there is physically
   * @param atOnce true where the end needs no time to know, since it is itself without power
   */
  follow(isLit: boolean, atOnce: boolean): void {
    const { detection, isUp } = this.state;
    if (isLit === isUp) {
      detection.cancel();
      return;
    }
    const { lo, hi } = isLit ? this.detectUp : this.detectDown;
    if (hi === 0 || atOnce) this.settle();
    else if (!detection.isArmed) detection.arm(lo, hi);
  }

  private settle(): void {
    this.state.detection.cancel();
    this.state.isUp = !this.state.isUp;
    this.changed(this.state.isUp);
  }
}
