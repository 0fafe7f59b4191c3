import {
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type IpAddress,
  type IpPacket,
  type Ipv4Packet,
  type UdpDatagram,
} from '../wire/index.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';
import type { Process } from './process.js';
import { RawSocket, type RawSocketOptions } from './raw-socket.js';
import { type DatagramListener, UdpSocket, type UdpSocketOptions } from './udp-socket.js';

/** What an ICMP error quotes, as far as sockets care. */
export interface FailedPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of TCP; 0 if it is not known. */
  readonly sequence: number;
  /** What it carried. */
  readonly payload: Uint8Array;
}

/** All sockets of a host, complete once the lab is built, and which of them gets what. */
export class SocketTable {
  private readonly raw: RawSocket[] = [];
  private readonly udp = new Map<number, UdpSocket[]>();
  private count = 0;

  constructor(private readonly host: Host) {}

  addRaw(
    process: Process | null,
    options: RawSocketOptions,
    receive: (packet: Ipv4Packet, face: Interface) => void,
  ): RawSocket {
    const path = `${this.host.name}/raw${this.count++}`;
    const socket = new RawSocket(this.host, path, process, options, receive);
    this.raw.push(socket);
    return socket;
  }

  addUdp(process: Process | null, options: UdpSocketOptions, receive: DatagramListener): UdpSocket {
    const socket = new UdpSocket(
      this.host,
      `${this.host.name}/udp${this.count++}`,
      process,
      options,
      receive,
    );
    const others = this.udp.get(options.port);
    if (others === undefined) this.udp.set(options.port, [socket]);
    else others.push(socket);
    return socket;
  }

  /** Gives a packet to every raw socket that wants it; returns whether one did. */
  deliverRaw(packet: Ipv4Packet, face: Interface): boolean {
    let isTaken = false;
    for (const socket of this.raw) {
      if (socket.wants(packet, face)) {
        isTaken = true;
        socket.receive(packet, face);
      }
    }
    return isTaken;
  }

  /**
   * Gives a datagram to the socket that fits best, or to all that fit where it went to a group or a broadcast
   * (Linux `__udp4_lib_rcv`, `__udp4_lib_mcast_deliver`). Returns whether one did.
   */
  deliverUdp(datagram: UdpDatagram, packet: IpPacket, face: Interface, isForMany: boolean): boolean {
    const sockets = this.udp.get(datagram.destinationPort);
    if (sockets === undefined) return false;
    const { destination } = packet;
    const only = sockets[0];
    if (sockets.length === 1 && only !== undefined) {
      if (only.score(destination) < 0) return false;
      only.receive(datagram, packet, face);
      return true;
    }
    let best: UdpSocket | null = null;
    let bestScore = -1;
    let isTaken = false;
    for (const socket of sockets) {
      const score = socket.score(destination);
      if (isForMany && score >= 0) {
        isTaken = true;
        socket.receive(datagram, packet, face);
      } else if (score > bestScore) {
        best = socket;
        bestScore = score;
      }
    }
    if (best !== null) best.receive(datagram, packet, face);
    return isTaken || best !== null;
  }

  /** Tells the socket that sent something what became of it. */
  deliverError(failed: FailedPacket, type: number, code: number): void {
    if (!this.host.isLocalAddress(failed.source)) return;
    const { destination, destinationPort, payload } = failed;
    if (failed.protocol === IP_PROTOCOL_TCP) {
      const { source, sourcePort, sequence } = failed;
      const error = unreachableError(type, code);
      if (error !== null)
        this.host.tcp.receiveError(source, sourcePort, destination, destinationPort, sequence, error);
      return;
    }
    if (failed.protocol !== IP_PROTOCOL_UDP) return;
    for (const socket of this.udp.get(failed.sourcePort) ?? []) {
      if (socket.score(failed.source) >= 0)
        socket.fail({ type, code, destination, destinationPort, payload });
    }
  }

  /** Whether a UDP socket is open on a port. */
  isListening(port: number): boolean {
    return (this.udp.get(port) ?? []).some((socket) => socket.isOpen);
  }
}

const ICMP_UNREACHABLE = 3;
const ICMP_TIME_EXCEEDED = 11;

/** What an ICMP error means to a socket (Linux `icmp_err_convert`); null where TCP does not care. */
function unreachableError(
  type: number,
  code: number,
): 'EHOSTUNREACH' | 'ENETUNREACH' | 'ENOPROTOOPT' | 'ECONNREFUSED' | null {
  if (type === ICMP_TIME_EXCEEDED) return 'EHOSTUNREACH';
  if (type !== ICMP_UNREACHABLE) return null;
  switch (code) {
    case 0: // network
    case 6: // network unknown
    case 9: // network prohibited
    case 11: // network, for this type of service
      return 'ENETUNREACH';
    case 2: // protocol
      return 'ENOPROTOOPT';
    case 3: // port
      return 'ECONNREFUSED';
    case 4: // too big: path MTU discovery has no part here
      return null;
    default:
      return 'EHOSTUNREACH';
  }
}
