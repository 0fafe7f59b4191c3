import { IP_PROTOCOL_UDP, type Ipv4Address, type Ipv4Packet, type UdpDatagram } from '../wire/index.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';
import type { Process } from './process.js';
import { RawSocket, type RawSocketOptions } from './raw-socket.js';
import { type DatagramListener, UdpSocket, type UdpSocketOptions } from './udp-socket.js';

/** What an ICMP error quotes, as far as sockets care. */
export interface FailedPacket {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
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
  deliverUdp(datagram: UdpDatagram, packet: Ipv4Packet, face: Interface, isForMany: boolean): boolean {
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
    if (failed.protocol !== IP_PROTOCOL_UDP || !this.host.isLocalAddress(failed.source)) return;
    const { destination, destinationPort, payload } = failed;
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
