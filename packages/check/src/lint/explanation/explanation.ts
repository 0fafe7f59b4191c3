import type { LabDesign } from '@viplab/core';
import type { LintCode } from '../codes.js';

/** What there is to say about a code of {@link LINT_CODES}. */
export interface Explanation {
  readonly code: LintCode;
  /** One sentence, without its full stop. */
  readonly rule: string;
  /** Where it comes from: the RFC's section, the daemon's function. */
  readonly why: string;
  /** The smallest files that show it, in a lab whose run shows what comes of it. Linted they give this code only. */
  readonly lab: LabDesign;
  /** What to look for in the run. */
  readonly shows: string;
  readonly cures: readonly PricedCure[];
}

/** A way out, and what it costs. */
export interface PricedCure {
  readonly cure: string;
  readonly price: string;
}
