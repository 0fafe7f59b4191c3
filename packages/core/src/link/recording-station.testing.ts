import type { Engine, Nanoseconds } from '../engine/index.js';
import { BROADCAST_MAC, type EthernetFrame, type MacAddress, macAddress, rawFrame } from '../wire/index.js';
import type { LinkDirection } from './link-direction.js';
import type { Port } from './port.js';

/** An EtherType that IEEE 802 leaves to experiments. */
const EXPERIMENTAL = 0x88b5;
const HEADER_LENGTH = 14;

/**
 * A station that only sends what it is told and writes down what arrives: for tests and benches. It is no part of a
 * lab's state, so a restore does not touch its notes.
 */
export class RecordingStation implements Port {
  outgoing: LinkDirection | null = null;
  readonly mac: MacAddress;
  /** What arrived, and when. */
  readonly arrivals: { readonly time: Nanoseconds; readonly frame: EthernetFrame }[] = [];
  /** When carrier came and went. */
  readonly carriers: { readonly time: Nanoseconds; readonly up: boolean }[] = [];

  constructor(
    private readonly engine: Engine,
    readonly path: string,
    mac: number,
  ) {
    this.mac = macAddress(mac);
  }

  receive(frame: EthernetFrame): void {
    this.arrivals.push({ time: this.engine.now, frame });
  }

  carrierChanged(up: boolean): void {
    this.carriers.push({ time: this.engine.now, up });
  }

  /** A frame of this station, `length` bytes long without frame check sequence, numbered in its payload. */
  frame(destination: MacAddress = BROADCAST_MAC, length = 60, number = 0): EthernetFrame {
    const bytes = new Uint8Array(length - HEADER_LENGTH);
    new DataView(bytes.buffer).setUint32(0, number);
    return rawFrame(destination, this.mac, EXPERIMENTAL, bytes);
  }

  send(frame: EthernetFrame): void {
    this.outgoing?.send(frame);
  }

  /** The numbers of the frames that arrived. */
  get numbers(): number[] {
    return this.arrivals.map(({ frame }) => numberOf(frame));
  }

  /** The instants of arrivals, ns. */
  get times(): Nanoseconds[] {
    return this.arrivals.map(({ time }) => time);
  }
}

/** The number that {@link RecordingStation.frame} put into a frame, or -1. */
export function numberOf(frame: EthernetFrame): number {
  const { payload } = frame;
  if (payload.kind !== 'raw' || payload.bytes.length < 4) return -1;
  return new DataView(payload.bytes.buffer, payload.bytes.byteOffset).getUint32(0);
}
