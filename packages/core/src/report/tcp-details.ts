import type { TraceEvent } from '../trace/index.js';
import { addressOfServer, portOfServer } from './server-address.js';
import type { Detail } from './story-entry.js';
import type { VipNames } from './vip-names.js';

const AGAIN: Readonly<Record<TraceEvent<'tcp.retransmitted'>['kind'], string>> = {
  syn: 'SYN',
  'syn-ack': 'SYN+ACK',
  timeout: 'not acknowledged in time',
  'tail-probe': 'not acknowledged in time',
  fast: 'said to be missing',
  'window-probe': 'window probe',
  keepalive: 'keepalive probe',
};

const WHY_RESET: Readonly<Record<TraceEvent<'tcp.reset-sent'>['reason'], string>> = {
  'no-connection': 'no such connection here',
  'closed-port': 'nobody listens',
  aborted: 'given up',
  'unread-data': 'closed with bytes unread',
  'bad-acknowledgement': 'an acknowledgement of what was never sent',
  keepalive: 'no answer to keepalive probes',
};

/**
 * A detail of a TCP connection in words; null for what every connection has. Ports of clients are left out, so that
 * what comes again with each connection can be told once.
 */
export function tcpDetailOf(event: TraceEvent, names: VipNames): Detail | null {
  switch (event.name) {
    case 'tcp.retransmitted':
      return {
        kind: 'TCP',
        subject: `${event.node} sends again`,
        text: `to ${withPort(event.remote, names)} from port ${portOfServer(event.local)}: ${AGAIN[event.kind]}`,
      };
    case 'tcp.reset-sent':
      return {
        kind: 'TCP',
        subject: `${event.node} sends RST`,
        text: `to ${names.short(addressOfServer(event.remote))}: ${WHY_RESET[event.reason]}`,
      };
    case 'tcp.challenged':
      return {
        kind: 'TCP',
        subject: `${event.node} challenges`,
        text: `a ${event.by === 'rst' ? 'RST' : 'SYN'} from ${names.short(addressOfServer(event.remote))} is not believed`,
      };
    case 'tcp.queue-full':
      return {
        kind: 'TCP',
        subject: `${event.node} queue full`,
        text: `a connection from ${names.short(addressOfServer(event.remote))} is not taken`,
      };
    default:
      return null;
  }
}

function withPort(end: string, names: VipNames): string {
  const address = addressOfServer(end);
  return end.replace(address, names.short(address));
}
