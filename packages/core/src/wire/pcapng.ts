import type { MacAddress } from './address.js';
import { byteAt, putMac, requireInteger } from './bytes.js';
import { encodeUtf8 } from './utf8.js';

// Block types and option codes: draft-ietf-opsawg-pcapng §4.
const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION_BLOCK = 1;
const INTERFACE_STATISTICS_BLOCK = 5;
const ENHANCED_PACKET_BLOCK = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const LINKTYPE_ETHERNET = 1;
const OPTION_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_MAC_ADDRESS = 6;
const IF_SPEED = 8;
const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const EPB_FLAGS = 2;
const EPB_DROPCOUNT = 4;
const ISB_IFRECV = 4;
const ISB_IFDROP = 5;
const NANOSECOND_RESOLUTION = 9; // 10^-9
const FLAG_INBOUND = 1;
const FLAG_OUTBOUND = 2;
const FLAG_UNICAST = 1 << 2;
const FLAG_MULTICAST = 2 << 2;
const FLAG_BROADCAST = 3 << 2;

/** Bytes of a frame that a capture keeps at most. */
export const SNAP_LENGTH = 262_144;

/** 2024-01-01T00:00:00Z in nanoseconds since 1970: the instant that time 0 of a run is given in a capture. */
export const DEFAULT_CAPTURE_EPOCH = 1_704_067_200_000_000_000n;

/** A port that frames are captured at. */
export interface CaptureInterface {
  /** `n1:eth0`. */
  readonly name: string;
  readonly description?: string;
  readonly mac?: MacAddress;
  /** Bits per second, an integer. */
  readonly speed?: number;
}

/** One captured frame. */
export interface CapturedFrame {
  /** Index of the port in the order in which the ports were given. */
  readonly interface: number;
  /** Nanoseconds since the beginning of the run, an integer. */
  readonly time: number;
  /** The frame without frame check sequence. */
  readonly bytes: Uint8Array;
  /** What the simulator knows of the frame: "dropped: STP listening". */
  readonly comment?: string;
  /** Into the node that has the port, or out of it. */
  readonly direction?: 'in' | 'out';
  /** Frames that this port has dropped since the last one. */
  readonly dropped?: number;
}

/** What a port has counted when the capture ends. */
export interface CaptureStatistics {
  readonly interface: number;
  /** Nanoseconds since the beginning of the run, an integer. */
  readonly time: number;
  readonly received: number;
  readonly dropped: number;
}

/** What the whole file says of itself. */
export interface CaptureOptions {
  /** Nanoseconds since 1970 at time 0; {@link DEFAULT_CAPTURE_EPOCH} if left out. */
  readonly epoch?: bigint;
  readonly comment?: string;
  /** `viplab` if left out. */
  readonly application?: string;
}

class BlockWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private position = 0;

  /** Makes room; afterwards `bytes` and `view` may be others than before. */
  private reserve(count: number): number {
    const at = this.position;
    const end = at + count;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.position = end;
    return at;
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigUint64(at, value, true);
  }

  /** A time stamp is two 32-bit halves, the high one first, in either byte order. */
  stamp(nanoseconds: bigint): void {
    this.u32(Number(BigInt.asUintN(32, nanoseconds >> 32n)));
    this.u32(Number(BigInt.asUintN(32, nanoseconds)));
  }

  padded(value: Uint8Array): void {
    const at = this.reserve((value.length + 3) & ~3);
    this.bytes.set(value, at);
    this.bytes.fill(0, at + value.length, this.position);
  }

  option(code: number, value: Uint8Array): void {
    this.u16(code);
    this.u16(value.length);
    this.padded(value);
  }

  textOption(code: number, text: string | undefined): void {
    if (text === undefined) return;
    this.option(code, truncateUtf8(encodeUtf8(text)));
  }

  u64Option(code: number, value: number | undefined, field: string): void {
    if (value === undefined) return;
    requireInteger(value, 0, Number.MAX_SAFE_INTEGER, field);
    this.u16(code);
    this.u16(8);
    this.u64(BigInt(value));
  }

  begin(type: number): void {
    this.position = 0;
    this.u32(type);
    this.u32(0);
  }

  /** Ends the options and the block; returns it in an array of its own. */
  end(): Uint8Array {
    this.u32(0);
    const length = this.position + 4;
    this.view.setUint32(4, length, true);
    this.u32(length);
    return this.bytes.slice(0, this.position);
  }
}

const MAX_OPTION_LENGTH = 0xffff;

/** An option's length has 16 bits; text is cut between characters. */
function truncateUtf8(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= MAX_OPTION_LENGTH) return bytes;
  let end = MAX_OPTION_LENGTH;
  while (end > 0 && (byteAt(bytes, end) & 0xc0) === 0x80) end--;
  return bytes.slice(0, end);
}

function flagsOf(frame: CapturedFrame): number {
  const direction = frame.direction === 'in' ? FLAG_INBOUND : FLAG_OUTBOUND;
  if (frame.bytes.length < 6) return direction;
  if (frame.bytes.subarray(0, 6).every((byte) => byte === 0xff)) return direction | FLAG_BROADCAST;
  return direction | ((byteAt(frame.bytes, 0) & 1) === 1 ? FLAG_MULTICAST : FLAG_UNICAST);
}

