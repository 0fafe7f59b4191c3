import {
  type EthernetFrame,
  type EthernetPayload,
  emitFrameInto,
  type MacAddress,
  paddedFrameLength,
  parseFrameFrom,
  type VlanTag,
  WireError,
} from '../wire/index.js';

/**
 * Frames' bytes lie one after the other in slabs, since an array for each would cost more than filling it. A slab is
 * never written to twice, and the collector takes it when no frame in it is left.
 */
const SLAB_BYTES = 65_536;

let slab = new Uint8Array(0);
let used = 0;

/**
 * A frame with its bytes, as cables in bytes mode carry it: made once, where a host sends it, with all checksums.
 * A switch looks at the representation and passes the bytes on; the host that takes the frame out has nothing but
 * what {@link CarriedFrame.read} gives, all checksums verified.
 *
 * The bytes are private: they say no more than the representation they were made from, so a snapshot leaves them out.
 */
export class CarriedFrame implements EthernetFrame {
  readonly kind = 'ethernet';
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly tag: VlanTag | null;
  readonly innerTags: readonly VlanTag[];
  readonly etherType: number;
  readonly payload: EthernetPayload;
  readonly #slab: Uint8Array;
  readonly #offset: number;
  readonly #length: number;

  private constructor(frame: EthernetFrame, length: number) {
    this.destination = frame.destination;
    this.source = frame.source;
    this.tag = frame.tag;
    this.innerTags = frame.innerTags;
    this.etherType = frame.etherType;
    this.payload = frame.payload;
    this.#slab = slab;
    this.#offset = used;
    this.#length = length;
  }

  /** The frame with its bytes: the same one if it has them already, so that a switch's cable makes no new ones. */
  static of(frame: EthernetFrame): CarriedFrame {
    if (frame instanceof CarriedFrame) return frame;
    const length = paddedFrameLength(frame);
    if (used + length > slab.length) {
      slab = new Uint8Array(Math.max(SLAB_BYTES, length));
      used = 0;
    }
    emitFrameInto(frame, slab, used);
    const carried = new CarriedFrame(frame, length);
    used += length;
    return carried;
  }

  /** What a host makes of the bytes; undefined where it drops them, since a checksum fails or they are no frame. */
  read(): EthernetFrame | undefined {
    try {
      return parseFrameFrom(this.#slab, this.#offset, this.#length);
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }
}
