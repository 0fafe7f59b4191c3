import { type Nanoseconds, SECOND } from '../../engine/index.js';
import { type Host, Process } from '../../host/index.js';
import type { ConnectOptions, SocketErrorName, SocketId, TcpSockets } from '../../host/tcp/socket-api.js';
import { joinBytes, latin1Bytes, latin1Text } from '../../protocol/latin1.js';
import { HeldBytes } from '../../service/held-bytes.js';
import type { EventFields } from '../../trace/index.js';
import { formatIpPort } from '../../wire/index.js';
import type { Conversation } from './conversation.js';
import { HttpConversation } from './http-conversation.js';
import { LineConversation } from './line-conversation.js';
import { PostgresConversation } from './postgres-conversation.js';
import type { ConnectionChange } from './socket-failure.js';
import type { TcpClientOptions } from './tcp-client-options.js';

/** How long a client waits if nothing is said. */
export const DEFAULT_TIMEOUT: Nanoseconds = SECOND;
/** The numbers on the wire go round, so that a lab's states can repeat; the trace counts on. */
export const WIRE_NUMBERS = 100;

/** What has come by a connection. */
export interface Arrived {
  readonly bytes: Uint8Array;
  /** Nothing more will come. */
  readonly isEnd: boolean;
}

type ResultFields = Omit<EventFields['client.result'], 'client' | 'server'>;

/** What the TCP clients have in common: sockets, half-read answers, and what they say in the trace. */
export abstract class TcpClientBase extends Process {
  protected readonly sockets: TcpSockets;
  protected readonly conversation: Conversation;
  private readonly input: HeldBytes;
  /** The own end of each connection as text. */
  private readonly locals: HeldBytes;
  private readonly server: string;
  private readonly connectOptions: ConnectOptions;

  /** @throws RangeError for spans that are not positive */
  constructor(
    host: Host,
    protected readonly options: TcpClientOptions,
    isHeld: boolean,
  ) {
    super(host, options.name, options);
    if (!(options.every >= 1) || !((options.timeout ?? DEFAULT_TIMEOUT) >= 1))
      throw new RangeError(`${options.name}: a client's spans are at least 1 ns`);
    this.server = formatIpPort(options.target, options.port);
    this.conversation = conversationOf(options, this.server, isHeld);
    const { keepAlive, userTimeout, source } = options;
    this.connectOptions = {
      ...(keepAlive === undefined ? {} : { keepAlive }),
      ...(userTimeout === undefined ? {} : { userTimeout }),
      ...(source === undefined ? {} : { source }),
      // As asyncio and libpq do.
      noDelay: true,
    };
    this.sockets = host.tcpSockets(this, {
      connected: (socket) => this.connected(socket),
      readable: (socket) => this.readable(socket),
      failed: (socket, error) => this.failed(socket, error),
    });
    const path = `${host.name}/${options.name}`;
    this.input = new HeldBytes(host.engine, `${path}/input`);
    this.locals = new HeldBytes(host.engine, `${path}/locals`);
  }

  protected abstract connected(socket: SocketId): void;
  protected abstract readable(socket: SocketId): void;
  protected abstract failed(socket: SocketId, error: SocketErrorName): void;

  protected override onStop(): void {}

  protected override onReset(): void {
    this.input.clear();
    this.locals.clear();
  }

  /** When something is sent: for the trace only, nothing is decided by it. */
  protected get sendingTime(): Nanoseconds {
    return this.host.engine.now;
  }

  protected connect(): SocketId | SocketErrorName {
    return this.sockets.connect(this.options.target, this.options.port, this.connectOptions);
  }

  /** Gives bytes to the kernel: a request always fits into an empty send buffer. */
  protected send(socket: SocketId, bytes: Uint8Array | null): void {
    if (bytes !== null && this.sockets.isOpen(socket)) this.sockets.send(socket, bytes);
  }

  /** Takes what has come, behind what was kept of it before. */
  protected take(socket: SocketId): Arrived {
    let isEnd = false;
    const parts: Uint8Array[] = [];
    for (let part = this.sockets.receive(socket); part !== null; part = this.sockets.receive(socket)) {
      isEnd = part.length === 0;
      if (isEnd) break;
      parts.push(part);
    }
    return { bytes: this.input.take(socket, joinBytes(...parts)), isEnd };
  }

  /** Keeps what is not complete. */
  protected keep(socket: SocketId, bytes: Uint8Array): void {
    this.input.keep(socket, bytes);
  }

  /** A connection is established: its own end is remembered, since the kernel forgets it with the socket. */
  protected tellOpened(socket: SocketId, connection: number): void {
    const { address, port } = this.sockets.localOf(socket);
    const local = formatIpPort(address, port);
    this.locals.keep(socket, latin1Bytes(local));
    this.emitConnection(connection, local, 'opened');
  }

  /** A connection has ended, or ends now. */
  protected tellEnded(socket: SocketId, connection: number, change: ConnectionChange): void {
    const local = latin1Text(this.locals.take(socket));
    if (local !== '') this.emitConnection(connection, local, change);
  }

  private emitConnection(connection: number, local: string, change: ConnectionChange): void {
    const { trace, name } = this.host;
    if (trace.isOn)
      trace.emit('client.connection', name, {
        client: this.name,
        server: this.server,
        connection,
        local,
        change,
      });
  }

  /** Gives a socket up, with a goodbye if the connection stands. */
  protected hangUp(socket: SocketId, isEstablished: boolean): void {
    if (!this.sockets.isOpen(socket)) return;
    if (isEstablished) this.send(socket, this.conversation.parting);
    if (this.sockets.isOpen(socket)) this.sockets.close(socket);
  }

  /** Forgets what was kept of a socket. */
  protected forget(socket: SocketId): void {
    this.input.drop(socket);
    this.locals.drop(socket);
  }

  protected tellResult(fields: ResultFields): void {
    const { trace, name } = this.host;
    if (trace.isOn) trace.emit('client.result', name, { client: this.name, server: this.server, ...fields });
  }
}

function conversationOf(options: TcpClientOptions, authority: string, isHeld: boolean): Conversation {
  const speech = options.speak ?? { protocol: 'line' };
  switch (speech.protocol) {
    case 'line':
      return new LineConversation(isHeld ? 'p' : 's');
    case 'http':
      return new HttpConversation({ path: speech.path ?? '/', version: isHeld ? '1.1' : '1.0', authority });
    case 'postgres':
      return new PostgresConversation({
        user: speech.user ?? 'app',
        database: speech.database ?? 'postgres',
        query: speech.query ?? 'show cluster_name',
      });
  }
}
