export * from './arbitrary/index.js';
export * from './campaign/index.js';
export * from './counterexample/index.js';
export * from './property/index.js';
export { prove } from './prove.js';
export * from './prove-options.js';
export * from './sample/index.js';
export * from './sweep/index.js';
export * from './verdict.js';
