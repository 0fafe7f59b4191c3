import {
  formatIpPort,
  type IpAddress,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
  type TcpSegment,
} from '../../wire/index.js';
import type { Connection } from './connection.js';
import { advance } from './sequence.js';
import type { Tcp } from './tcp.js';
import type { StrayReason } from './tcp-telling.js';

const NO_BYTES = new Uint8Array(0);

/** RFC 9293 §3.10.7.1: what belongs to nobody is answered with a reset, but a reset never is. */
export function answerStray(
  tcp: Tcp,
  source: IpAddress,
  destination: IpAddress,
  segment: TcpSegment,
  reason: StrayReason | null,
): void {
  const { flags } = segment;
  if (flags & TCP_RST) return;
  const hasAck = (flags & TCP_ACK) !== 0;
  const length = segment.payload.length + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0);
  const isSent = tcp.sendFrom(
    destination,
    source,
    {
      kind: 'tcp',
      sourcePort: segment.destinationPort,
      destinationPort: segment.sourcePort,
      sequence: hasAck ? segment.acknowledgement : 0,
      acknowledgement: hasAck ? 0 : advance(segment.sequence, length),
      flags: hasAck ? TCP_RST : TCP_RST | TCP_ACK,
      window: 0,
      urgentPointer: 0,
      mss: 0,
      windowScale: -1,
      sackPermitted: false,
      timestamp: -1,
      timestampEcho: 0,
      sack: [],
      payload: NO_BYTES,
    },
    0,
  );
  if (isSent && reason !== null)
    tcp.telling.strayReset(
      formatIpPort(destination, segment.destinationPort),
      formatIpPort(source, segment.sourcePort),
      reason,
    );
}

/** Answers a segment of a connection as if nobody had it. */
export function answerWithReset(
  tcp: Tcp,
  connection: Connection,
  segment: TcpSegment,
  reason: 'bad-acknowledgement' | null,
): void {
  answerStray(tcp, connection.remote, connection.local, segment, reason);
}
