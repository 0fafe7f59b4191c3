import { NO_ROW, type Row } from '../../engine/index.js';
import {
  formatIpPort,
  type IpAddress,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
  type TcpSegment,
} from '../../wire/index.js';
import { agree } from './handshake.js';
import { advance } from './sequence.js';
import { answerStray } from './stray-segments.js';
import type { Tcp } from './tcp.js';
import { sendSyn } from './tcp-output.js';

/** A segment that no connection has: for a listener, or a stray (RFC 9293 §3.10.7.1 and 2; Linux `tcp_v4_rcv`). */
export function receiveUnconnected(
  tcp: Tcp,
  source: IpAddress,
  destination: IpAddress,
  segment: TcpSegment,
): void {
  const { flags } = segment;
  const listener = tcp.listeners.at(destination, segment.destinationPort);
  if (listener === NO_ROW) {
    const reason = (flags & TCP_ACK) !== 0 ? 'no-connection' : 'closed-port';
    answerStray(tcp, source, destination, segment, reason);
    return;
  }
  if (flags & TCP_RST) return;
  if (flags & TCP_ACK) {
    answerStray(tcp, source, destination, segment, 'no-connection');
    return;
  }
  if ((flags & TCP_SYN) === 0 || (flags & TCP_FIN) !== 0) return;
  receiveSyn(tcp, source, destination, segment, listener);
}

/** RFC 9293 §3.10.7.2, third; Linux `tcp_conn_request`. */
function receiveSyn(
  tcp: Tcp,
  source: IpAddress,
  destination: IpAddress,
  segment: TcpSegment,
  listener: Row,
): void {
  if (tcp.listeners.isFull(listener)) {
    tcp.telling.queueFull(
      formatIpPort(destination, segment.destinationPort),
      formatIpPort(source, segment.sourcePort),
    );
    return;
  }
  const connection = tcp.create(destination, segment.destinationPort, source, segment.sourcePort);
  connection.state = 'SYN_RECV';
  connection.isPassive = true;
  connection.listener = tcp.listeners.keyOf(listener);
  connection.irs = segment.sequence;
  connection.rcvNxt = advance(segment.sequence, 1);
  connection.rcvWup = connection.rcvNxt;
  agree(connection, segment, tcp);
  tcp.telling.opened(connection);
  tcp.rows.timers.resend.arm(connection.row, connection.rto);
  sendSyn(tcp, connection, tcp.offeredMss(connection));
}
