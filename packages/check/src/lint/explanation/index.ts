import { ACCEPTANCE } from './acceptance.js';
import { AGREEMENT } from './agreement.js';
import { CARP_AGREEMENT } from './carp/agreement.js';
import { CARP_BALANCING } from './carp/balancing.js';
import { CARP_SKEWS } from './carp/skews.js';
import { CARP_TIMING } from './carp/timing.js';
import type { Explanation } from './explanation.js';
import { PRIORITIES } from './priorities.js';
import { TIMING } from './timing.js';

export type { Explanation, PricedCure } from './explanation.js';
export { WORDS } from './words.js';

/** One for each code, in the order of `LINT_CODES`. */
export const EXPLANATIONS: readonly Explanation[] = [
  ...PRIORITIES,
  ...AGREEMENT,
  ...TIMING,
  ...CARP_SKEWS,
  ...CARP_AGREEMENT,
  ...CARP_TIMING,
  ...CARP_BALANCING,
  ...ACCEPTANCE,
];
