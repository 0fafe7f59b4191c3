/**
 * Spanning tree: 802.1D as the Linux kernel speaks it, and rapid spanning tree.
 */
import type { Engine } from '../../engine/index.js';
import { RstpBridge } from './rstp-bridge.js';
import {
  checkTreeOptions,
  type SpanningTree,
  type SpanningTreeOptions,
  type TreeBridge,
} from './spanning-tree.js';
import { StpBridge } from './stp-bridge.js';

export {
  DEFAULT_BRIDGE_PRIORITY,
  type PortTreeOptions,
  type SpanningTree,
  type SpanningTreeOptions,
  type SpanningTreeProtocol,
  type TreePort,
  type TreeRole,
  type TreeState,
} from './spanning-tree.js';

/**
 * A bridge's part in a tree. It begins with `start`.
 *
 * @throws RangeError for options that the standard does not allow
 */
export function spanningTree(engine: Engine, options: SpanningTreeOptions, bridge: TreeBridge): SpanningTree {
  checkTreeOptions(bridge.name, options, bridge.ports);
  return options.protocol === 'stp'
    ? new StpBridge(engine, bridge, options)
    : new RstpBridge(engine, bridge, options);
}