/**
 * Makes a pcapng file piece by piece, little-endian, with nanosecond stamps: each call returns the bytes to append.
 * First {@link PcapngBuilder.section}, then every port in the order of its index, then frames in the order of time.
 *
 * @example
 * ```ts
 * const builder = new PcapngBuilder();
 * const pieces = [builder.section(), builder.interface({ name: 'n1:eth0' })];
 * pieces.push(builder.frame({ interface: 0, time: 1_000_000, bytes: emitFrame(frame), direction: 'out' }));
 * ```
 */
export class PcapngBuilder {
  private readonly writer = new BlockWriter();
  private readonly epoch: bigint;
  private readonly options: CaptureOptions;
  private interfaceCount = 0;

  constructor(options: CaptureOptions = {}) {
    this.options = options;
    this.epoch = options.epoch ?? DEFAULT_CAPTURE_EPOCH;
  }

  /** The section header block, with which the file begins. */
  section(): Uint8Array {
    const writer = this.writer;
    writer.begin(SECTION_HEADER_BLOCK);
    writer.u32(BYTE_ORDER_MAGIC);
    writer.u16(1);
    writer.u16(0);
    writer.u64(0xffff_ffff_ffff_ffffn); // section length: not known
    writer.textOption(OPTION_COMMENT, this.options.comment);
    writer.textOption(SHB_USERAPPL, this.options.application ?? 'viplab');
    return writer.end();
  }

  /** The interface description block of the next port. @throws WireError `range` */
  interface(port: CaptureInterface): Uint8Array {
    const writer = this.writer;
    writer.begin(INTERFACE_DESCRIPTION_BLOCK);
    writer.u16(LINKTYPE_ETHERNET);
    writer.u16(0);
    writer.u32(SNAP_LENGTH);
    writer.textOption(IF_NAME, port.name);
    writer.textOption(IF_DESCRIPTION, port.description);
    if (port.mac !== undefined) {
      const mac = new Uint8Array(6);
      putMac(mac, 0, port.mac);
      writer.option(IF_MAC_ADDRESS, mac);
    }
    writer.u64Option(IF_SPEED, port.speed, 'interface speed');
    writer.option(IF_TSRESOL, Uint8Array.of(NANOSECOND_RESOLUTION));
    writer.option(IF_FCSLEN, Uint8Array.of(0));
    const block = writer.end();
    this.interfaceCount++;
    return block;
  }

  /** The enhanced packet block of a frame. @throws WireError `range` for a port that was not described, or a bad time */
  frame(frame: CapturedFrame): Uint8Array {
    const writer = this.writer;
    const captured = frame.bytes.length > SNAP_LENGTH ? frame.bytes.slice(0, SNAP_LENGTH) : frame.bytes;
    this.beginStamped(ENHANCED_PACKET_BLOCK, frame);
    writer.u32(captured.length);
    writer.u32(frame.bytes.length);
    writer.padded(captured);
    writer.textOption(OPTION_COMMENT, frame.comment);
    if (frame.direction !== undefined) {
      writer.u16(EPB_FLAGS);
      writer.u16(4);
      writer.u32(flagsOf(frame));
    }
    writer.u64Option(EPB_DROPCOUNT, frame.dropped, 'dropped frames');
    return writer.end();
  }

  /** The interface statistics block of a port. @throws WireError `range` */
  statistics(statistics: CaptureStatistics): Uint8Array {
    const writer = this.writer;
    this.beginStamped(INTERFACE_STATISTICS_BLOCK, statistics);
    writer.u64Option(ISB_IFRECV, statistics.received, 'received frames');
    writer.u64Option(ISB_IFDROP, statistics.dropped, 'dropped frames');
    return writer.end();
  }

  private beginStamped(type: number, what: { readonly interface: number; readonly time: number }): void {
    requireInteger(what.interface, 0, this.interfaceCount - 1, 'capture interface');
    requireInteger(what.time, 0, Number.MAX_SAFE_INTEGER, 'capture time');
    this.writer.begin(type);
    this.writer.u32(what.interface);
    this.writer.stamp(this.epoch + BigInt(what.time));
  }
}

/** Everything that a pcapng file holds. */
export interface Capture {
  readonly interfaces: readonly CaptureInterface[];
  /** In the order of time. */
  readonly frames: readonly CapturedFrame[];
  readonly statistics?: readonly CaptureStatistics[];
}

/**
 * A whole pcapng file. It opens in Wireshark.
 *
 * @throws WireError `range` for a frame at a port that does not exist, or at a time that is no integer
 */
export function writePcapng(capture: Capture, options: CaptureOptions = {}): Uint8Array {
  const builder = new PcapngBuilder(options);
  const blocks = [
    builder.section(),
    ...capture.interfaces.map((port) => builder.interface(port)),
    ...capture.frames.map((frame) => builder.frame(frame)),
    ...(capture.statistics ?? []).map((statistics) => builder.statistics(statistics)),
  ];
  const file = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    file.set(block, at);
    at += block.length;
  }
  return file;
}
