import type { Nanoseconds } from '../engine/index.js';
import type { FrameFate, FrameListener, Trace } from './trace.js';

/** What is known of one frame at one end of a cable. */
export interface FrameRow {
  readonly time: Nanoseconds;
  /** `node:port` of the end concerned. */
  readonly port: string;
  readonly fate: FrameFate;
  /** Bytes, as the function given to {@link FrameColumns} counts them. */
  readonly length: number;
}

const FATES: readonly FrameFate[] = ['sent', 'lost', 'queue-full', 'cut', 'filtered', 'blocked', 'corrupt'];
const SENT = 0;
const FATE_BITS = 3;

/** Rows of a chunk: 1 MiB in all. Chunks are added, never copied, so recording costs the same from first to last. */
const CHUNK_ROWS = 65_536;

/** The columns of {@link CHUNK_ROWS} frames. */
class Chunk {
  readonly times = new Float64Array(CHUNK_ROWS);
  /** Index of the port, with the fate in the lowest bits. */
  readonly ends = new Int32Array(CHUNK_ROWS);
  readonly lengths = new Int32Array(CHUNK_ROWS);
}

/**
 * Keeps when, where and how long of every frame that goes onto a cable in 16 bytes: cheap enough to be always on, and
 * what timelines and throughput are drawn from. One that does not arrive has a second row that says why; that the
 * others arrive is not said again. The frames themselves are not kept.
 *
 * @example
 * ```ts
 * const columns = new FrameColumns(trace, (frame) => paddedFrameLength(frame as EthernetFrame));
 * trace.frames = columns;
 * engine.runUntil(10 * SECOND);
 * columns.row(0); // { time: 1000, port: 'n1:eth0', fate: 'sent', length: 60 }
 * ```
 */
export class FrameColumns implements FrameListener {
  private readonly full: Chunk[] = [];
  private chunk = new Chunk();
  private used = 0;

  constructor(
    private readonly trace: Trace,
    private readonly lengthOf: (frame: object) => number,
  ) {}

  onFrame(time: Nanoseconds, _port: string, fate: FrameFate, frame: object, portIndex: number): void {
    if (fate === 'delivered') return;
    if (this.used === CHUNK_ROWS) {
      this.full.push(this.chunk);
      this.chunk = new Chunk();
      this.used = 0;
    }
    const { chunk, used } = this;
    chunk.times[used] = time;
    // Nearly all are sent and nothing befalls them; a search costs more than the rest of this method.
    const code = fate === 'sent' ? SENT : FATES.indexOf(fate);
    chunk.ends[used] = (portIndex << FATE_BITS) | code;
    chunk.lengths[used] = this.lengthOf(frame);
    this.used = used + 1;
  }

  /** How many rows there are. */
  get length(): number {
    return this.full.length * CHUNK_ROWS + this.used;
  }

  /**
   * A row, in the order in which things happened.
   *
   * @throws RangeError for an index that is not one of a row
   */
  row(index: number): FrameRow {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new RangeError(`there is no row ${index}: there are ${this.length}`);
    const chunk = this.full[Math.floor(index / CHUNK_ROWS)] ?? this.chunk;
    const at = index % CHUNK_ROWS;
    const end = chunk.ends[at] as number;
    return {
      time: chunk.times[at] as number,
      port: this.trace.portPath(end >> FATE_BITS),
      fate: FATES[end & ((1 << FATE_BITS) - 1)] as FrameFate,
      length: chunk.lengths[at] as number,
    };
  }
}
