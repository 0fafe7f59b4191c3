import { type Host, Process } from '../host/index.js';
import type { SocketErrorName, SocketId, TcpSockets } from '../host/tcp/socket-api.js';
import { joinBytes, latin1Bytes, latin1Text } from '../protocol/latin1.js';
import type { IpAddress } from '../wire/index.js';

/** A connection in the hand of a test: what it says is said as it is, what it hears is kept. */
export class Talker extends Process {
  heard = '';
  ending: 'open' | 'eof' | SocketErrorName = 'open';
  socket: SocketId = 0;
  readonly sockets: TcpSockets;
  private waiting: Uint8Array[] = [];
  private isConnected = false;

  constructor(
    host: Host,
    name: string,
    private readonly to: IpAddress,
    private readonly port: number,
  ) {
    super(host, name);
    this.sockets = host.tcpSockets(this, {
      connected: () => {
        this.isConnected = true;
        for (const bytes of this.waiting.splice(0)) this.sockets.send(this.socket, bytes);
      },
      readable: (socket) => {
        for (let part = this.sockets.receive(socket); part !== null; part = this.sockets.receive(socket)) {
          if (part.length === 0) {
            this.ending = 'eof';
            break;
          }
          this.heard += latin1Text(part);
        }
      },
      failed: (_, error) => {
        this.ending = error;
      },
    });
  }

  say(...parts: readonly (string | Uint8Array)[]): void {
    const bytes = joinBytes(...parts.map((part) => (typeof part === 'string' ? latin1Bytes(part) : part)));
    if (this.isConnected) this.sockets.send(this.socket, bytes);
    else this.waiting.push(bytes);
  }

  /** Says nothing more. */
  finish(): void {
    this.sockets.shutdown(this.socket);
  }

  /** What was heard since the last call. */
  takeHeard(): string {
    const { heard } = this;
    this.heard = '';
    return heard;
  }

  protected override onStart(): void {
    const socket = this.sockets.connect(this.to, this.port);
    if (typeof socket === 'string') this.ending = socket;
    else this.socket = socket;
  }

  protected override onStop(): void {}

  protected override onReset(): void {}
}
