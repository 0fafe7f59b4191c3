import { decodeUtf8 } from './utf8.js';
import { WireError } from './wire-error.js';

const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION_BLOCK = 1;
const INTERFACE_STATISTICS_BLOCK = 5;
const ENHANCED_PACKET_BLOCK = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const SWAPPED_BYTE_ORDER_MAGIC = 0x4d3c2b1a;
const SMALLEST_BLOCK = 12;
const DEFAULT_RESOLUTION = 6; // microseconds

/** An option of a block, as it is in the file. */
export interface PcapngOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** A port that a pcapng file describes. */
export interface PcapngInterface {
  /** Empty if the file does not say. */
  readonly name: string;
  readonly linkType: number;
  readonly snapLength: number;
  /** Decimal places of a second in a time stamp; 9 is nanoseconds. */
  readonly resolution: number;
  readonly options: readonly PcapngOption[];
}

/** A frame of a pcapng file. */
export interface PcapngFrame {
  readonly interface: number;
  /** In the units of the interface's resolution, since 1970. */
  readonly stamp: bigint;
  readonly bytes: Uint8Array;
  /** Bytes that the frame had before it was cut. */
  readonly originalLength: number;
  readonly comment: string | undefined;
  /** The `epb_flags` option; 0 if there is none. */
  readonly flags: number;
}

/** What {@link readPcapng} finds in a file. */
export interface PcapngFile {
  readonly interfaces: readonly PcapngInterface[];
  readonly frames: readonly PcapngFrame[];
  readonly statistics: readonly { readonly interface: number; readonly options: readonly PcapngOption[] }[];
}

/** A cursor over the body of one block, which may be of either byte order. */
class BlockReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly little: boolean;
  private position: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number, little: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.end = end;
    this.little = little;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  private step(count: number): number {
    const at = this.position;
    if (count > this.end - at) throw new WireError('truncated', 'a pcapng block is shorter than its fields');
    this.position = at + count;
    return at;
  }

  u16(): number {
    return this.view.getUint16(this.step(2), this.little);
  }

  u32(): number {
    return this.view.getUint32(this.step(4), this.little);
  }

  padded(length: number): Uint8Array {
    const at = this.step(length);
    this.step(Math.min(-length & 3, this.remaining));
    return this.bytes.slice(at, at + length);
  }

  options(): PcapngOption[] {
    const options: PcapngOption[] = [];
    while (this.remaining >= 4) {
      const code = this.u16();
      const length = this.u16();
      if (code === 0) break;
      options.push({ code, value: this.padded(length) });
    }
    return options;
  }
}

function optionText(options: readonly PcapngOption[], code: number): string | undefined {
  const option = options.find((candidate) => candidate.code === code);
  return option && decodeUtf8(option.value);
}

function readInterface(reader: BlockReader): PcapngInterface {
  const linkType = reader.u16();
  reader.u16();
  const snapLength = reader.u32();
  const options = reader.options();
  const resolution = options.find((option) => option.code === 9)?.value[0] ?? DEFAULT_RESOLUTION;
  if ((resolution & 0x80) !== 0) throw new WireError('unsupported', 'pcapng time stamps in powers of two');
  return { name: optionText(options, 2) ?? '', linkType, snapLength, resolution, options };
}

function readFrame(reader: BlockReader, little: boolean): PcapngFrame {
  const port = reader.u32();
  const high = reader.u32();
  const low = reader.u32();
  const length = reader.u32();
  const originalLength = reader.u32();
  const bytes = reader.padded(length);
  const options = reader.options();
  const flags = options.find((option) => option.code === 2 && option.value.length === 4)?.value;
  return {
    interface: port,
    stamp: (BigInt(high) << 32n) | BigInt(low),
    bytes,
    originalLength,
    comment: optionText(options, 1),
    flags: flags === undefined ? 0 : new DataView(flags.buffer).getUint32(0, little),
  };
}

/**
 * Reads a pcapng file of one section, in either byte order. Blocks of unknown type are passed over.
 *
 * @throws WireError `truncated`, `malformed` or `unsupported`
 */
export function readPcapng(bytes: Uint8Array): PcapngFile {
  const interfaces: PcapngInterface[] = [];
  const frames: PcapngFrame[] = [];
  const statistics: { interface: number; options: readonly PcapngOption[] }[] = [];
  if (bytes.length < SMALLEST_BLOCK) throw new WireError('truncated', 'a pcapng file begins with a block');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== SECTION_HEADER_BLOCK)
    throw new WireError('unsupported', 'not a pcapng file');
  const magic = view.getUint32(8, true);
  if (magic !== BYTE_ORDER_MAGIC && magic !== SWAPPED_BYTE_ORDER_MAGIC) {
    throw new WireError('malformed', 'pcapng byte-order magic is neither order');
  }
  const little = magic === BYTE_ORDER_MAGIC;
  let at = 0;
  while (at < bytes.length) {
    if (at + SMALLEST_BLOCK > bytes.length) throw new WireError('truncated', 'a pcapng block is cut off');
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < SMALLEST_BLOCK || length % 4 !== 0)
      throw new WireError('malformed', `pcapng block of ${length} bytes`);
    if (at + length > bytes.length) throw new WireError('truncated', 'a pcapng block is cut off');
    if (view.getUint32(at + length - 4, little) !== length) {
      throw new WireError('malformed', 'the two lengths of a pcapng block differ');
    }
    if (type === SECTION_HEADER_BLOCK && at !== 0)
      throw new WireError('unsupported', 'a second pcapng section');
    const reader = new BlockReader(bytes, at + 8, at + length - 4, little);
    if (type === INTERFACE_DESCRIPTION_BLOCK) interfaces.push(readInterface(reader));
    else if (type === ENHANCED_PACKET_BLOCK) frames.push(readFrame(reader, little));
    else if (type === INTERFACE_STATISTICS_BLOCK) {
      const port = reader.u32();
      reader.u32();
      reader.u32();
      statistics.push({ interface: port, options: reader.options() });
    }
    at += length;
  }
  return { interfaces, frames, statistics };
}
