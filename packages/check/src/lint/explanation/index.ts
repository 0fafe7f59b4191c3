import { ACCEPTANCE } from './acceptance.js';
import { AGREEMENT } from './agreement.js';
import type { Explanation } from './explanation.js';
import { PRIORITIES } from './priorities.js';
import { TIMING } from './timing.js';

export type { Explanation, PricedCure } from './explanation.js';
export { WORDS } from './words.js';

/** One for each code, in the order of `LINT_CODES`. */
export const EXPLANATIONS: readonly Explanation[] = [...PRIORITIES, ...AGREEMENT, ...TIMING, ...ACCEPTANCE];
