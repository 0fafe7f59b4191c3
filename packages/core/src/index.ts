export * from './engine/index.js';
export * from './trace/index.js';
