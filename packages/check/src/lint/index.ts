/**
 * @packageDocumentation
 * What can be said of a lab's configuration files without running it.
 */
export { LINT_CODES, type LintCode } from './codes.js';
export { EXPLANATIONS, type Explanation, type PricedCure, WORDS } from './explanation/index.js';
export { inFileOrder, lintLab, sourcesOf } from './lint-lab.js';
