import { bool, type RecordOf, record, wordIndexOf } from '../engine/index.js';
import { type Ipv4Address, type Ipv4Packet, isMulticast } from '../wire/index.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';
import type { Mailbox, Process } from './process.js';

const RawSocketRecord = record('raw-socket', { isOpen: bool });

/** What a raw socket wants. */
export interface RawSocketOptions {
  /** The IP protocol number. */
  readonly protocol: number;
  /** Only packets that come in here (SO_BINDTODEVICE), or null. */
  readonly interface?: Interface | null;
  /** Only packets to this address of ours (bind), or null. */
  readonly boundTo?: Ipv4Address | null;
  /** Groups to join; of multicast only what goes to one of these is delivered (IP_MULTICAST_ALL off). */
  readonly groups?: readonly Ipv4Address[];
}

/** A packet that waits for a frozen process. */
interface HeldPacket {
  readonly packet: Ipv4Packet;
  readonly interfaceIndex: number;
}

/** A raw IPv4 socket (raw(7)): every packet of a protocol that is for this host, header included. */
export class RawSocket implements Mailbox {
  private readonly state: RecordOf<typeof RawSocketRecord.fields>;
  private readonly isOpenWord: number;
  private readonly tag: number;
  readonly protocol: number;
  readonly interface: Interface | null;
  readonly boundTo: Ipv4Address | null;
  readonly groups: readonly Ipv4Address[];

  /** Made by {@link Host.rawSocket}. */
  constructor(
    private readonly host: Host,
    path: string,
    private readonly process: Process | null,
    options: RawSocketOptions,
    private readonly onPacket: (packet: Ipv4Packet, face: Interface) => void,
  ) {
    this.protocol = options.protocol;
    this.interface = options.interface ?? null;
    this.boundTo = options.boundTo ?? null;
    this.groups = options.groups ?? [];
    this.state = host.engine.record(path, RawSocketRecord, host.domain);
    this.isOpenWord = wordIndexOf(this.state, RawSocketRecord, 'isOpen');
    this.tag = process?.addMailbox(this) ?? 0;
  }

  get isOpen(): boolean {
    return this.host.engine.store.words[this.isOpenWord] !== 0;
  }

  /** Opens it and joins its groups. */
  open(): void {
    if (this.isOpen) return;
    this.state.isOpen = true;
    for (const group of this.groups) this.groupInterface(group)?.igmp.join(group);
  }

  /** Closes it and leaves its groups. */
  close(): void {
    if (!this.isOpen) return;
    this.state.isOpen = false;
    if (!this.host.isOn) return;
    for (const group of this.groups) this.groupInterface(group)?.igmp.leave(group);
  }

  private groupInterface(group: Ipv4Address): Interface | null {
    return this.interface ?? this.host.defaultInterface(group);
  }

  /** Whether a packet is for this socket (Linux `raw_v4_match`). */
  wants(packet: Ipv4Packet, face: Interface): boolean {
    if (!this.isOpen || packet.protocol !== this.protocol) return false;
    if (this.interface !== null && this.interface !== face) return false;
    if (isMulticast(packet.destination)) return this.groups.includes(packet.destination);
    return this.boundTo === null || this.boundTo === packet.destination;
  }

  /** Takes a packet that {@link RawSocket.wants} approves of. */
  receive(packet: Ipv4Packet, face: Interface): void {
    if (this.process?.isFrozen === true) {
      const item: HeldPacket = { packet, interfaceIndex: face.index };
      this.process.hold(this.tag, item);
    } else this.onPacket(packet, face);
  }

  replay(item: object): void {
    const { packet, interfaceIndex } = item as HeldPacket;
    const face = this.host.interfaceAt(interfaceIndex);
    if (face !== undefined && this.isOpen) this.onPacket(packet, face);
  }
}
