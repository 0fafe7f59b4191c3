import type { Nanoseconds } from '../engine/index.js';
import type { FrameFate, FrameListener } from '../trace/index.js';
import { type CapturedFrame, type EthernetFrame, emitFrame, writePcapng } from '../wire/index.js';

const COMMENTS: Readonly<Record<FrameFate, string | null>> = {
  sent: null,
  delivered: null,
  lost: 'lost on the cable',
  'queue-full': 'dropped: egress queue full',
  cut: 'lost: the cable is cut',
  filtered: 'dropped by a filter',
  blocked: 'dropped: port blocked',
  corrupt: 'dropped: frame check sequence wrong',
};

interface Seen {
  readonly port: number;
  readonly time: Nanoseconds;
  readonly direction: 'in' | 'out';
  readonly comment: string | null;
  readonly frame: EthernetFrame;
}

/**
 * A capture tap on the ports of one node. At a switch it sees each frame once, as it enters; at a host what goes in
 * and what goes out. Frames that never arrive are in it with a comment that says why.
 */
export class CaptureTap implements FrameListener {
  private readonly ports = new Map<string, number>();
  private readonly seen: Seen[] = [];

  constructor(
    private readonly node: string,
    portNames: readonly string[],
    private readonly seesDepartures: boolean,
  ) {
    portNames.forEach((name, index) => {
      this.ports.set(`${node}:${name}`, index);
    });
  }

  onFrame(time: Nanoseconds, port: string, fate: FrameFate, frame: object): void {
    const index = this.ports.get(port);
    if (index === undefined) return;
    const isArrival = fate === 'delivered';
    if (!isArrival && !this.seesDepartures && fate !== 'filtered') return;
    this.seen.push({
      port: index,
      time,
      direction: isArrival ? 'in' : 'out',
      comment: COMMENTS[fate],
      frame: frame as EthernetFrame,
    });
  }

  /** The capture as a pcapng file: nanosecond stamps, an interface per port, comments. */
  pcapng(comment: string): Uint8Array {
    const frames = this.seen.map(
      (seen): CapturedFrame => ({
        interface: seen.port,
        time: seen.time,
        bytes: emitFrame(seen.frame),
        direction: seen.direction,
        ...(seen.comment === null ? {} : { comment: seen.comment }),
      }),
    );
    const interfaces = [...this.ports.keys()].map((name) => ({ name }));
    return writePcapng({ interfaces, frames }, { comment: `${this.node}: ${comment}` });
  }
}
