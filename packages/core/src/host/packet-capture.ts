import { bool, type Nanoseconds, type RecordOf, record, TaggedQueue, timer } from '../engine/index.js';
import type { IpPacket } from '../wire/index.js';
import type { Interface } from './interface.js';
import type { Mailbox, Process } from './process.js';

const CaptureRecord = record('capture', {
  isOpen: bool,
  /** The kernel closes a block of its ring that is not full (`prb_retire_rx_blk_timer_expired`). */
  retire: timer,
});

/** Packets that one side of the ring holds; what comes when it is full is lost (libpcap's 2 MiB hold far more). */
const RING_PACKETS = 1024;

/** Where a packet is: in the block that the kernel still fills, or in one that the program may read. */
const FILLING = 0;
const READABLE = 1;

/** What a capture wants. */
export interface PacketCaptureOptions {
  readonly interface: Interface;
  /** Only packets that it approves of: the filter that libpcap gives the kernel. It must not look at anything that changes. */
  readonly wants: (packet: IpPacket) => boolean;
  /**
   * How long the kernel may keep packets back before the program may read them: with TPACKET_V3 (libpcap since 1.5.0)
   * a block becomes readable when it is full or when this time is over, which is counted from block to block and not
   * from packet to packet. 0: each packet at once.
   */
  readonly timeout: Nanoseconds;
}

/**
 * A packet socket with a ring, as libpcap opens it (packet(7)): every packet that comes in on an interface, before
 * firewall and IP see it, and not promiscuously. The ring is the kernel's: it fills while the program is stopped.
 */
export class PacketCapture implements Mailbox {
  private readonly state: RecordOf<typeof CaptureRecord.fields>;
  private readonly ring: TaggedQueue<IpPacket>;

  /** To be made while the lab is built. `onReadable` is called when there is something to {@link PacketCapture.take}. */
  constructor(
    private readonly process: Process,
    private readonly options: PacketCaptureOptions,
    private readonly onReadable: () => void,
  ) {
    const { host, name } = process;
    const path = `${host.name}/${name}/capture`;
    this.state = host.engine.record(path, CaptureRecord, host.domain, { retire: () => this.retire() });
    this.ring = new TaggedQueue(host.engine, `${path}/ring`, RING_PACKETS);
    process.addMailbox(this);
    options.interface.captures.push(this);
  }

  /**
   * Opens it.
   *
   * @param age - how long ago its first block was begun; less than the timeout
   */
  open(age: Nanoseconds): void {
    this.state.isOpen = true;
    const { timeout } = this.options;
    if (timeout > 0) this.state.retire.arm(timeout - age);
  }

  close(): void {
    this.state.reset();
    this.ring.clear();
  }

  /** A packet has come in on the interface. */
  receive(packet: IpPacket): void {
    if (!this.state.isOpen || !this.options.wants(packet)) return;
    const side = this.options.timeout > 0 ? FILLING : READABLE;
    if (this.ring.count(side) === RING_PACKETS) return;
    this.ring.push(side, packet);
    if (side === READABLE) this.tell();
  }

  private retire(): void {
    this.state.retire.arm(this.options.timeout);
    const block = this.ring.drain(FILLING);
    if (block.length === 0) return;
    for (const packet of block)
      if (this.ring.count(READABLE) < RING_PACKETS) this.ring.push(READABLE, packet);
    this.tell();
  }

  private tell(): void {
    if (!this.process.isFrozen && this.process.isRunning) this.onReadable();
  }

  /** Whether there is something to read. */
  get isReadable(): boolean {
    return this.ring.count(READABLE) > 0;
  }

  /** Reads the oldest packet. */
  take(): IpPacket | undefined {
    return this.ring.shift(READABLE);
  }

  replay(): void {}

  resume(): void {
    if (this.isReadable) this.tell();
  }
}
