import type { DurationInput } from '@viplab/core';
import type { Campaign } from './campaign/campaign.js';
import type { Property } from './property/property.js';
import type { Progress } from './verdict.js';

/** How a lab is checked. */
export interface ProveOptions {
  /** What may happen; default: `oneFaultAndRepair()` with clean faults. */
  readonly causes?: Campaign;
  /** What must hold; default: `checkedProperties(lab.plan)`, the flap-free family. `sometimes` properties are coverage. */
  readonly properties?: readonly Property[];
  /** How long it may take; it ends inside with what it has. Default 60s. */
  readonly budget?: DurationInput;
  /** The most states (or classes) that are kept; memory is bounded by it. */
  readonly mostStates?: number;
  /** When exploration is not possible or not finished: how many random runs. Default 2000. */
  readonly runs?: number;
  readonly seed?: number;
  /** Ends it early; what was found is reported. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
