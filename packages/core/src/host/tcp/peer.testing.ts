import type { Nanoseconds } from '../../engine/index.js';
import {
  arpReply,
  type EthernetFrame,
  ethernetFrame,
  type Ipv4Address,
  ipv4Packet,
  type MacAddress,
  TCP_ACK,
  TCP_SYN,
  type TcpFields,
  type TcpSegment,
  tcpSegment,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import type { Interface } from '../interface.js';
import { eth0, ip, Lan, macOf, Tap } from '../lan.testing.js';
import type { Sysctls } from '../sysctl.js';
import type { ConnectOptions, SocketId } from './socket-api.js';
import { Talker } from './talk.testing.js';

/** A segment that came to a peer. */
export interface Seen extends TcpSegment {
  readonly at: Nanoseconds;
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
}

/** How a {@link Peer} behaves by itself. */
export interface PeerOptions {
  /** Its addresses; it answers ARP for them. */
  readonly addresses: readonly string[];
  /** Its MAC is made from this number. */
  readonly number?: number;
  /** What its SYN-ACK offers. */
  readonly offers?: Partial<TcpFields>;
  /** It answers every SYN by itself. */
  readonly accepts?: boolean;
}

/** The initial sequence number of every peer. */
export const PEER_ISS = 5000;

/** The other end of a connection in the hand of a test: a tap that speaks ARP, and TCP as it is told. */
export class Peer {
  readonly tap: Tap;
  readonly mac: MacAddress;
  readonly segments: Seen[] = [];
  /** What it does with a segment that comes, beside keeping it. */
  onSegment: (segment: Seen) => void = () => {};
  answersArp = true;

  constructor(
    readonly lan: Lan,
    face: Interface,
    private readonly options: PeerOptions,
  ) {
    this.mac = macOf((options.number ?? 9) * 0x100);
    this.tap = new Tap(lan.engine, `peer:${face.path}`, (frame) => this.receive(frame));
    lan.cable(face, this.tap);
  }

  private receive(frame: EthernetFrame): void {
    const { payload } = frame;
    const own = this.options.addresses.map(ip);
    if (payload.kind === 'arp' && payload.operation === 'request' && own.includes(payload.targetIp)) {
      if (this.answersArp)
        this.tap.send(
          ethernetFrame(
            payload.senderMac,
            this.mac,
            arpReply(this.mac, payload.targetIp, payload.senderMac, payload.senderIp),
          ),
        );
      return;
    }
    if (payload.kind !== 'ipv4' || payload.payload.kind !== 'tcp') return;
    const { source, destination } = payload;
    const segment: Seen = { ...payload.payload, at: this.lan.engine.now, source, destination };
    this.segments.push(segment);
    if (this.options.accepts === true && (segment.flags & (TCP_SYN | TCP_ACK)) === TCP_SYN)
      this.accept(segment);
    else this.onSegment(segment);
  }

  /** Answers a SYN. */
  accept(syn: Seen): void {
    this.answer(syn, {
      sequence: PEER_ISS,
      acknowledgement: (syn.sequence + 1) >>> 0,
      flags: TCP_SYN | TCP_ACK,
      window: 65_160,
      mss: 1460,
      sackPermitted: true,
      windowScale: 7,
      ...this.options.offers,
    });
  }

  /** Sends a segment back to where one came from. */
  answer(to: Seen, fields: Omit<TcpFields, 'sourcePort' | 'destinationPort'>): void {
    this.send(to.destination, to.source, {
      sourcePort: to.destinationPort,
      destinationPort: to.sourcePort,
      window: 512,
      ...fields,
    });
  }

  /** Sends a segment to the MAC that the host's interface has. */
  send(source: Ipv4Address, destination: Ipv4Address, fields: TcpFields): void {
    const packet = ipv4Packet(source, destination, tcpSegment(fields), { dontFragment: true });
    this.tap.send(ethernetFrame(this.hostMac, this.mac, packet));
  }

  /** Sends any frame's bytes as they are. */
  raw(frame: EthernetFrame): void {
    this.tap.send(frame);
  }

  hostMac: MacAddress = macOf(0x100);

  /** What came since the last call. */
  take(): Seen[] {
    return this.segments.splice(0);
  }
}

/** A host `c` that has a connection to a peer's port 80, and how it stands. */
export interface Held {
  readonly lan: Lan;
  readonly host: Host;
  readonly peer: Peer;
  readonly client: Talker;
  readonly socket: SocketId;
  /** The host's initial sequence number. */
  readonly iss: number;
  /** The host's port. */
  readonly port: number;
  /** The peer's segment from after the handshake: sequence, acknowledgement and ports are set. */
  say(fields: Partial<TcpFields>): void;
  /** The states of the host's connections. */
  states(): string[];
}

/** How a connection with a peer is made. */
export interface HeldOptions {
  readonly connect?: ConnectOptions;
  readonly sysctl?: Partial<Sysctls>;
  readonly offers?: Partial<TcpFields>;
  readonly reads?: boolean;
}

/**
 * Connects a host to a peer over a cable of 500 µs, so that the round trip takes 1 ms, and stands 100 ms after the SYN.
 * The neighbour entry is permanent: ARP has no part in it.
 */
export function holdConnection(options: HeldOptions = {}, delay: Nanoseconds = 500_000): Held {
  const lan = new Lan({ delay });
  const host = lan.host('c', 1, ['10.0.0.1/24'], options.sysctl);
  const client = new Talker(host, { reads: options.reads ?? true });
  const peer = new Peer(lan, eth0(host), {
    addresses: ['10.0.0.2'],
    accepts: true,
    ...(options.offers === undefined ? {} : { offers: options.offers }),
  });
  eth0(host).neighbours.setPermanent(ip('10.0.0.2'), peer.mac);
  const socket = client.connect(ip('10.0.0.2'), 80, options.connect);
  lan.run(Math.max(100_000_000, 3 * delay));
  const syn = peer.take()[0];
  if (syn === undefined) throw new Error('no SYN');
  const { sequence: iss, sourcePort: port } = syn;
  return {
    lan,
    host,
    peer,
    client,
    socket,
    iss,
    port,
    say: (fields) =>
      peer.send(ip('10.0.0.2'), ip('10.0.0.1'), {
        sourcePort: 80,
        destinationPort: port,
        sequence: PEER_ISS + 1,
        ...(((fields.flags ?? TCP_ACK) & TCP_ACK) === 0 ? {} : { acknowledgement: (iss + 1) >>> 0 }),
        flags: TCP_ACK,
        window: 512,
        ...fields,
      }),
    states: () => host.tcp.connections().map(({ state }) => state),
  };
}

/** An instant in seconds, rounded to a microsecond. */
export const seconds = (at: Nanoseconds): number => Math.round(at / 1000) / 1e6;
