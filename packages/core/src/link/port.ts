import type { EthernetFrame } from '../wire/frame.js';
import type { LinkDirection } from './link-direction.js';

/**
 * A socket for a cable: a host's interface or a switch's port. The node behind it receives frames and learns about
 * carrier; to send, it hands a frame to the direction of the link that leads away.
 */
export interface Port {
  /** `node:port`, e.g. `n1:eth0`. */
  readonly path: string;
  /** The direction that leads away from here, or null while no cable is attached. Set once, when the lab is built. */
  outgoing: LinkDirection | null;
  /** True where frames are passed on as they came, as by a switch: in bytes mode nobody reads the bytes back here. */
  readonly passesBytes?: boolean;
  /** False while the node behind it has no power; asked once, when the cable is attached. */
  readonly isPowered?: boolean;
  /** A frame has arrived whole. */
  receive(frame: EthernetFrame): void;
  /** The physical carrier at this end has come or gone. */
  carrierChanged(up: boolean): void;
}
