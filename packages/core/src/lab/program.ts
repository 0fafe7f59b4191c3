import {
  bool,
  type DurationInput,
  type Field,
  type Fields,
  int,
  parseDuration,
  type RecordOf,
  record,
  Timer,
  value,
} from '../engine/index.js';
import { type Host, Process, type UdpSocket } from '../host/index.js';
import { formatIpPort, ipv4Address } from '../wire/index.js';
import type { ProgramDesign } from './design.js';
import { type ProgramTcp, type TcpContext, TcpOfProgram } from './program-tcp.js';

/** What a program of one's own may keep: plain fields, so that it can be digested, forked and rewound. */
export type ProgramState = Record<string, number | boolean | string>;

/** A datagram as a program sees it. */
export interface ReceivedDatagram {
  /** `192.168.1.11:9999`. */
  readonly source: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** What a handler is given. */
export interface ProgramContext<S extends ProgramState = ProgramState> {
  /** The name of the node it runs on. */
  readonly node: string;
  /** Whole numbers, booleans and texts; assigned like plain properties. */
  readonly state: S;
  /** A timer; when it fires, the handler of its name is called. */
  timer(name: string): { arm(span: DurationInput): void; cancel(): void };
  /** A UDP socket; it is open while the program runs, if `ports` names it. */
  udp(port: number): { send(to: string, text: string | Uint8Array): void };
  /** Its TCP connections; only of a program that has `tcp`. */
  readonly tcp: TcpContext;
  /** Writes a line to the trace. */
  log(line: string): void;
}

/** A program of one's own: a guest on a host's kernel. Handlers are found by name, so that no closure is queued. */
export interface Program<S extends ProgramState = ProgramState> extends ProgramDesign {
  readonly state: S;
  /** UDP ports it listens on. */
  readonly ports: readonly number[];
  /** `start`, `receive`, and one handler per timer. */
  readonly on: {
    readonly start: (p: ProgramContext<S>) => void;
    readonly receive?: (p: ProgramContext<S>, datagram: ReceivedDatagram) => void;
    readonly [timer: string]: ((p: ProgramContext<S>, datagram: ReceivedDatagram) => void) | undefined;
  };
  /** What it does over TCP: the ports it takes connections on, and what it is told of its connections. */
  readonly tcp?: ProgramTcp<ProgramContext<S>>;
}

/**
 * Defines a program of one's own.
 *
 * @example
 * ```ts
 * const beacon = defineProgram({
 *   name: 'beacon', ports: [9999], state: { sent: 0 },
 *   on: { start: (p) => p.timer('tick').arm('1s'),
 *         tick: (p) => { p.state.sent++; p.udp(9999).send('192.168.1.255:9999', 'hello'); p.timer('tick').arm('1s'); },
 *         receive: (p, datagram) => p.log(`from ${datagram.source}`) } });
 * const shout = defineProgram({
 *   name: 'shout', ports: [], state: { heard: 0 }, on: { start: () => {} },
 *   tcp: { listen: [7], heard: (p, { connection, text }) => { p.state.heard++; p.tcp.send(connection, text.toUpperCase()); } } });
 * ```
 */
export function defineProgram<S extends ProgramState>(program: Program<S>): Program<S> {
  return program;
}

const RESERVED = new Set(['start', 'receive']);

/** A defined program as a process of a host. */
export class UserProgram extends Process {
  private readonly program: Program;
  private readonly stored: RecordOf<Fields>;
  private readonly timers = new Map<string, Timer>();
  private readonly sockets = new Map<number, UdpSocket>();
  private readonly tcp: TcpOfProgram<ProgramContext> | null;
  private readonly context: ProgramContext;

  constructor(host: Host, design: ProgramDesign) {
    super(host, design.name);
    this.program = design as Program;
    const path = `${host.name}/${design.name}`;
    const fields: Record<string, Field<unknown>> = {};
    for (const [name, initial] of Object.entries(this.program.state)) {
      fields[name] =
        typeof initial === 'number' ? int : typeof initial === 'boolean' ? bool : value<string>();
    }
    this.stored = host.engine.record(
      `${path} state`,
      record(design.name, fields),
      this.domain,
      {},
      this.program.state,
    ) as RecordOf<Fields>;
    for (const name of Object.keys(this.program.on)) {
      if (RESERVED.has(name)) continue;
      this.timers.set(
        name,
        new Timer(host.engine, `${path} ${name}`, this.domain, () =>
          this.program.on[name]?.(this.context, NO_DATAGRAM),
        ),
      );
    }
    for (const port of this.program.ports) {
      const socket = host.udpSocket(this, { port }, (datagram, packet) => {
        const source = formatIpPort(packet.source, datagram.sourcePort);
        this.program.on.receive?.(this.context, {
          source,
          text: textOf(datagram.payload),
          bytes: datagram.payload,
        });
      });
      this.sockets.set(port, socket);
    }
    const { tcp } = this.program;
    this.tcp = tcp === undefined ? null : new TcpOfProgram(this, tcp, () => this.context);
    this.context = {
      node: host.name,
      state: this.stored as unknown as ProgramState,
      timer: (name) => {
        const timer = this.timers.get(name);
        if (timer === undefined) throw new RangeError(`${design.name}: no handler is called '${name}'`);
        return { arm: (span) => timer.arm(parseDuration(span)), cancel: () => timer.cancel() };
      },
      udp: (port) => {
        const socket = this.sockets.get(port);
        if (socket === undefined) throw new RangeError(`${design.name}: port ${port} is not in its 'ports'`);
        return {
          send: (to, data) => {
            const [address = '', remote = ''] = to.split(':', 2);
            socket.send(
              ipv4Address(address),
              Number(remote),
              typeof data === 'string' ? bytesOf(data) : data,
            );
          },
        };
      },
      tcp: this.tcp ?? NO_TCP,
      log: (line) => {
        if (host.trace.isOn) host.trace.emit('daemon.log', host.name, { daemon: design.name, line });
      },
    };
  }

  protected override onStart(): void {
    for (const socket of this.sockets.values()) socket.open();
    this.tcp?.open();
    this.program.on.start(this.context);
  }

  protected override onStop(): void {
    this.onReset();
  }

  protected override onReset(): void {
    for (const socket of this.sockets.values()) socket.close();
    this.tcp?.reset();
    for (const timer of this.timers.values()) timer.cancel();
    this.stored.reset();
  }
}

const noTcp = (): never => {
  throw new RangeError("a program that uses TCP needs the key 'tcp'");
};
const NO_TCP: TcpContext = { connect: noTcp, send: noTcp, close: noTcp };
const NO_DATAGRAM: ReceivedDatagram = { source: '', text: '', bytes: new Uint8Array() };

/** Latin-1, so that every byte has a character and the core needs no encoder of the platform. */
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
