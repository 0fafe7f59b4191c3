import type { Connection } from './connection.js';
import { distance } from './sequence.js';
import type { Tcp } from './tcp.js';
import { revertBackoff } from './tcp-timers.js';

/** A segment of a connection did not arrive, says an ICMP error or our own kernel (Linux `tcp_v4_err`). */
export function receiveConnectionError(
  tcp: Tcp,
  connection: Connection,
  sequence: number | null,
  error: Exclude<Connection['softError'], ''>,
): void {
  // RFC 5927 §4.1: who quotes a number that is not on its way has made it up.
  if (sequence !== null && distance(connection.sndUna, sequence) > connection.outstanding) return;
  if (connection.state === 'SYN_SENT') {
    tcp.fail(connection, error);
    return;
  }
  const isUnreachable = error === 'EHOSTUNREACH' || error === 'ENETUNREACH';
  if (connection.state === 'SYN_RECV') {
    // Linux tcp_req_err: nobody will complete this handshake.
    if (isUnreachable && connection.isPassive && sequence === connection.iss) tcp.forget(connection);
    return;
  }
  if (isUnreachable && sequence !== null) revertBackoff(tcp, connection, sequence);
  if (tcp.isAlive(connection)) connection.softError = error;
}
