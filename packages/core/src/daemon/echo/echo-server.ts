import type { Host } from '../../host/index.js';
import { Process, type ProcessOptions, type UdpSocket } from '../../host/index.js';
import type { Ipv4Address } from '../../wire/index.js';

/** What an echo server is made from. */
export interface EchoServerOptions extends ProcessOptions {
  /** The name of the process. */
  readonly name: string;
  /** The UDP port it listens on; null for a program that only runs. */
  readonly port: number | null;
  /** The address it binds to; all if left out. It is not asked whether that is the host's own. */
  readonly address?: Ipv4Address;
}

/**
 * A program that answers each datagram with the same bytes followed by the name of its host (Latin-1), so that a
 * client can tell who served it. It answers from the address that was asked.
 */
export class EchoServer extends Process {
  private readonly socket: UdpSocket | null;
  private readonly signature: Uint8Array;

  constructor(host: Host, options: EchoServerOptions) {
    super(host, options.name, options);
    this.signature = Uint8Array.from(host.name, (character) => character.charCodeAt(0) & 0xff);
    const { port, address } = options;
    if (port === null) {
      this.socket = null;
      return;
    }
    const socket = host.udpSocket(
      this,
      address === undefined ? { port } : { port, address },
      (datagram, packet) => {
        const answer = new Uint8Array(datagram.payload.length + this.signature.length);
        answer.set(datagram.payload);
        answer.set(this.signature, datagram.payload.length);
        // Asked by broadcast, it answers from an address of its own.
        const options = host.owns(packet.destination) ? { source: packet.destination } : null;
        socket.send(packet.source, datagram.sourcePort, answer, options);
      },
    );
    this.socket = socket;
  }

  protected override onStart(): void {
    this.socket?.open();
  }

  protected override onStop(): void {}

  protected override onReset(): void {}
}
