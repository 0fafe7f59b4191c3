export {
  atMost,
  type Bound,
  Bounds,
  exactUnion,
  isSame,
  isStrict,
  isWithin,
  lessThan,
  Relation,
  relationOf,
  spanOf,
  sum,
  UNBOUNDED,
  ZERO,
} from './bounds.js';
export { type Clocks, type PendingEvent, StateCodec } from './state-codec.js';
export { VectorStore } from './vector-store.js';
export { type Hop, Infeasible, RowKind, Unexplorable, ZoneEngine, type ZoneOptions } from './zone-engine.js';
