import { WireError } from './wire-error.js';

// Magic numbers: draft-ietf-opsawg-pcap §4.
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const LATEST_SECOND = Math.floor(Number.MAX_SAFE_INTEGER / NANOSECONDS_PER_SECOND) - 5;

/** A frame of a classic pcap file. */
export interface PcapFrame {
  /** Whole seconds of the stamp; together with `nanoseconds` exact, whatever the epoch. */
  readonly seconds: number;
  /** The rest of the stamp; in a file of microseconds a multiple of 1000. */
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
  /** Bytes that the frame had before it was cut to the snap length. */
  readonly originalLength: number;
}

/** What {@link readPcap} finds in a file. */
export interface PcapFile {
  /** 1 is Ethernet. */
  readonly linkType: number;
  readonly snapLength: number;
  readonly resolution: 'microseconds' | 'nanoseconds';
  readonly frames: readonly PcapFrame[];
}

/**
 * Reads a classic pcap file: micro- or nanoseconds, either byte order.
 *
 * @throws WireError `truncated`, or `unsupported` if it is something else
 */
export function readPcap(bytes: Uint8Array): PcapFile {
  if (bytes.length < FILE_HEADER_LENGTH) throw new WireError('truncated', 'a pcap header has 24 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = isMagic(view.getUint32(0, true));
  const magic = view.getUint32(0, little);
  if (!isMagic(magic)) throw new WireError('unsupported', 'not a pcap file');
  const unit = magic === MAGIC_NANOSECONDS ? 1 : 1000;
  const frames: PcapFrame[] = [];
  let at = FILE_HEADER_LENGTH;
  while (at < bytes.length) {
    if (at + RECORD_HEADER_LENGTH > bytes.length)
      throw new WireError('truncated', 'a pcap record is cut off');
    const captured = view.getUint32(at + 8, little);
    const start = at + RECORD_HEADER_LENGTH;
    if (captured > bytes.length - start) throw new WireError('truncated', 'a pcap record is cut off');
    frames.push({
      seconds: view.getUint32(at, little),
      nanoseconds: view.getUint32(at + 4, little) * unit,
      bytes: bytes.slice(start, start + captured),
      originalLength: view.getUint32(at + 12, little),
    });
    at = start + captured;
  }
  return {
    linkType: view.getUint32(20, little) & 0x0fff_ffff, // the upper bits tell of the frame check sequence
    snapLength: view.getUint32(16, little),
    resolution: unit === 1 ? 'nanoseconds' : 'microseconds',
    frames,
  };
}

function isMagic(value: number): boolean {
  return value === MAGIC_MICROSECONDS || value === MAGIC_NANOSECONDS;
}

/**
 * The stamp of a frame as nanoseconds since the file's epoch.
 *
 * @throws WireError `range` if a JavaScript number cannot hold it exactly (an epoch of 1970 is too long ago: subtract
 *   seconds first)
 */
export function pcapTime(frame: PcapFrame): number {
  if (frame.seconds > LATEST_SECOND) {
    throw new WireError('range', `${frame.seconds} s are too many nanoseconds for a number`);
  }
  return frame.seconds * NANOSECONDS_PER_SECOND + frame.nanoseconds;
}
