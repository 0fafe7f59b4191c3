import { bool, type RecordOf, record, wordIndexOf } from '../engine/index.js';
import {
  type IpAddress,
  type IpPacket,
  type Ipv6Address,
  ipv4Packet,
  ipv6Packet,
  type UdpDatagram,
  UNSPECIFIED_IPV4,
  udpDatagram,
} from '../wire/index.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';
import type { Mailbox, Process } from './process.js';

const UdpSocketRecord = record('udp-socket', { isOpen: bool });

/** Linux does path MTU discovery, so ordinary datagrams are sent with DF and identification 0 (ip_select_ident). */
const USUAL_FIELDS = { dontFragment: true } as const;

/** What a UDP socket is bound to. */
export interface UdpSocketOptions {
  readonly port: number;
  /** All addresses of both families if left out. */
  readonly address?: IpAddress;
  /** Called with errors that concern what was sent (IP_RECVERR). */
  readonly onError?: (error: SocketError) => void;
}

/** Bad news of a datagram: type and code of ICMP over IPv4, whatever the family, and which datagram it was. */
export interface SocketError {
  readonly type: number;
  readonly code: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** What the datagram carried, as far as it is known. */
  readonly payload: Uint8Array;
}

/** What may be said when sending. */
export interface UdpSendOptions {
  /** Something came back lately, so the neighbour is alive (MSG_CONFIRM). */
  readonly confirm?: boolean;
  /** The source address; by default the socket's own, or what the route suggests. */
  readonly source?: IpAddress;
}

/** Receives a datagram with the packet and interface it came by. */
export type DatagramListener = (datagram: UdpDatagram, packet: IpPacket, face: Interface) => void;

interface HeldDatagram {
  readonly packet: IpPacket;
  readonly interfaceIndex: number;
}

/** A UDP socket (udp(7)). */
export class UdpSocket implements Mailbox {
  readonly port: number;
  readonly address: IpAddress | null;
  private readonly state: RecordOf<typeof UdpSocketRecord.fields>;
  private readonly isOpenWord: number;
  private readonly tag: number;
  private readonly onError: ((error: SocketError) => void) | null;

  /** Made by {@link Host.udpSocket}. */
  constructor(
    private readonly host: Host,
    path: string,
    private readonly process: Process | null,
    options: UdpSocketOptions,
    private readonly onDatagram: DatagramListener,
  ) {
    if (!Number.isInteger(options.port) || options.port < 1 || options.port > 0xffff) {
      throw new RangeError(`UDP port ${options.port} is out of range 1..65535`);
    }
    this.port = options.port;
    this.address = options.address ?? null;
    this.onError = options.onError ?? null;
    this.state = host.engine.record(path, UdpSocketRecord, host.domain);
    this.isOpenWord = wordIndexOf(this.state, UdpSocketRecord, 'isOpen');
    this.tag = process?.addMailbox(this) ?? 0;
  }

  get isOpen(): boolean {
    return this.host.engine.store.words[this.isOpenWord] !== 0;
  }

  open(): void {
    this.state.isOpen = true;
  }

  close(): void {
    this.state.isOpen = false;
  }

  /**
   * Sends a datagram.
   *
   * @returns `unreachable` if there is no route or the source is not ours (ENETUNREACH, EINVAL)
   */
  send(
    to: IpAddress,
    port: number,
    bytes: Uint8Array,
    options: UdpSendOptions | null = null,
  ): 'sent' | 'unreachable' {
    const { host } = this;
    if (!host.isOn || !this.isOpen) return 'unreachable';
    const given = options?.source ?? this.address;
    if (typeof to === 'string') return this.sendIpv6(to, port, bytes, given, options?.confirm === true);
    if (typeof given === 'string') return 'unreachable';
    const route = host.routeTo(to, null, given);
    if (route === null) return 'unreachable';
    const source = given ?? route.source;
    if (given !== null && !host.mayUseSource(given)) return 'unreachable';
    if (source === UNSPECIFIED_IPV4) return 'unreachable';
    if (options?.confirm === true && route.type === 'unicast') {
      route.interface.neighbours.confirm(route.nextHop);
    }
    return host.sendBy(
      route,
      ipv4Packet(source, to, udpDatagram(this.port, port, bytes), USUAL_FIELDS),
      null,
    );
  }

  private sendIpv6(
    to: Ipv6Address,
    port: number,
    bytes: Uint8Array,
    given: IpAddress | null,
    confirms: boolean,
  ): 'sent' | 'unreachable' {
    const { host } = this;
    if (host.ipv6 === null || typeof given === 'number') return 'unreachable';
    const path = host.pathTo6(to, null, given);
    const source = given ?? path?.source ?? null;
    if (path === null || source === null || !host.mayUseSource(source)) return 'unreachable';
    if (confirms && path.type === 'unicast') path.interface.ipv6?.neighbours.confirm(path.nextHop);
    return host.ipv6.sendBy(path, ipv6Packet(source, to, udpDatagram(this.port, port, bytes)), null);
  }

  /** How well a datagram to an address fits (Linux `compute_score`): -1 not at all. */
  score(destination: IpAddress): number {
    if (!this.isOpen) return -1;
    if (this.address === null) return 0;
    return this.address === destination ? 1 : -1;
  }

  receive(datagram: UdpDatagram, packet: IpPacket, face: Interface): void {
    if (this.process?.isFrozen === true) {
      const item: HeldDatagram = { packet, interfaceIndex: face.index };
      this.process.hold(this.tag, item);
    } else this.onDatagram(datagram, packet, face);
  }

  /** An ICMP error, or the kernel's own, concerns something that this socket may have sent. */
  fail(error: SocketError): void {
    if (this.onError === null) return;
    if (this.process?.isFrozen === true) this.process.hold(this.tag, error);
    else this.onError(error);
  }

  replay(item: object): void {
    if (!this.isOpen) return;
    if (!('packet' in item)) {
      this.onError?.(item as SocketError);
      return;
    }
    const { packet, interfaceIndex } = item as HeldDatagram;
    const face = this.host.interfaceAt(interfaceIndex);
    if (face !== undefined && packet.payload.kind === 'udp') this.onDatagram(packet.payload, packet, face);
  }
}
