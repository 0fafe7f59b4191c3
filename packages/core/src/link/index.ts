/**
 * Cables: what happens to a frame between two ports.
 */
export {
  FRAME_FILTER_NAMES,
  type FrameFilterName,
  isCaught,
  LOST_FRAME_KINDS,
  type LostFrameKind,
} from './frame-filter.js';
export { Link } from './link.js';
export { LinkDirection } from './link-direction.js';
export {
  type CarrierDetection,
  DEFAULT_DELAY,
  type DelayInput,
  type DirectionOptions,
  type LinkOptions,
} from './link-options.js';
export type { Port } from './port.js';
export { occupancy, serialisation } from './serialisation.js';
