import { bool, type RecordOf, record, wordIndexOf } from '../../engine/index.js';
import { type Ipv6Address, type Ipv6Packet, isMulticastIpv6 } from '../../wire/index.js';
import type { Interface } from '../interface.js';
import type { Mailbox, Process } from '../process.js';
import type { Ipv6 } from './ipv6-host.js';

const Ipv6RawSocketRecord = record('raw-socket-ipv6', { isOpen: bool });

/** What a raw IPv6 socket wants. */
export interface Ipv6RawSocketOptions {
  /** The next header value. */
  readonly protocol: number;
  /** Only packets that come in here (SO_BINDTODEVICE), or null. */
  readonly interface?: Interface | null;
  /** Only packets to this address of ours (bind), or null. */
  readonly boundTo?: Ipv6Address | null;
  /** Groups to join; of multicast only what goes to one of these is delivered. */
  readonly groups?: readonly Ipv6Address[];
}

/** A packet that waits for a frozen process. */
interface HeldPacket {
  readonly packet: Ipv6Packet;
  readonly interfaceIndex: number;
}

/** A raw IPv6 socket (ipv6(7)): every packet of a protocol that is for this host. */
export class Ipv6RawSocket implements Mailbox {
  private readonly state: RecordOf<typeof Ipv6RawSocketRecord.fields>;
  private readonly isOpenWord: number;
  private readonly tag: number;
  readonly protocol: number;
  readonly interface: Interface | null;
  readonly boundTo: Ipv6Address | null;
  readonly groups: readonly Ipv6Address[];

  /** Made by {@link Ipv6.rawSocket}. */
  constructor(
    private readonly ipv6: Ipv6,
    path: string,
    private readonly process: Process | null,
    options: Ipv6RawSocketOptions,
    private readonly onPacket: (packet: Ipv6Packet, face: Interface) => void,
  ) {
    const { engine, domain } = ipv6.host;
    this.protocol = options.protocol;
    this.interface = options.interface ?? null;
    this.boundTo = options.boundTo ?? null;
    this.groups = options.groups ?? [];
    this.state = engine.record(path, Ipv6RawSocketRecord, domain);
    this.isOpenWord = wordIndexOf(this.state, Ipv6RawSocketRecord, 'isOpen');
    this.tag = process?.addMailbox(this) ?? 0;
  }

  get isOpen(): boolean {
    return this.ipv6.host.engine.store.words[this.isOpenWord] !== 0;
  }

  /** Opens it and joins its groups. */
  open(): void {
    if (this.isOpen) return;
    this.state.isOpen = true;
    for (const group of this.groups) this.groupInterface()?.ipv6?.groups.join(group);
  }

  /** Closes it and leaves its groups. */
  close(): void {
    if (!this.isOpen) return;
    this.state.isOpen = false;
    if (!this.ipv6.host.isOn) return;
    for (const group of this.groups) this.groupInterface()?.ipv6?.groups.leave(group);
  }

  private groupInterface(): Interface | null {
    return this.interface ?? this.ipv6.host.interfaces[0] ?? null;
  }

  /** Whether a packet is for this socket (Linux `raw_v6_match`). */
  wants(packet: Ipv6Packet, face: Interface): boolean {
    if (!this.isOpen || packet.protocol !== this.protocol) return false;
    if (this.interface !== null && this.interface !== face) return false;
    if (isMulticastIpv6(packet.destination)) return this.groups.includes(packet.destination);
    return this.boundTo === null || this.boundTo === packet.destination;
  }

  /** Takes a packet that {@link Ipv6RawSocket.wants} approves of. */
  receive(packet: Ipv6Packet, face: Interface): void {
    if (this.process?.isFrozen === true) {
      const item: HeldPacket = { packet, interfaceIndex: face.index };
      this.process.hold(this.tag, item);
    } else this.onPacket(packet, face);
  }

  replay(item: object): void {
    const { packet, interfaceIndex } = item as HeldPacket;
    const face = this.ipv6.host.interfaceAt(interfaceIndex);
    if (face !== undefined && this.isOpen) this.onPacket(packet, face);
  }
}
